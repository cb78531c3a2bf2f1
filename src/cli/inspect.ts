import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { describeModel, inspectModel, readModelFile } from "../learning/index.ts";
import { inspectOnnx } from "./exchange.ts";
import type { Flags } from "./flags.ts";
import { print, printJson } from "./terminal.ts";

/** `conversion-subnet inspect` */
export async function runInspect(file: string, flags: Flags): Promise<void> {
  if (extname(file).toLowerCase() === ".onnx") return inspectOnnx(file, flags);
  const model = await readModelFile(file);
  const { size } = await stat(file);
  const found = inspectModel(model);
  if (flags.json === true) return printJson({ file, bytes: size, model: describeModel(model), ...found });
  print(`${file}: ${size} bytes, ${describeModel(model).text}`);
  const width = Math.max(...found.facts.map(([name]) => name.length));
  for (const [name, value] of found.facts) print(`  ${name.padEnd(width)}  ${value}`);
  print("Tensors:");
  for (const { name, shape } of found.tensors) print(`  ${name}  ${shape.join(" x ")}`);
}
