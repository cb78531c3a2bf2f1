import { createPredictor, fit, syntheticDataset } from "../src/learning/index.ts";
import { fromVector } from "../src/schema.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const ROWS = 20_000;
const EPOCHS = 2;
const QUESTIONS = 20_000;

/** `npm run bench -- learning`; PyTorch, XGBoost and DuckDB come beside it with the fast kernels. */
export const learning: Bench = {
  name: "learning",
  about: "rows a second in training, questions a second in serving, plain TypeScript",
  async run(): Promise<Row[]> {
    const dataset = syntheticDataset({ rows: ROWS, seed: 1 });
    const { model } = await fit(dataset, { epochs: 1 });
    const predict = createPredictor(model);
    const questions = Array.from({ length: 100 }, (_, i) => ({
      sessionId: "q",
      features: fromVector(dataset.X.subarray(i * 40, i * 40 + 40)),
      landmark: null,
      horizonSeconds: 1_800,
    }));
    const bench = "learning";
    return [
      await measure(
        { bench, row: "whole fit, 40-64-32-1, batch 64, class and time", unit: "rows/s", rounds: 3 },
        {
          ours: async () => {
            await fit(dataset, { epochs: EPOCHS, patience: EPOCHS });
            return ROWS * EPOCHS;
          },
        },
      ),
      await measure(
        { bench, row: "predict batch-1", unit: "questions/s" },
        {
          ours: () => {
            for (let i = 0; i < QUESTIONS; i++) {
              const question = questions[i % questions.length];
              if (question !== undefined) predict(question);
            }
            return QUESTIONS;
          },
        },
      ),
    ];
  },
};
