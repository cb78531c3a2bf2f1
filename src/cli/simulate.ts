import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { extname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createRandom, UserError } from "../core/index.ts";
import { landmarkRows } from "../features/index.ts";
import { CSV_HEADER, DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, FEATURE_NAMES } from "../schema.ts";
import { createSimulator, transcriptToJson } from "../sources/index.ts";
import type { Flags } from "./flags.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";

/** Lines handed to the file at once. */
const BATCH = 256;

function* csvLines(rows: number, seed: string): Generator<string> {
  const simulator = createSimulator({}, { random: createRandom(seed) });
  yield CSV_HEADER.join(",");
  let written = 0;
  for (const transcript of simulator.transcripts()) {
    for (const row of landmarkRows(transcript, {
      landmarks: DEFAULT_LANDMARKS,
      horizonSeconds: DEFAULT_HORIZON_SECONDS,
    })) {
      if (written === rows) return;
      const { converted, timeSeconds } = row.truth;
      const numbers = FEATURE_NAMES.map((name) => row.features[name] ?? "");
      const time = converted === 1 ? (timeSeconds ?? "") : -1;
      const minutes = typeof time === "number" && time >= 0 ? time / 60 : time;
      yield [row.conversationId, ...numbers, converted, time, minutes].join(",");
      written += 1;
    }
  }
}

function* jsonLines(conversations: number, seed: string): Generator<string> {
  const simulator = createSimulator({}, { random: createRandom(seed) });
  for (const transcript of simulator.transcripts(conversations)) yield JSON.stringify(transcriptToJson(transcript));
}

function* batched(lines: Iterable<string>, onLine: () => void): Generator<string> {
  let batch: string[] = [];
  for (const line of lines) {
    batch.push(line);
    onLine();
    if (batch.length < BATCH) continue;
    yield `${batch.join("\n")}\n`;
    batch = [];
  }
  if (batch.length > 0) yield `${batch.join("\n")}\n`;
}

/** `conversion-subnet simulate` */
export async function runSimulate(flags: Flags): Promise<void> {
  const out = String(flags.out);
  const kind = extname(out).toLowerCase();
  if (kind !== ".csv" && kind !== ".jsonl") {
    throw new UserError(`--out ${out} ends neither in .csv nor in .jsonl.`, { hint: "Try --out train.csv" });
  }
  const seed = `simulate/${flags.seed}`;
  const total = Number(kind === ".csv" ? flags.rows : flags.conversations);
  const lines = kind === ".csv" ? csvLines(total, seed) : jsonLines(total, seed);
  await untilSignal(async (signal) => {
    const bar = createProgress(`Writing ${out}`);
    const temporary = `${out}.${process.pid}.tmp`;
    let count = kind === ".csv" ? -1 : 0;
    const onLine = () => {
      count += 1;
      bar.update(Math.max(0, count) / total);
    };
    try {
      await pipeline(Readable.from(batched(lines, onLine)), createWriteStream(temporary), { signal });
      await rename(temporary, out);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    bar.done();
    if (flags.json === true) printJson({ file: out, rows: count, seed: Number(flags.seed) });
    else print(`${out}: ${count} ${kind === ".csv" ? "rows" : "conversations"}`);
  });
}
