import { availableParallelism, cpus } from "node:os";
import { features } from "./features.ts";
import { type Bench, table } from "./harness.ts";
import { history } from "./history.ts";
import { incentives } from "./incentives.ts";
import { ingest } from "./ingest.ts";
import { LEARNING_PARTS, learning } from "./learning.ts";
import { metrics } from "./metrics.ts";
import { setUpPeers } from "./peers/pythons.ts";
import { requests } from "./requests.ts";
import { scale } from "./scale.ts";
import { signatures } from "./signatures.ts";
import { startup } from "./startup.ts";

const WHOLE: readonly Bench[] = [
  features,
  signatures,
  requests,
  ingest,
  learning,
  history,
  incentives,
  metrics,
  scale,
  startup,
];
const BENCHES = [...WHOLE, ...LEARNING_PARTS];

const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const json = process.argv.includes("--json");
const chosen = names.includes("all") ? WHOLE : BENCHES.filter(({ name }) => names.includes(name));
const unknown = names.filter((name) => name !== "all" && !BENCHES.some((bench) => bench.name === name));
if (process.argv.includes("--setup-peers")) setUpPeers(names);
else if (chosen.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no benchmark "${name}".`);
  console.error(
    `npm run bench -- NAME [--json]\nnpm run bench -- --setup-peers [torch2] [xgboost]    Python peers, of some gigabytes, into build/peers\n\nNAME is all, or of:\n${BENCHES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join("\n")}`,
  );
  process.exitCode = 2;
} else {
  if (!json)
    console.log(`node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? "unknown processor"}\n`);
  if (!json)
    console.log(
      "ratio: above 1 = ahead of the peer; limit: what the machine could do at best; medians of interleaved runs\n",
    );
  for (const bench of chosen) {
    const rows = await bench.run();
    console.log(json ? rows.map((row) => JSON.stringify(row)).join("\n") : `${table(rows)}\n`);
  }
}
