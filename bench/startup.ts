import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Bench, measure, type Row } from "./harness.ts";

const run = (args: readonly string[]) => () => {
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
  return 1;
};

/** `npm run bench -- startup` */
export const startup: Bench = {
  name: "startup",
  about: "starts a second of `--help` and its like, beside a bare node",
  async run(): Promise<Row[]> {
    const main = "dist/cli/main.js";
    if (!existsSync(main)) throw new Error(`${main} is missing: npm run build first.`);
    const unit = "starts/s";
    const bare = run(["-e", "0"]);
    const rows: Row[] = [];
    for (const line of ["--help", "--version", "miner run --help", "completion bash"]) {
      const names = { bench: "startup", row: `${line} vs bare node`, unit, rounds: 15 };
      rows.push(await measure(names, { ours: run([main, ...line.split(" ")]), peer: bare }));
    }
    return rows;
  },
};
