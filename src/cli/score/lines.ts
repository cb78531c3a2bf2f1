import { wrapped } from "../doctor/report.ts";
import { columns } from "../table.ts";
import type { Analysis } from "./analyse.ts";
import { PART_TEXTS } from "./parts.ts";
import type { ChainPlace } from "./place.ts";
import { figuresText } from "./why.ts";

const points = (value: number | null) => (value === null ? "-" : value.toFixed(3));
const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
/** A change of a part that is worth a line. */
const WORTH_A_LINE = 0.003;

function placeLine(place: ChainPlace | null): string[] {
  if (place === null) return [];
  if ("problem" in place) return [`on chain   not known: ${place.problem}`];
  const { uid, incentive, rank, of, best, median } = place;
  return [
    `on chain   uid ${uid}, incentive ${percent(incentive)}, rank ${rank} of ${of}; the best has ${percent(best)}, the middle ${percent(median)}`,
  ];
}

function changeLines(
  { change, now, before, parts }: Analysis,
  names: { now: string; before: string },
  width: number,
): string[] {
  if (change === null)
    return [`Nothing to compare: ${now.questions} questions in ${names.now}, ${before.questions} in ${names.before}.`];
  const { total, chance, byQuestions, byAnswers } = change;
  const luck =
    chance === null
      ? "too few to tell from chance"
      : Math.abs(total) <= chance
        ? `within chance, ${chance.toFixed(3)}`
        : `beyond chance, ${chance.toFixed(3)}`;
  const rows = parts.map((part) => [
    ...[
      part.name,
      points(part.now.got),
      points(part.now.possible),
      points(part.before.got),
      points(part.before.possible),
    ],
    ...[signed(part.change), signed(part.byQuestions), signed(part.byAnswers)],
  ]);
  const head = ["part", "now", "of", "before", "of", "change", "by questions", "by answers"];
  const moved = parts.filter(({ change: by }) => Math.abs(by) >= WORTH_A_LINE);
  return [
    `${names.now[0]?.toUpperCase()}${names.now.slice(1)} against ${names.before}: ${points(now.mean)} after ${points(before.mean)}, ${signed(total)} (${luck})`,
    `by the questions ${signed(byQuestions)}, by the answers ${signed(byAnswers)}`,
    "",
    ...columns([head, ...rows], { right: [1, 2, 3, 4, 5, 6, 7] }),
    "",
    ...moved.flatMap(({ name, change: by }) => {
      const [first = "", ...rest] = wrapped(`${name} ${signed(by)}: ${figuresText(name, before, now)}`, width - 2);
      return [first, ...rest.map((line) => `  ${line}`)];
    }),
  ];
}

/** An analysis for people. */
export function scoreLines(
  analysis: Analysis,
  { place, names, width }: { place: ChainPlace | null; names: { now: string; before: string }; width: number },
): string[] {
  const { hotkey, questions, modes, averages, days, silence, parts, advice } = analysis;
  const rows = days.map(({ day, questions: asked, answered, mean, best, latencyP50Ms }) => [
    ...[day, String(asked), String(answered), points(mean), points(best)],
    latencyP50Ms === null ? "-" : latencyP50Ms.toFixed(0),
  ]);
  const known = parts.filter(({ name }) => name in PART_TEXTS);
  const todo = advice.flatMap(({ text, command }, i) => {
    const [first = "", ...rest] = wrapped(`${i + 1}. ${text}.`, width - 3);
    return [first, ...rest.map((line) => `   ${line}`), ...(command === null ? [] : [`   > ${command}`])];
  });
  return [
    `${hotkey ?? "nobody"}: ${questions} judged questions, ${modes.join(", ")}`,
    ...placeLine(place),
    ...averages.map(
      ({ validator, average, questions: own }) =>
        `average    ${points(average)}${validator === "" ? "" : ` with ${validator}`}, over ${own} questions${silence ? "" : " that were answered"}`,
    ),
    "",
    ...columns([["day (UTC)", "questions", "answered", "score", "possible", "p50 ms"], ...rows], {
      right: [1, 2, 3, 4, 5],
    }),
    "",
    ...changeLines(analysis, names, width),
    ...(known.length === 0 ? [] : ["", ...known.map(({ name }) => `${name.padEnd(12)}${PART_TEXTS[name]}`)]),
    "",
    ...(todo.length === 0
      ? ["There is nothing to be done about it that these figures show."]
      : ["What to do:", ...todo]),
    ...(silence
      ? []
      : [
          "",
          ...wrapped("Validators tell of answered questions only: what was missed is in `status` and `logs`.", width),
        ]),
  ];
}
