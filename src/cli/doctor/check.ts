import { type Clock, errorText, SubnetError, withTimeout } from "../../core/index.ts";

/** How a check ended. */
export const OUTCOMES = ["ok", "warning", "failed", "not tested"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Values = Readonly<Record<string, string | number | boolean | null>>;

/** What a check found. */
export interface Finding {
  readonly outcome: Outcome;
  /** One sentence with the values in it. */
  readonly text: string;
  readonly values: Values;
  /** Commands that can be pasted; a line that begins with # says what no command can do. */
  readonly fix: readonly string[];
}
/** One question that doctor answers. */
export interface Check {
  /** For programs, and for people. */
  readonly name: string;
  run(signal: AbortSignal): Finding | Promise<Finding>;
}
/** A finding with the name of its check. */
export interface Checked extends Finding {
  readonly name: string;
  readonly ms: number;
}

type Fix = string | readonly string[];
const finding =
  (outcome: Outcome) =>
  (text: string, values: Values, fix: Fix = []) => ({
    ...{ outcome, text, values },
    fix: typeof fix === "string" ? [fix] : fix,
  });
export const ok = (text: string, values: Values = {}): Finding => finding("ok")(text, values);
export const warning = finding("warning");
export const failed = finding("failed");
export const notTested = (why: string, fix: Fix = []): Finding => finding("not tested")(why, {}, fix);

/** Goes on with what another check establishes; where it could not, this one was not made. */
export async function given<T>(
  fact: Promise<T>,
  what: string,
  use: (value: T) => Finding | Promise<Finding>,
): Promise<Finding> {
  let value: T;
  try {
    value = await fact;
  } catch (error) {
    return notTested(`${what}: ${errorText(error)}`);
  }
  return use(value);
}

/** The worse of several, with the fixes of all; the text is that of the worst. */
export function worst([first, ...others]: readonly [Finding, ...Finding[]]): Finding {
  const order = { failed: 0, warning: 1, ok: 2, "not tested": 3 } as const;
  return others.reduce((a, b) => {
    const [main, other] = order[b.outcome] < order[a.outcome] ? [b, a] : [a, b];
    return { ...main, values: { ...other.values, ...main.values }, fix: [...main.fix, ...other.fix] };
  }, first);
}

/** An error in the words of a finding: its sentence, and its hint as the fix. */
export function failedBy(error: unknown, fix: Fix = []): Finding {
  if (!(error instanceof SubnetError)) return failed(errorText(error), {}, fix);
  const hint = error.hint === undefined || fix.length > 0 ? [] : [`# ${error.hint.replaceAll("\n", " ")}`];
  const details = error.message
    .split("\n\n")
    .slice(1)
    .filter((block) => !block.startsWith("Hint: "));
  const rows = details.flatMap((block) => block.split("\n")).map((line) => line.replace(/:\s+/, ": "));
  const text = [error.shortMessage, ...rows].join(" ");
  return failed(text, { code: error.code }, fix.length > 0 ? fix : hint);
}

/**
 * Makes all checks at once, each under its deadline; what throws is a finding too.
 *
 * @returns in the order of the checks, whichever ended first.
 */
export async function runChecks(
  checks: readonly Check[],
  { signal, clock, timeoutMs }: { readonly signal: AbortSignal; readonly clock: Clock; readonly timeoutMs: number },
): Promise<Checked[]> {
  const make = async ({ name, run }: Check): Promise<Checked> => {
    const startMs = clock.monotonicMs();
    const found = await withTimeout(async (stopped) => run(stopped), { timeoutMs, what: "The check", signal }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        return failedBy(error);
      },
    );
    return { name, ...found, ms: Math.round(clock.monotonicMs() - startMs) };
  };
  return Promise.all(checks.map(make));
}
