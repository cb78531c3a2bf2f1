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
  about: "starts a second of `--help`, beside a bare node",
  async run(): Promise<Row[]> {
    const main = "dist/cli/main.js";
    if (!existsSync(main)) throw new Error(`${main} is missing: npm run build first.`);
    const unit = "starts/s";
    const bare = run(["-e", "0"]);
    return [
      await measure(
        { bench: "startup", row: "--help vs bare node", unit, rounds: 15 },
        { ours: run([main, "--help"]), peer: bare },
      ),
      await measure(
        { bench: "startup", row: "--version vs bare node", unit, rounds: 15 },
        { ours: run([main, "--version"]), peer: bare },
      ),
    ];
  },
};
