import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
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

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/** What runs with this user's rights and keys must not be what anybody on this machine put there. */
async function assertOwn(path: string): Promise<void> {
  // Windows keeps rights elsewhere, and says "everybody" of every file.
  if (process.platform === "win32") return;
  const file = await realpath(path);
  for (const place of [file, dirname(file)]) {
    const { mode } = await stat(place);
    if ((mode & OTHERS_WRITE) === 0 || (place !== file && (mode & STICKY) !== 0)) continue;
    throw new UserError(`Everybody on this machine may write to ${place}, so ${path} is not run.`, {
      hint: `chmod o-w '${place}'`,
    });
  }
}

/** A program of the miner's own that predicts: a .js or .mjs file, which is run as it is. */
export async function openOwnModel(path: string): Promise<ServedModel> {
  // A module is loaded once under one address: a file that was replaced needs another.
  const { mtimeMs, size } = await stat(path);
  await assertOwn(path);
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
