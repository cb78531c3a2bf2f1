import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { systemClock, UserError } from "../../core/index.ts";
import { isAddress } from "../../wallet/index.ts";
import type { Flags } from "../flags.ts";
import { columnsOf, print, printJson, untilSignal } from "../terminal.ts";
import { analyse, type Period } from "./analyse.ts";
import { type JudgedSource, judgedInFeedback, judgedInHistory } from "./judged.ts";
import { scoreLines } from "./lines.ts";
import { placeOf } from "./place.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Periods {
  readonly now: Period;
  readonly before: Period;
  readonly names: { readonly now: string; readonly before: string };
}

/** A day against the one before it, or the last hours against as many before. */
function periodsOf(flags: Flags, nowMs: number): Periods {
  const day = flags.day;
  if (typeof day === "number") {
    const fromMs = Math.floor(day / DAY_MS) * DAY_MS;
    const name = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    return {
      now: { fromMs, toMs: fromMs + DAY_MS },
      before: { fromMs: fromMs - DAY_MS, toMs: fromMs },
      names: { now: name(fromMs), before: name(fromMs - DAY_MS) },
    };
  }
  const hours = Number(flags.hours);
  const fromMs = nowMs - hours * HOUR_MS;
  return {
    // What comes this very moment belongs to it.
    now: { fromMs, toMs: nowMs + 1 },
    before: { fromMs: fromMs - hours * HOUR_MS, toMs: fromMs },
    names: { now: `the last ${hours} hours`, before: `the ${hours} before` },
  };
}

async function sourceOf(flags: Flags, { before }: Periods): Promise<JudgedSource> {
  const { feedback, hotkey, validator } = flags;
  if (typeof feedback === "string") {
    const source = await judgedInFeedback(feedback);
    if (typeof validator !== "string") return source;
    return { ...source, all: source.all.filter((one) => one.validator === validator) };
  }
  if (typeof hotkey === "string") {
    if (!isAddress(hotkey)) throw new UserError(`--hotkey ${hotkey} is no address.`);
    return judgedInHistory(flags, hotkey, Math.min(before.fromMs, systemClock.nowMs() - 7 * DAY_MS));
  }
  throw new UserError("No judged answers are named.", {
    hint: "A miner names the folder that it runs with (miner run --feedback.accept FOLDER): --feedback FOLDER. A validator names a miner, and its own wallet: --hotkey 5... --wallet.name validator.",
  });
}

/** `conversion-subnet score` */
export async function runScore(flags: Flags): Promise<void> {
  const periods = periodsOf(flags, systemClock.nowMs());
  const { now, before, names } = periods;
  await untilSignal(async (signal) => {
    const source = await sourceOf(flags, periods);
    if (source.all.length === 0) {
      throw new UserError("Nothing was judged yet.", {
        hint: "Truth comes when a conversation converts or its horizon passes, half an hour after it began unless the validator says otherwise; validators tell only with --feedback.send.",
      });
    }
    const model = typeof flags.model === "string" ? flags.model : null;
    const written = model === null ? null : await stat(resolve(model)).catch(() => null);
    const analysis = analyse(source, {
      ...{ now, before, model, modelAtMs: written?.mtimeMs ?? null },
      feedback: typeof flags.feedback === "string" ? flags.feedback : null,
    });
    const place = flags.chain === false || source.hotkey === null ? null : await placeOf(flags, source.hotkey, signal);
    if (flags.json === true) {
      const plain = (figures: typeof analysis.now) => ({ ...figures, parts: [...figures.parts.values()] });
      return printJson({
        ...analysis,
        periods: { now, before },
        place,
        now: plain(analysis.now),
        before: plain(analysis.before),
      });
    }
    const width = Math.min(120, columnsOf(process.stdout));
    for (const line of scoreLines(analysis, { place, names, width })) print(line);
  });
}
