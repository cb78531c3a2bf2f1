import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../src/core/index.ts";
import { type LandmarkRow, landmarkRows } from "../../src/features/index.ts";
import { createPredictor, datasetFromRows, fit, type Model, type ModelKind } from "../../src/learning/index.ts";
import { DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, landmarkName, type Transcript } from "../../src/schema.ts";
import { readTranscripts, splitByHash } from "../../src/sources/index.ts";
import type { Forecast, PlayedQuestion } from "./questions.ts";
import type { Strategy } from "./strategies.ts";

/** Collections of real chats, where somebody has them: each a file NAME.train.jsonl of conversations. */
export const COLLECTIONS = ["star", "redial"] as const;

/** The file of a collection, in the folder that CHATS names or beside the repository; null = absent. */
export function collectionFile(name: string): string | null {
  const folders = [process.env.CHATS, join("..", "shared", "data")];
  const files = folders.flatMap((folder) => (folder === undefined ? [] : [join(folder, `${name}.train.jsonl`)]));
  return files.find((file) => existsSync(file)) ?? null;
}

export async function readCollection(file: string): Promise<Transcript[]> {
  const out: Transcript[] = [];
  for await (const transcript of readTranscripts(file)) out.push(transcript);
  return out;
}

const ROWS = { landmarks: DEFAULT_LANDMARKS, horizonSeconds: DEFAULT_HORIZON_SECONDS };
/** Of the conversations, for learning; the rest is played. */
const LEARNED = 0.5;
/** Of those, in each forecaster's own hands. */
const OWN = 0.8;

/** Half of the conversations as rows to learn from, the other half as questions in a shuffled order. */
function halves(transcripts: readonly Transcript[], seed: string) {
  const learn: LandmarkRow[] = [];
  const asked: LandmarkRow[] = [];
  const order = createRandom(`${seed}/order`);
  const keyed = transcripts.map((transcript) => ({ transcript, key: order.next() })).sort((a, b) => a.key - b.key);
  for (const { transcript } of keyed) {
    const to = splitByHash(transcript.id, LEARNED, { seed }) === "train" ? learn : asked;
    to.push(...landmarkRows(transcript, ROWS));
  }
  return { learn, asked };
}

/** A forecaster of each name: the same kind of model, each from its own four fifths of the same conversations. */
async function modelsOf(names: readonly string[], rows: readonly LandmarkRow[], seed: string, kind: ModelKind) {
  const models = new Map<string, Model>();
  for (const [i, name] of names.entries()) {
    const own = rows.filter(
      ({ conversationId }) => splitByHash(conversationId, OWN, { seed: `${seed}/${name}` }) === "train",
    );
    const { model } = await fit(datasetFromRows(own), { kind, seed: i });
    models.set(name, model);
  }
  return models;
}

/** Names of the forecasters that strategies ask for. */
export const forecastersOf = (strategies: readonly Strategy[]) =>
  strategies.flatMap(({ forecaster }) => (forecaster === undefined ? [] : [forecaster]));

/** Questions about conversations that none of the models has seen. */
export async function realQuestions(
  transcripts: readonly Transcript[],
  names: readonly string[],
  { seed, kind }: { seed: string; kind: ModelKind },
): Promise<PlayedQuestion[]> {
  const { learn, asked } = halves(transcripts, seed);
  const models = await modelsOf(names, learn, seed, kind);
  const predictors = new Map([...models].map(([name, model]) => [name, createPredictor(model)]));
  return asked.map(({ landmark, features, truth }, number): PlayedQuestion => {
    const question = { sessionId: `${number}`, features, landmark, horizonSeconds: DEFAULT_HORIZON_SECONDS };
    return {
      stratum: `real, ${landmarkName(landmark)}`,
      truth,
      forecast(name): Forecast {
        const predict = predictors.get(name);
        if (predict === undefined) throw new Error(`nobody trained a model for ${name}`);
        const { confidence, timeIfConvertedSeconds } = predict(question);
        return { p: confidence ?? 0.5, seconds: timeIfConvertedSeconds ?? DEFAULT_HORIZON_SECONDS / 2 };
      },
    };
  });
}
