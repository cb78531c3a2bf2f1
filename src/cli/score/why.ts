import type { Figures, PartChange } from "./figures.ts";

/** What there is to work with, for commands in advice. */
export interface Means {
  readonly feedback: string | null;
  readonly model: string | null;
  /** The model file was replaced within the period: the mean score with it and without. */
  readonly swap: { readonly atMs: number; readonly before: number; readonly after: number } | null;
}
/** One thing that may be done. */
export interface Advice {
  readonly text: string;
  readonly command: string | null;
}

const percent = (share: number | null) => (share === null ? "-" : `${(share * 100).toFixed(0)} %`);
const ms = (value: number | null) =>
  value === null ? "-" : value < 10_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(1)} s`;
const seconds = (value: number | null) => (value === null ? "-" : `${value.toFixed(0)} s`);
const digits = (value: number | null) => (value === null ? "-" : value.toFixed(3));

/** The figures behind a part, then and now. */
export function figuresText(name: string, before: Figures, now: Figures): string {
  switch (name) {
    case "class":
      return `right in ${percent(now.rightClass)}, ${percent(before.rightClass)} before; ${percent(now.converted)} converted and ${percent(now.saidYes)} were foretold, ${percent(before.converted)} and ${percent(before.saidYes)} before`;
    case "probability":
      return `Brier score ${digits(now.brier)}, ${digits(before.brier)} before (the base rate's ${digits(now.baseRateBrier)}, ${digits(before.baseRateBrier)}); mean probability ${percent(now.meanProbability)}, and ${percent(now.converted)} converted`;
    case "time":
    case "when":
      return `half of the times within ${seconds(now.timeErrorSeconds)}, ${seconds(before.timeErrorSeconds)} before; ${now.timeErrors} conversions had one, ${before.timeErrors} before`;
    case "speed":
      return `half of the answers within ${ms(now.latencyP50Ms)}, ${ms(before.latencyP50Ms)} before; 99 of 100 within ${ms(now.latencyP99Ms)}, ${ms(before.latencyP99Ms)} before`;
    case "boldness":
      return `mean probability ${percent(now.meanProbability)}, ${percent(before.meanProbability)} before; ${percent(now.shared)} of the answers were given by others too, ${percent(before.shared)} before`;
    case "answers":
      return `${now.questions - now.answered} of ${now.questions} got no valid answer (${failureText(now)}), ${before.questions - before.answered} of ${before.questions} before`;
    default:
      return "the validator's mode is not known here";
  }
}

function failureText({ failures }: Figures): string {
  const sorted = Object.entries(failures).sort((a, b) => b[1] - a[1]);
  return sorted.length === 0
    ? "none"
    : sorted
        .slice(0, 3)
        .map(([reason, count]) => `${reason} ${count}`)
        .join(", ");
}

const SLOW_MS = 500;
/** Points of the mean score from which a part is worth a word. */
const WORTH_A_WORD = 0.003;

function retrainCommand({ feedback, model }: Means): string | null {
  if (feedback === null || model === null) return null;
  return `npx conversion-subnet retrain --model ${model} --data train.csv --feedback ${feedback} --out candidate --promote`;
}

/** What to do about what has been lost, and about what is always lost; the dearest first. */
export function adviceOf(changes: readonly PartChange[], now: Figures, means: Means): Advice[] {
  const advice: (Advice & { readonly worth: number })[] = [];
  const lossOf = (...names: readonly string[]) =>
    changes
      .filter(({ name }) => names.includes(name))
      .reduce((sum, { now: part }) => sum + part.possible - part.got, 0);
  const fallOf = (...names: readonly string[]) =>
    changes.filter(({ name }) => names.includes(name)).reduce((sum, { byAnswers }) => sum - byAnswers, 0);
  const say = (worth: number, text: string, command: string | null = null) => {
    if (worth >= WORTH_A_WORD) advice.push({ worth, text, command });
  };
  const { swap, model, feedback } = means;
  if (swap !== null && swap.after < swap.before - WORTH_A_WORD)
    say(
      1 + swap.before - swap.after,
      `The model file was replaced at ${new Date(swap.atMs).toISOString()}: ${digits(swap.before)} before it, ${digits(swap.after)} since. Go back to the version before`,
      model === null ? null : `npx conversion-subnet retrain --model ${model} --rollback`,
    );
  const off = (now.meanProbability ?? 0.5) - (now.converted ?? 0.5);
  if (Math.abs(off) > 0.1)
    say(
      fallOf("class", "probability") + lossOf("class", "probability") / 10,
      `The model says ${percent(now.meanProbability)} where ${percent(now.converted)} convert: what it learned no longer holds. See what has moved, and learn from the feedback`,
      retrainCommand(means),
    );
  else if (fallOf("class", "probability") >= WORTH_A_WORD)
    say(
      fallOf("class", "probability"),
      "The answers themselves have become worse: see which features have moved since the training",
      model === null || feedback === null ? null : `npx conversion-subnet drift ${model} --feedback ${feedback}`,
    );
  if (fallOf("time", "when") >= WORTH_A_WORD)
    say(
      fallOf("time", "when"),
      "Times have become worse: learn from the feedback, which knows the new ones",
      retrainCommand(means),
    );
  if ((now.latencyP50Ms ?? 0) > SLOW_MS || fallOf("speed") >= WORTH_A_WORD)
    say(
      Math.max(lossOf("speed"), fallOf("speed")),
      `Answers take ${ms(now.latencyP50Ms)}: see whether the model, the machine or the way to it is slow`,
      `npx conversion-subnet doctor --as miner${model === null ? "" : ` --model ${model}`}`,
    );
  if ((now.shared ?? 0) > 0.2)
    say(
      lossOf("boldness"),
      `${percent(now.shared)} of the answers are also given by others, who share their pay: train a model of your own, with other rows or another seed`,
    );
  if (now.answered < now.questions)
    say(
      lossOf("answers"),
      `${now.questions - now.answered} questions got no valid answer (${failureText(now)}): see what the node said then`,
      "npx conversion-subnet logs --level warn",
    );
  return advice.sort((a, b) => b.worth - a.worth).map(({ text, command }) => ({ text, command }));
}
