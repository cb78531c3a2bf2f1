import { once } from "node:events";
import { printable, systemClock } from "../core/index.ts";
import { createPredictor, type Dataset, type Model, predictTimes, readModelFile } from "../learning/index.ts";
import { DEFAULT_HORIZON_SECONDS, FEATURE_NAMES, fromVector, landmarkName, type Question } from "../schema.ts";
import type { Flags } from "./flags.ts";
import { readRows, warn } from "./rows-of.ts";
import { createProgress, untilSignal } from "./terminal.ts";

const INTERVAL = [0.1, 0.9];
const WIDTH = FEATURE_NAMES.length;
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
type Row = Readonly<Record<(typeof HEADER)[number], string | number>>;
/** How long rows are worked on before they are written and anything else is let in. */
const TURN_MS = 40;

const cell = (value: string | number) =>
  /[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
const asLine = (row: Row) => `${HEADER.map((name) => cell(row[name])).join(",")}\n`;

/** Answers the rows of a dataset, one by one. */
function createAnswers(model: Model, dataset: Dataset): (row: number) => Row {
  const answer = createPredictor(model);
  return (row) => {
    const features = fromVector(dataset.X.subarray(row * WIDTH, (row + 1) * WIDTH));
    const sessionId = dataset.groups[row] ?? "";
    const question: Question = { sessionId, features, landmark: null, horizonSeconds: DEFAULT_HORIZON_SECONDS };
    const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = answer(question);
    const [low = "", high = ""] = predictTimes(model, question, INTERVAL);
    const messages = features.total_messages;
    return {
      session_id: sessionId,
      landmark: dataset.landmarks?.[row] ?? (messages === null ? "" : landmarkName({ messages })),
      conversion_happened: conversionHappened,
      time_to_conversion_seconds: timeToConversionSeconds,
      confidence: confidence ?? "",
      time_if_converted_seconds: timeIfConvertedSeconds ?? "",
      time_low_seconds: low,
      time_high_seconds: high,
    };
  };
}

/** Writes to stdout no faster than it is read, and lets signals in. */
async function writeOut(text: string, signal: AbortSignal): Promise<void> {
  if (!process.stdout.write(printable(text))) await once(process.stdout, "drain", { signal });
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

/** `conversion-subnet predict` */
export async function runPredict(file: string, data: string, flags: Flags): Promise<void> {
  const model = await readModelFile(file);
  await untilSignal(async (signal) => {
    const { dataset, warnings } = await readRows(data, flags, signal, { labels: false });
    warn(warnings);
    const answer = createAnswers(model, dataset);
    // Rows on a terminal show by themselves how far it is.
    const bar = process.stdout.isTTY ? null : createProgress("Predicting");
    const json = flags.json === true;
    let text = json ? '{"predictions":[' : `${HEADER.join(",")}\n`;
    let turnMs = systemClock.monotonicMs();
    for (let row = 0; row < dataset.rows; row++) {
      text += json ? `${row === 0 ? "" : ","}${JSON.stringify(answer(row))}` : asLine(answer(row));
      if (systemClock.monotonicMs() - turnMs < TURN_MS) continue;
      await writeOut(text, signal);
      bar?.update((row + 1) / dataset.rows);
      text = "";
      turnMs = systemClock.monotonicMs();
    }
    await writeOut(json ? `${text}]}\n` : text, signal);
    bar?.done(`${dataset.rows} rows`);
  });
}
