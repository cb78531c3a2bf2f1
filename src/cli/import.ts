import { extname } from "node:path";
import { UserError } from "../core/index.ts";
import { importTranscripts, transcriptToJson } from "../sources/index.ts";
import type { Flags } from "./flags.ts";
import { writeLines } from "./rows.ts";
import { createProgress, print, printAside, printJson, untilSignal } from "./terminal.ts";

/** `conversion-subnet import-transcripts` */
export async function runImportTranscripts(collection: string, path: string, flags: Flags): Promise<void> {
  const out = String(flags.out);
  if (extname(out).toLowerCase() !== ".jsonl") {
    throw new UserError(`--out ${out} does not end in .jsonl.`, { hint: `Try --out ${collection}.jsonl` });
  }
  await untilSignal(async (signal) => {
    const bar = createProgress(`Writing ${out}`);
    const reading = importTranscripts(collection, path, {
      signal,
      skipBad: flags.skipBad === true,
      onBad: ({ path: file, line, field }) => {
        printAside(`${file}${line === null ? "" : `, line ${line}`} was left out: ${field}`);
      },
      onProgress: (share) => bar.update(share),
    });
    let converted = 0;
    let counts: Awaited<ReturnType<typeof reading.next>>["value"] | undefined;
    const lines = async function* () {
      for (;;) {
        const next = await reading.next();
        if (next.done) {
          counts = next.value;
          return;
        }
        if (next.value.outcome.converted) converted += 1;
        yield JSON.stringify(transcriptToJson(next.value));
      }
    };
    await writeLines(out, lines(), { signal });
    bar.done();
    if (counts === undefined || !("transcripts" in counts)) return;
    const { transcripts, bad, leftOut } = counts;
    if (flags.json === true) return printJson({ file: out, conversations: transcripts, converted, bad, leftOut });
    print(`${out}: ${transcripts} conversations, ${converted} converted`);
    for (const [reason, count] of Object.entries(leftOut)) print(`  left out: ${count} (${reason})`);
    if (bad > 0) print(`  left out: ${bad} (not in the collection's form)`);
  });
}
