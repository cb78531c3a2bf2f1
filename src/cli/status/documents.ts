import { z } from "zod";

/*
 * The parts of the admin server's documents that are shown on a terminal, parsed at this door: a node may be of another version, and
 * what it lacks is shown as not known. `src/dashboard/views.ts` says what each means.
 */

const number = z.number();
const maybe = number.nullable().catch(null);
const text = z.string();
const count = z.object({ name: text, count: number });
const counts = z.array(count).catch([]);

export const overviewSchema = z.object({
  version: text,
  startedAtMs: number,
  ready: z.boolean(),
  nodes: z.array(
    z.object({ id: text, kind: z.enum(["miner", "validator", "network"]), name: text, hotkey: text.nullable() }),
  ),
});
export type Overview = z.infer<typeof overviewSchema>;

export const readySchema = z.object({
  ready: z.boolean(),
  reasons: z.array(z.object({ node: text, code: text, message: text })),
});

const component = z.object({ name: text, weight: maybe, mean: maybe, meanBefore: maybe });
export const minerSchema = z.object({
  serving: z
    .object({
      serving: z.boolean(),
      url: text.nullable(),
      uid: maybe,
      predictor: text,
      predicted: number,
      fallbacks: number,
      lastFailure: text.nullable(),
    })
    .nullable()
    .catch(null),
  chain: z.object({ uid: number, block: number, incentive: number, rank: number, of: number }).nullable().catch(null),
  requests: z.object({ outcomes: counts }).nullable().catch(null),
  latency: z.object({ p50: maybe, p99: maybe, count: number }).nullable().catch(null),
  feedback: z
    .object({
      scored: number,
      meanTotal: maybe,
      recentTotal: maybe,
      lastAtMs: maybe,
      validators: z.array(z.object({ hotkey: text, scored: number, meanTotal: maybe })).catch([]),
      mode: z.object({ name: text }).nullable().catch(null),
      components: z.array(component).catch([]),
    })
    .nullable()
    .catch(null),
  model: z
    .object({ file: text, hash: text, model: text, swaps: number, failures: number, lastFailure: text.nullable() })
    .nullable()
    .catch(null),
  drift: z
    .object({ rows: number, moved: z.array(z.object({ feature: text, psi: number, level: text })) })
    .nullable()
    .catch(null),
});
export type MinerDocument = z.infer<typeof minerSchema>;

const leaderRow = z.object({
  ...{ rank: number, hotkey: text, name: text.nullable(), uid: maybe, asked: number, answered: number, score: maybe },
  ...{ auc: maybe, brier: maybe, latencyP50Ms: maybe, weight: number, incentive: maybe },
  health: z.object({ okShare: maybe, lastFailure: text.nullable() }),
});
export type LeaderRow = z.infer<typeof leaderRow>;
const epoch = z.object({ nextEpochBlock: maybe, blocksLeft: maybe, secondsLeft: maybe }).nullable().catch(null);
export const validatorSchema = z.object({
  status: z
    .object({
      running: z.boolean(),
      uid: maybe,
      validatorPermit: z.boolean(),
      block: maybe,
      servingMiners: number,
      failures: number,
    })
    .nullable()
    .catch(null),
  mode: z.object({ name: text, version: number }).nullable().catch(null),
  flow: z.object({
    ...{ questions: number, open: number, settled: number, void: number, inFlight: number, unasked: number },
    ...{ turnedAway: number, voidReasons: counts },
  }),
  baseRate: maybe,
  baseRateBrier: maybe,
  truthLag: z.object({ p50: maybe }).catch({ p50: null }),
  leaderboard: z.array(leaderRow),
  weights: z.object({
    setCount: number,
    lastSetBlock: maybe,
    refusal: z.object({ name: text, atBlock: number }).nullable().catch(null),
    epoch,
  }),
});
export type ValidatorDocument = z.infer<typeof validatorSchema>;

export const networkSchema = z.object({
  ...{ netuid: number, network: text, block: maybe, blockAtMs: maybe, epoch, failure: text.nullable().catch(null) },
  neurons: z.array(z.object({ uid: number, validatorPermit: z.boolean(), axon: text.nullable() })),
});
export type NetworkDocument = z.infer<typeof networkSchema>;

export const logLineSchema = z.object({
  sequence: number,
  // What no calendar has would end the command that shows it.
  atMs: number.min(0).max(8.64e15),
  level: z.enum(["trace", "debug", "info", "warn", "error"]),
  message: text,
  fields: z.record(text, z.union([text, number, z.boolean(), z.null()])),
});
export type LogLine = z.infer<typeof logLineSchema>;
export const logsSchema = z.object({ lines: z.array(logLineSchema), next: maybe });
