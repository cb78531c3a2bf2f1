import { extname } from "node:path";
import { createRandom, UserError } from "../core/index.ts";
import { landmarkRows } from "../features/index.ts";
import { CSV_HEADER, DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS } from "../schema.ts";
import { createSimulator, transcriptToJson } from "../sources/index.ts";
import type { Flags } from "./flags.ts";
import { csvLine, writeLines } from "./rows.ts";
import { createProgress, print, printJson, untilSignal } from "./terminal.ts";

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
      yield csvLine(row);
      written += 1;
    }
  }
}

function* jsonLines(conversations: number, seed: string): Generator<string> {
  const simulator = createSimulator({}, { random: createRandom(seed) });
  for (const transcript of simulator.transcripts(conversations)) yield JSON.stringify(transcriptToJson(transcript));
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
    let count = kind === ".csv" ? -1 : 0;
    const counted = function* () {
      for (const line of lines) {
        count += 1;
        bar.update(Math.max(0, count) / total);
        yield line;
      }
    };
    await writeLines(out, counted(), { signal });
    bar.done();
    const unit = kind === ".csv" ? "rows" : "conversations";
    if (flags.json === true) printJson({ file: out, [unit]: count, seed: Number(flags.seed) });
    else print(`${out}: ${count} ${unit}`);
  });
}
