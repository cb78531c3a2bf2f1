import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../core/index.ts";
import {
  ACTIVATIONS,
  CALIBRATIONS,
  describeModel,
  inspectOnnxFile,
  type OnnxHeader,
  type OnnxValue,
  readModelFile,
  readTorchFile,
  writeModelFile,
  writeOnnxFile,
} from "../learning/index.ts";
import type { Flags } from "./flags.ts";
import { readRows, warn } from "./rows-of.ts";
import { print, printJson, untilSignal } from "./terminal.ts";

/** `--out`, with its ending. */
function outOf(flags: Flags, ending: string): string {
  const out = String(flags.out);
  if (extname(out) === "") return out + ending;
  if (extname(out).toLowerCase() === ending) return out;
  throw new UserError(`--out ${out} must end in ${ending}, or in nothing.`, { hint: `Try --out model${ending}` });
}

const valueText = ({ name, kind, type, shape }: OnnxValue) =>
  `${name}: ${kind === "tensor" ? `${type} ${shape === null ? "" : `[${shape.join(", ")}]`}`.trimEnd() : kind}`;

/** What an ONNX file says about itself, as lines. */
function headerLines({ producer, opsets, inputs, outputs, operators, metadata }: OnnxHeader): string[] {
  const domains = opsets.map(({ domain, version }) => `${domain === "" ? "onnx" : domain} ${version}`);
  const counts = Object.entries(operators).map(([name, count]) => (count === 1 ? name : `${name} x ${count}`));
  return [
    `  written by  ${producer === "" ? "an unknown program" : producer}`,
    `  operators   ${domains.join(", ")}: ${counts.join(", ")}`,
    "Inputs:",
    ...inputs.map((value) => `  ${valueText(value)}`),
    "Outputs:",
    ...outputs.map((value) => `  ${valueText(value)}`),
    ...(Object.keys(metadata).length === 0 ? [] : ["Metadata:"]),
    ...Object.entries(metadata).map(
      ([key, value]) => `  ${key}  ${value.length > 80 ? `${value.slice(0, 80)}...` : value}`,
    ),
  ];
}

/** `conversion-subnet inspect` of an .onnx file. */
export async function inspectOnnx(file: string, flags: Flags): Promise<void> {
  const header = await inspectOnnxFile(file);
  const { size } = await stat(file);
  if (flags.json === true) return printJson({ file, bytes: size, ...header });
  print(`${file}: ${size} bytes, ONNX`);
  for (const line of headerLines(header)) print(line);
}

/** `conversion-subnet export` */
export async function runExport(file: string, flags: Flags): Promise<void> {
  const out = outOf(flags, ".onnx");
  const model = await readModelFile(file);
  await writeOnnxFile(out, model);
  const { inputs, outputs } = await inspectOnnxFile(out);
  const { size } = await stat(out);
  if (flags.json === true) return printJson({ file: out, bytes: size, model: describeModel(model), inputs, outputs });
  print(`${out}: ${size} bytes, ${describeModel(model).text}`);
  print(
    `It takes ${inputs.map(valueText).join(", ")} (NaN = unknown) and gives ${outputs.map(({ name }) => name).join(", ")}.`,
  );
}

/** `conversion-subnet import` */
export async function runImport(file: string, flags: Flags): Promise<void> {
  const out = outOf(flags, ".safetensors");
  const activation = Object.keys(ACTIVATIONS).find(
    (name): name is keyof typeof ACTIVATIONS => name === flags.activation,
  );
  const calibration = CALIBRATIONS.find((kind) => kind === flags.calibration);
  if (typeof flags.data !== "string" && calibration !== "none") {
    throw new UserError(`--calibration ${calibration} is fitted on rows.`, { hint: "Add --data FILE." });
  }
  await untilSignal(async (signal) => {
    const rows = typeof flags.data === "string" ? await readRows(flags.data, flags, signal) : null;
    const options = { activation, calibration, data: rows?.dataset, seed: Number(flags.seed), signal };
    const { model, warnings } = await readTorchFile(file, options);
    const said = [...(rows?.warnings ?? []), ...warnings];
    warn(said);
    await writeModelFile(out, model);
    if (flags.json === true) return printJson({ file: out, model: describeModel(model), warnings: said });
    print(`${out}: ${describeModel(model).text}`);
  });
}
