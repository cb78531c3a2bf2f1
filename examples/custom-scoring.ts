/**
 * A scoring mode of your own: paid is the log likelihood of what happened, over that of the base rate. A mode is a value; it scores stored
 * answers, explains them, and is handed to `createValidator` as `mode`. Run it in the repository's folder: npm run example -- custom-scoring
 */
import {
  type Averaging,
  explain,
  explanationLines,
  refusal,
  rescore,
  type Score,
  type ScoredRecord,
  type ScoringMode,
  scoringMode,
} from "conversion-subnet/scoring";

const constants = { floor: 0.01, silence: -0.5, windowQuestions: 500 } as const;
const clip = (p: number) => Math.min(1 - constants.floor, Math.max(constants.floor, p));
const likelihood = (p: number, converted: 0 | 1) => Math.log(converted === 1 ? clip(p) : 1 - clip(p));

/** The mean of the window, and nothing for those who are worse than the base rate. */
const meanOf = (window: readonly { readonly total: number }[]) =>
  window.length === 0 ? null : window.reduce((sum, { total }) => sum + total, 0) / window.length;
const average: Averaging = {
  add: (standing, { total, best, latencySeconds, invalid }) => ({
    ...standing,
    asked: standing.asked + 1,
    answered: standing.answered + (invalid === null ? 1 : 0),
    window: [...standing.window.slice(1 - constants.windowQuestions), { total, best, latencySeconds }],
  }),
  value: ({ window }) => meanOf(window),
  pay: ({ window }) => (window.length === 0 ? null : Math.max(0, meanOf(window) ?? 0)),
};

/** Name, version and constants are stored with every score: raise the version when the same answers would be scored in another way. */
const logScore: ScoringMode = {
  name: "log-score",
  version: 1,
  constants,
  formula: ["total = ln P(what happened) - ln P(what happened) of the base rate; silence costs a fixed price"],
  average,
  score: ({ frozen, replies }, truth) =>
    replies.map((reply): Score => {
      const invalid = refusal(reply);
      const base = likelihood(frozen.baseRate, truth.converted);
      const said = reply.ok && invalid === null ? likelihood(reply.answer.confidence ?? 0.5, truth.converted) : null;
      const total = said === null ? constants.silence : said - base;
      const components = { likelihood: said ?? 0, base };
      return { total, prediction: total, components, invalid, best: -base, latencySeconds: reply.latencySeconds };
    }),
};

// What a validator has stored: here three questions, in its place `history.records()`.
const records: ScoredRecord[] = [0.9, 0.7, 0.2].map((p, number) => {
  const converted = p > 0.5 ? 1 : 0;
  const says = (confidence: number) =>
    ({
      ok: true,
      answer: {
        conversionHappened: confidence >= 0.5 ? 1 : 0,
        timeToConversionSeconds: confidence >= 0.5 ? 80 : -1,
        confidence,
        timeIfConvertedSeconds: 80,
      },
      latencySeconds: 0.2,
    }) as const;
  const replies = new Map([
    ["calm", says(p)],
    ["loud", says(number === 1 ? 0 : 1)],
  ]);
  const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 80 };
  const truth = { converted, timeSeconds: converted === 1 ? 85 : null } as const;
  const scores = logScore.score({ frozen, replies: [...replies.values()] }, truth);
  const asked = [...replies.keys()];
  return {
    open: { number, stratum: "example, 4 messages", askedAtSeconds: number },
    ...{ frozen, asked, replies, mode: logScore },
    settled: {
      ...{ truth, reason: "converted", atSeconds: number + 85 },
      scores: new Map(asked.flatMap((hotkey, i) => (scores[i] === undefined ? [] : [[hotkey, scores[i]] as const]))),
    },
  };
});

const own = [logScore];
for (const name of ["log-score", "seed-v1"]) {
  const { miners } = await rescore(records, { mode: scoringMode(name, { own }) });
  console.log(`${name}: ${miners.map(({ hotkey, share }) => `${hotkey} ${(100 * share).toFixed(1)} %`).join(", ")}`);
}
const [first] = records;
if (first !== undefined) console.log(explanationLines(explain(first, "calm", { own })).join("\n"));
