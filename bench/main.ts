import { availableParallelism, cpus } from "node:os";
import { csv } from "./csv.ts";
import { features } from "./features.ts";
import { type Bench, table } from "./harness.ts";
import { learning } from "./learning.ts";
import { signatures } from "./signatures.ts";
import { startup } from "./startup.ts";
import { trees } from "./trees.ts";

const BENCHES: readonly Bench[] = [features, csv, signatures, learning, startup, trees];

const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const json = process.argv.includes("--json");
const chosen = names.includes("all") ? BENCHES : BENCHES.filter(({ name }) => names.includes(name));
const unknown = names.filter((name) => name !== "all" && !BENCHES.some((bench) => bench.name === name));
if (chosen.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no benchmark "${name}".`);
  console.error(
    `npm run bench -- NAME [--json]\n\nNAME is all, or of:\n${BENCHES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join("\n")}`,
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
