import { stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { errorText, UserError } from "../core/index.ts";
import type { BaseRate } from "../learning/index.ts";
import type { Predictor } from "../miner/index.ts";
import { DEFAULT_HORIZON_SECONDS } from "../schema.ts";
import type { ServedModel } from "./served-model.ts";

const HINT =
  "Export a function `predict(question, call)` that gives an answer: examples/custom-predictor.ts shows one.";
/** What a miner without any data would say. */
const IGNORANCE: BaseRate = { rate: 0.5, medianTimeSeconds: DEFAULT_HORIZON_SECONDS / 2 };

const isPredict = (value: unknown): value is Predictor["predict"] => typeof value === "function";
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function baselineOf(path: string, given: unknown): BaseRate {
  if (given === undefined) return IGNORANCE;
  const { rate, medianTimeSeconds } = isRecord(given) ? given : {};
  const good = typeof rate === "number" && rate >= 0 && rate <= 1;
  if (good && typeof medianTimeSeconds === "number" && medianTimeSeconds > 0 && medianTimeSeconds <= 1e9)
    return { rate, medianTimeSeconds };
  throw new UserError(`The baseline of ${path} is none.`, {
    hint: "It is { rate, medianTimeSeconds }: a share from 0 to 1, and seconds above 0.",
  });
}

/** A program of the miner's own that predicts: a .js or .mjs file, which is run as it is. */
export async function openOwnModel(path: string): Promise<ServedModel> {
  // A module is loaded once under one address: a file that was replaced needs another.
  const { mtimeMs, size } = await stat(path);
  const url = pathToFileURL(path);
  url.searchParams.set("as-of", `${mtimeMs}-${size}`);
  let exported: unknown;
  try {
    exported = await import(url.href);
  } catch (error) {
    throw new UserError(`The predictor of ${path} cannot be loaded: ${errorText(error)}`, { cause: error });
  }
  const { predict, baseline, close } = isRecord(exported) ? exported : {};
  if (!isPredict(predict)) throw new UserError(`${path} exports no function "predict".`, { hint: HINT });
  return {
    predictor: { name: `program ${path}`, predict },
    baseline: baselineOf(path, baseline),
    text: "a program of your own",
    close: async () => {
      if (typeof close === "function") await close();
    },
  };
}
