import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../src/core/index.ts";
import { landmarkRows } from "../src/features/index.ts";
import { readCsv } from "../src/learning/index.ts";
import { CSV_HEADER, DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, FEATURE_NAMES } from "../src/schema.ts";
import { createSimulator } from "../src/sources/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const ROWS = 1_000_000;
/** So many rows are simulated; then they come again, under other ids. */
const DIFFERENT = 25_000;

/** One million rows of 44 columns, with means of 17 digits as a program prints them. */
async function writeRows(path: string): Promise<void> {
  const simulator = createSimulator({}, { random: createRandom("csv") });
  const lines: string[] = [];
  for (const transcript of simulator.transcripts()) {
    for (const { features, truth } of landmarkRows(transcript, {
      landmarks: DEFAULT_LANDMARKS,
      horizonSeconds: DEFAULT_HORIZON_SECONDS,
    })) {
      const time = truth.timeSeconds ?? -1;
      const cells = [...FEATURE_NAMES.map((name) => features[name] ?? ""), truth.converted, time];
      lines.push(`,${cells.join(",")},${time < 0 ? -1 : time / 60}\n`);
    }
    if (lines.length >= DIFFERENT) break;
  }
  const file = await open(path, "w");
  try {
    await file.write(`${CSV_HEADER.join(",")}\n`);
    for (let row = 0; row < ROWS; row += DIFFERENT) {
      await file.write(
        lines
          .slice(0, DIFFERENT)
          .map((line, i) => `chat-${(row + i) >> 1}${line}`)
          .join(""),
      );
    }
  } finally {
    await file.close();
  }
}

/** The part of DuckDB's client that is used here: the package is not in package.json. */
interface Duck {
  version(): string;
  DuckDBInstance: {
    create(
      path: string,
      options: Record<string, string>,
    ): Promise<{ connect(): Promise<{ run(sql: string): Promise<unknown> }> }>;
  };
}

/** Another reader of the same file, where it is installed: `npm install --no-save --save-prod @duckdb/node-api@1.5.6-r.1`. */
async function duckdb(path: string): Promise<{ peerIs: string; read(): Promise<number> } | null> {
  const name = "@duckdb/node-api";
  const duck = await import(name).catch(() => undefined);
  if (duck === undefined) {
    console.error("The peer DuckDB is not here: npm install --no-save --save-prod @duckdb/node-api@1.5.6-r.1");
    return null;
  }
  const { DuckDBInstance, version } = duck as Duck;
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  return {
    peerIs: `DuckDB ${version()}`,
    async read() {
      await connection.run(`CREATE OR REPLACE TABLE rows AS SELECT * FROM read_csv('${path}', header = true)`);
      return ROWS;
    },
  };
}

/** `npm run bench -- csv` */
export const csv: Bench = {
  name: "csv",
  about: "rows a second out of a training CSV of a million rows, beside DuckDB where it is installed",
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), "bench-csv-"));
    const path = join(folder, "rows.csv");
    try {
      await writeRows(path);
      const peer = await duckdb(path);
      const ours = async () => (await readCsv(path)).dataset.rows;
      const limit = async () => {
        const file = await open(path);
        const buffer = Buffer.allocUnsafe(1 << 18);
        while ((await file.read(buffer)).bytesRead > 0);
        await file.close();
        return ROWS;
      };
      const row = { bench: "csv", row: "csv 1M rows vs duckdb", unit: "rows/s", rounds: 5, asked: "1.5x" };
      const names = { ...row, ...(peer && { peerIs: peer.peerIs }) };
      return [await measure(names, { ours, limit, ...(peer && { peer: peer.read }) })];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
