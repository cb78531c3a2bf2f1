import { extname } from "node:path";
import { type Check, type Finding, failed, ok } from "./check.ts";
import type { Facts } from "./facts.ts";

const OPTIONAL = [
  { name: "onnxruntime-node", purpose: "serving .onnx graphs" },
  { name: "@duckdb/node-api", purpose: "Parquet files" },
] as const;

const isInstalled = (name: string): boolean => {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
};

/** @param isThere whether a package can be loaded; a test says so itself. */
function checkPackages({ flags }: Facts, isThere: (name: string) => boolean): Finding {
  const missing = OPTIONAL.filter(({ name }) => !isThere(name));
  const values = Object.fromEntries(OPTIONAL.map(({ name }) => [name, !missing.some((one) => one.name === name)]));
  const needsOnnx = typeof flags.model === "string" && extname(flags.model).toLowerCase() === ".onnx";
  if (needsOnnx && !isThere("onnxruntime-node"))
    return failed(`${flags.model} needs onnxruntime-node`, values, "npm install onnxruntime-node@1.30.0");
  if (missing.length === 0) return ok(OPTIONAL.map(({ name }) => `${name} is installed`).join(", "), values);
  return ok(
    `not installed, and not needed here: ${missing.map(({ name, purpose }) => `${name} (${purpose})`).join(", ")}`,
    values,
  );
}

export const packageChecks = (facts: Facts, isThere = isInstalled): Check[] => [
  { name: "packages", run: () => checkPackages(facts, isThere) },
];
