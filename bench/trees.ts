import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createRandom } from "../src/core/index.ts";
import { fitTrees } from "../src/learning/trees/fit-trees.ts";
import { createTreesScorer } from "../src/learning/trees/score-trees.ts";
import type { Trees } from "../src/learning/trees/trees.ts";
import { auc } from "../src/scoring/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";
import { findPython, peerEnvironment } from "./peers/pythons.ts";

const ROWS = 80_000;
const TEST_ROWS = 20_000;
const COLUMNS = 40;
const ROUNDS = 100;
const SCORES = 20_000;
const PEER_SCORES = 500;

/** The peer's loop: one word a line in, one number a line out. */
const PEER = `
import sys
import numpy as np, xgboost as xgb
folder, rows, columns, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
X = np.fromfile(folder + "/x.f32", dtype=np.float32).reshape(-1, columns)
y = np.fromfile(folder + "/y.f32", dtype=np.float32)
params = dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_leaves=31, max_depth=0,
              max_bin=255, eta=0.1, min_child_weight=1, nthread=1, verbosity=0)
booster = None
for line in sys.stdin:
    word, _, count = line.strip().partition(" ")
    if word == "fit":
        booster = xgb.train(params, xgb.DMatrix(X[:rows], y[:rows], nthread=1), rounds)
    elif word == "save":
        booster.predict(xgb.DMatrix(X[rows:], nthread=1), output_margin=True).astype(np.float32).tofile(folder + "/scores.f32")
    elif word == "score":
        for i in range(int(count)):
            booster.inplace_predict(X[i:i + 1])
    print(xgb.__version__, flush=True)
`;

interface Peer {
  /** `"XGBoost 1.7.6"`. */
  readonly is: string;
  /** Says a word, and waits until it is done. */
  ask(word: string): Promise<string>;
  close(): void;
}

/** XGBoost in a process of its own, on one thread; null and a note when it is not installed. */
async function startPeer(folder: string): Promise<Peer | null> {
  const python = findPython("xgboost");
  if (python === null) return null;
  const args = ["-c", PEER, folder, ROWS, COLUMNS, ROUNDS].map(String);
  const child = spawn(python, args, { env: peerEnvironment(), stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const ask = async (word: string) => {
    child.stdin.write(`${word}\n`);
    const [line] = await once(lines, "line", { signal: AbortSignal.timeout(600_000) });
    return String(line);
  };
  return { is: `XGBoost ${await ask("version")}`, ask, close: () => child.stdin.end() };
}

/** Rows of 40 numbers, a class told by seven of them in curves and products, one label in twenty turned. */
function madeUpRows() {
  const random = createRandom(1).fork("bench trees");
  const X = Float64Array.from({ length: (ROWS + TEST_ROWS) * COLUMNS }, () => Math.fround(random.normal()));
  const y = Uint8Array.from({ length: ROWS + TEST_ROWS }, (_, row) => {
    const [a, b, c, d, e, f, g] = X.subarray(row * COLUMNS);
    const score = a + b * c + Math.sin(2 * d) - 0.5 * e * e + (f > 0 ? g : -0.5 * g);
    return score > -0.4 === random.next() >= 0.05 ? 1 : 0;
  });
  return { X, y };
}

/** AUC of both on the rows that neither saw. */
async function compareAuc(
  model: Trees,
  X: Float64Array,
  y: Uint8Array,
  peer: Peer | null,
  folder: string,
): Promise<Row> {
  const score = createTreesScorer(model);
  const scores = Float64Array.from(y, (_, row) => score(X, (ROWS + row) * COLUMNS));
  const ours = auc(scores, y) ?? 0;
  let other: number | null = null;
  if (peer !== null) {
    await peer.ask("save");
    const { buffer, byteOffset, length } = readFileSync(join(folder, "scores.f32"));
    other = auc(Float64Array.from(new Float32Array(buffer, byteOffset, length / 4)), y);
  }
  const ratio = other === null ? null : ours / other;
  const names = { bench: "trees", row: "trees AUC vs xgboost", unit: "AUC", asked: "within .003" };
  return { ...names, ours, peer: other, ratio, limit: null, ...(peer && { peerIs: peer.is }) };
}

/** `npm run bench -- trees`; the peer is XGBoost, histograms, leaf-wise, 31 leaves, one thread. */
export const trees: Bench = {
  name: "trees",
  about: "boosted trees beside XGBoost: rows a second in training, AUC on fresh rows, scores a second",
  async run(): Promise<Row[]> {
    const bench = "trees";
    const { X, y } = madeUpRows();
    const train = { X: X.subarray(0, ROWS * COLUMNS), columns: COLUMNS, targets: y.subarray(0, ROWS) };
    const fresh = y.subarray(ROWS);
    const folder = mkdtempSync(join(tmpdir(), "bench-trees-"));
    writeFileSync(join(folder, "x.f32"), Float32Array.from(X));
    writeFileSync(join(folder, "y.f32"), Float32Array.from(y));
    const peer = await startPeer(folder);
    const peerIs = peer === null ? {} : { peerIs: peer.is };
    try {
      const fit = async () => (await fitTrees(train, { rounds: ROUNDS, minRowsPerLeaf: 1 })).trees;
      const training = await measure(
        { bench, row: "trees 100x31 vs xgboost", unit: "rows/s", rounds: 5, asked: "0.67x", ...peerIs },
        {
          ours: () => fit().then(() => ROWS),
          ...(peer === null ? {} : { peer: () => peer.ask("fit").then(() => ROWS) }),
        },
      );
      const model = await fit();
      const accuracy = await compareAuc(model, X, fresh, peer, folder);
      const score = createTreesScorer(model);
      const single = await measure(
        { bench, row: "trees batch-1", unit: "scores/s", asked: "> 200,000", ...peerIs },
        {
          ours: () => {
            for (let row = 0; row < SCORES; row++) score(X, (ROWS + row) * COLUMNS);
            return SCORES;
          },
          ...(peer === null ? {} : { peer: () => peer.ask(`score ${PEER_SCORES}`).then(() => PEER_SCORES) }),
        },
      );
      return [training, accuracy, single];
    } finally {
      peer?.close();
      rmSync(folder, { recursive: true });
    }
  },
};
