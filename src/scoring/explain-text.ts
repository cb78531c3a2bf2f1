import type { Explanation } from "./explain.ts";
import type { Reply } from "./mode.ts";

const number = (value: number) => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12))));
/** To the millisecond: what is computed with is in the JSON. */
const seconds = (value: number) => number(Math.round(value * 1e3) / 1e3);
const list = (values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(", ");

function answerLine(reply: Reply): string {
  const latency = reply.latencySeconds === null ? "" : `, ${seconds(reply.latencySeconds)} s by the validator's clock`;
  if (!reply.ok) return `none: ${reply.reason}${latency}`;
  const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = reply.answer;
  const parts = [
    conversionHappened === 1 ? `yes, after ${number(timeToConversionSeconds)} s` : "no",
    confidence === null ? "no p (counts as 0.5)" : `p ${number(confidence)}`,
    ...(timeIfConvertedSeconds === null ? [] : [`if it converts after ${number(timeIfConvertedSeconds)} s`]),
  ];
  return parts.join(", ") + latency;
}

function truthLine(truth: Explanation["truth"]): string {
  if (truth === null) return "not known";
  const what = truth.converted === 0 ? "no conversion" : "converted";
  const when =
    truth.converted === 0
      ? ""
      : truth.timeSeconds === null
        ? ", moment unknown"
        : ` after ${number(truth.timeSeconds)} s`;
  return `${what}${when}; from: ${truth.from}, at ${seconds(truth.atSeconds)} s of the conversation clock`;
}

/**
 * An explanation in lines for people.
 *
 * @example
 * explanationLines(explain(record, "5F…"))[0]; // "Question 12 (simulated, 4 messages), hotkey 5F…"
 */
export function explanationLines(e: Explanation): string[] {
  const { classWeights, baseRate, medianTimeSeconds } = e.frozen;
  const weights = `class weights {1: ${number(classWeights[1])}, 0: ${number(classWeights[0])}}`;
  const lines = [
    `Question ${e.question} (${e.stratum}), hotkey ${e.hotkey}`,
    `answer      ${answerLine(e.reply)}`,
    `truth       ${truthLine(e.truth)}`,
    `frozen      ${weights}, base rate ${number(baseRate)}, median time ${number(medianTimeSeconds)} s`,
    `mode        ${e.mode.name}, version ${e.mode.version}: ${list(e.mode.constants)}`,
    ...e.mode.formula.map((line) => `            ${line}`),
    `others      ${e.others.replies} replies, ${e.others.valid} valid, ${e.others.identical} identical to this one, itself included`,
  ];
  const score = e.stored ?? e.recomputed;
  if (score !== null) {
    if (score.invalid !== null) lines.push(`invalid     ${score.invalid}`);
    lines.push(`components  ${list(score.components)}`);
    lines.push(
      `score       ${number(score.total)} (without latency ${number(score.prediction)}, best possible ${number(score.best)})`,
    );
  }
  if (e.agrees === true) lines.push("recomputed  the same, from the stored record");
  for (const { part, stored, recomputed } of e.differences)
    lines.push(`DIFFERS     ${part}: stored ${number(stored)}, recomputed ${number(recomputed)}`);
  return [...lines, ...e.notes.map((note) => `note        ${note}`)];
}
