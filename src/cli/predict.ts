import { createPredictor, predictTimes, readModelFile } from "../learning/index.ts";
import { DEFAULT_HORIZON_SECONDS, fromVector, type Question } from "../schema.ts";
import type { Flags } from "./flags.ts";
import { readRows, warn } from "./rows-of.ts";
import { print, printJson, untilSignal } from "./terminal.ts";

const INTERVAL = [0.1, 0.9];
const HEADER = [
  "session_id",
  "landmark",
  "conversion_happened",
  "time_to_conversion_seconds",
  "confidence",
  "time_if_converted_seconds",
  "time_low_seconds",
  "time_high_seconds",
] as const;
const cell = (value: string | number) =>
  /[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

/** `conversion-subnet predict` */
export async function runPredict(file: string, data: string, flags: Flags): Promise<void> {
  const model = await readModelFile(file);
  await untilSignal(async (signal) => {
    const { dataset, warnings } = await readRows(data, flags, signal);
    warn(warnings);
    const answer = createPredictor(model);
    const width = dataset.rows === 0 ? 0 : dataset.X.length / dataset.rows;
    const rows = dataset.groups.map((group, row) => {
      const features = fromVector(dataset.X.subarray(row * width, (row + 1) * width));
      const question: Question = {
        sessionId: group,
        features,
        landmark: null,
        horizonSeconds: DEFAULT_HORIZON_SECONDS,
      };
      const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = answer(question);
      const [low, high] = predictTimes(model, question, INTERVAL);
      return {
        session_id: group,
        landmark: dataset.landmarks?.[row] ?? "",
        conversion_happened: conversionHappened,
        time_to_conversion_seconds: timeToConversionSeconds,
        confidence: confidence ?? "",
        time_if_converted_seconds: timeIfConvertedSeconds ?? "",
        time_low_seconds: low,
        time_high_seconds: high,
      };
    });
    if (flags.json === true) return printJson({ predictions: rows });
    print(HEADER.join(","));
    for (const row of rows) print(HEADER.map((name) => cell(row[name])).join(","));
  });
}
