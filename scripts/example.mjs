#!/usr/bin/env node
// Compiles examples/ against the built package and runs one: node scripts/example.mjs NAME
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const names = readdirSync("examples").flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []));
const [name, ...rest] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`npm run example -- NAME\n\nNAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const run = (args) => {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};
run(["node_modules/typescript/bin/tsc", "-p", "examples"]);
run([`build/examples/${name}.js`, ...rest]);
