import { createRandom } from "../../src/core/index.ts";
import type { Answer } from "../../src/schema.ts";
import type { Frozen, Reply } from "../../src/scoring/index.ts";
import { clip, type Forecast, type PlayedQuestion } from "./questions.ts";

/** Everything that a strategy may look at. */
interface Seen {
  readonly question: PlayedQuestion;
  /** Anybody who follows outcomes knows the base rate and the median time well enough. */
  readonly frozen: Frozen;
  /** What honest answered last. */
  readonly lastHonest: Reply | null;
  /** Chance of this hotkey, for this question. */
  readonly normal: () => number;
}
/** A way to earn, with as many hotkeys as it uses. */
export interface Strategy {
  readonly name: string;
  readonly hotkeys: readonly string[];
  /** Whether docs/scoring.md's population has it, or it was invented here. */
  readonly invented?: boolean;
  /** Whose forecasts it starts from; nobody else has them. */
  readonly forecaster?: string;
  answer(seen: Seen, hotkey: string): Reply;
}

const FAST = 0.1;
const SLOW = 30;
const BLUR = 0.12;
/** How far cautious goes from the base rate to what it believes. */
const CAUTION = 0.7;
/** Enough not to be found. */
const FARM_NOISE = 0.02;

/** The class that is likelier, and the time with either class. */
export function replyOf({ p, seconds }: Forecast, latencySeconds = FAST): Reply {
  const yes = p >= 0.5;
  const answer: Answer = {
    conversionHappened: yes ? 1 : 0,
    timeToConversionSeconds: yes ? seconds : -1,
    confidence: p,
    timeIfConvertedSeconds: seconds,
  };
  return { ok: true, answer, latencySeconds };
}
const offline: Reply = { ok: false, reason: "unreachable", latencySeconds: null };
const without = (answered: Reply): Reply =>
  answered.ok ? { ...answered, answer: { ...answered.answer, timeIfConvertedSeconds: null } } : answered;
const moved = ({ p, seconds }: Forecast, to: (p: number) => number): Forecast => ({ p: to(p), seconds });

/** The population of scoring.md, one of each, and two of our own invention. */
export const STRATEGIES: readonly Strategy[] = [
  {
    name: "honest",
    forecaster: "honest",
    hotkeys: ["honest"],
    answer: ({ question }) => replyOf(question.forecast("honest")),
  },
  {
    name: "blurred",
    forecaster: "blurred",
    hotkeys: ["blurred"],
    answer: ({ question, normal }) =>
      replyOf(moved(question.forecast("blurred"), (p) => clip(p + (normal() > 0 ? BLUR : -BLUR)))),
  },
  {
    name: "overconfident",
    forecaster: "overconfident",
    hotkeys: ["overconfident"],
    answer: ({ question }) => replyOf(moved(question.forecast("overconfident"), (p) => (p >= 0.5 ? 1 : 0))),
  },
  {
    name: "hedger",
    forecaster: "hedger",
    hotkeys: ["hedger"],
    answer: ({ question }) => replyOf(moved(question.forecast("hedger"), (p) => (p >= 0.5 ? 0.501 : 0.499))),
  },
  {
    name: "always 1",
    hotkeys: ["always-1"],
    answer: ({ frozen }) => without(replyOf({ p: 1, seconds: frozen.medianTimeSeconds })),
  },
  {
    name: "always 0",
    hotkeys: ["always-0"],
    answer: () => without(replyOf({ p: 0, seconds: 1 })),
  },
  {
    name: "copier",
    hotkeys: ["copier"],
    answer: ({ lastHonest }) => lastHonest ?? offline,
  },
  {
    name: "clones, three together",
    forecaster: "clone",
    hotkeys: ["clone-a", "clone-b", "clone-noisy"],
    answer: ({ question, normal }, hotkey) => {
      const copied = question.forecast("clone");
      return replyOf(hotkey === "clone-noisy" ? moved(copied, (p) => clip(p + 1e-3 * normal())) : copied);
    },
  },
  {
    name: "slow",
    forecaster: "slow",
    hotkeys: ["slow"],
    answer: ({ question }) => replyOf(question.forecast("slow"), SLOW),
  },
  { name: "offline", hotkeys: ["offline"], answer: () => offline },
  {
    name: "NaN sender",
    forecaster: "nan",
    hotkeys: ["nan"],
    answer: ({ question }) => replyOf(moved(question.forecast("nan"), () => Number.NaN)),
  },
  {
    name: "cautious",
    forecaster: "cautious",
    invented: true,
    hotkeys: ["cautious"],
    answer: ({ question, frozen: { baseRate } }) =>
      replyOf(moved(question.forecast("cautious"), (p) => baseRate + CAUTION * (p - baseRate))),
  },
  {
    name: "farm, three together",
    forecaster: "farm",
    invented: true,
    hotkeys: ["farm-a", "farm-b", "farm-c"],
    answer: ({ question, normal }) => replyOf(moved(question.forecast("farm"), (p) => clip(p + FARM_NOISE * normal()))),
  },
];

/** The replies of all hotkeys to one question. */
export function answers(strategies: readonly Strategy[], seen: Omit<Seen, "normal">, seed: string): Map<string, Reply> {
  const out = new Map<string, Reply>();
  for (const strategy of strategies) {
    for (const hotkey of strategy.hotkeys) {
      const random = createRandom(`${seed}/${hotkey}`);
      out.set(hotkey, strategy.answer({ ...seen, normal: () => random.normal() }, hotkey));
    }
  }
  return out;
}
