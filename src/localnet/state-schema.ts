import { z } from "zod";
import { callSchema } from "./calls.ts";
import type { LedgerOperation } from "./operations.ts";
import type { SubnetSettings } from "./settings.ts";
import type { LedgerState } from "./state.ts";
import type { LedgerNeuron, Place, Subnet, WaitingCommit } from "./subnet.ts";

/** Version of what is written to disk. 1: the first. */
export const STATE_VERSION = 1;

const whole = z.int().min(0);
const u16 = z.int().min(0).max(65_535);
const rao = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt);
const sparseRow = z.array(z.tuple([u16, u16])).transform((entries) => new Map(entries));

const settingsShape = {
  name: z.string().max(100),
  tempo: whole,
  weightsRateLimit: whole,
  servingRateLimit: whole,
  minAllowedWeights: whole,
  maxWeightLimit: z.number(),
  weightsVersionKey: whole,
  maxAllowedUids: whole,
  maxValidators: whole,
  stakeThresholdRao: rao,
  immunityPeriod: whole,
  activityCutoff: whole,
  burnRao: rao,
  registrationAllowed: z.boolean(),
  commitReveal: z.boolean(),
  commitRevealPeriodEpochs: whole,
  commitRevealVersion: whole,
  mechanisms: whole,
  kappa: z.number(),
  bondsMovingAverage: z.number(),
  yumaVersion: whole,
  bondsPenalty: z.number(),
  minBurnRao: rao,
  maxBurnRao: rao,
  burnHalfLife: z.number(),
  burnIncrease: z.number(),
  emissionRaoPerBlock: rao,
} satisfies Record<keyof SubnetSettings, z.ZodType>;
const settings: z.ZodType<SubnetSettings> = z.strictObject(settingsShape);
/** Door for changes of a subnet's settings, as JSON; `subnetSettings` says which values fit together. */
export const changesSchema = z
  .strictObject(settingsShape)
  .partial()
  .transform(
    (changes): Partial<SubnetSettings> =>
      Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
  );

const place: z.ZodType<Place> = z.object({
  lastUpdateBlock: whole,
  weights: sparseRow.nullable(),
  bonds: sparseRow,
  incentive: u16,
});
const neuron: z.ZodType<LedgerNeuron> = z.object({
  uid: u16,
  hotkey: z.string(),
  coldkey: z.string(),
  registeredAtBlock: whole,
  stakeRao: rao,
  validatorPermit: z.boolean(),
  active: z.boolean(),
  axon: z.object({ ip: z.string(), port: u16, version: whole }).nullable(),
  axonUpdatedAtBlock: whole,
  emissionRao: rao,
  consensus: u16,
  validatorTrust: u16,
  dividends: u16,
  places: z.array(place),
});
const commit: z.ZodType<WaitingCommit> = z.object({
  mechanism: whole,
  hotkey: z.string(),
  epoch: whole,
  block: whole,
  content: z.string(),
  revealRound: whole.nullable(),
});
const subnet: z.ZodType<Subnet> = z.object({
  netuid: u16,
  settings,
  neurons: z.array(neuron).refine((list) => list.every(({ uid }, index) => uid === index), "must be by uid"),
  commits: z.array(commit),
  lastEpochBlock: whole,
  pendingEpochAt: whole,
  epochIndex: whole,
  blocksSinceLastStep: whole,
  burn: z.object({ rao, block: whole }),
});
const state: z.ZodType<LedgerState> = z.object({
  seed: z.string(),
  genesisHash: z.string(),
  owner: z.string(),
  faucetRao: rao,
  blockTimeMs: z.number().positive(),
  block: whole,
  blockHash: z.string(),
  callCount: whole,
  balances: z.array(z.tuple([z.string(), rao])).transform((entries) => new Map(entries)),
  subnets: z.array(z.tuple([u16, subnet])).transform((entries) => new Map(entries)),
});

/** A snapshot: the state, and the number of the journal that goes on from it. */
export const snapshotSchema = z.object({ version: z.literal(STATE_VERSION), generation: whole, state });
/** First line of a journal: what it goes on from. */
export const journalHeadSchema = z.object({
  version: z.literal(STATE_VERSION),
  generation: whole,
  block: whole,
  blockHash: z.string(),
});
/** Any other line of a journal. */
export const operationSchema: z.ZodType<LedgerOperation> = z.discriminatedUnion("op", [
  z.object({ op: z.literal("blocks"), count: whole }),
  z.object({ op: z.literal("call"), caller: z.string(), call: callSchema }),
  z.object({ op: z.literal("mint"), coldkey: z.string(), amountRao: rao }),
  z.object({ op: z.literal("configure"), netuid: u16, changes: changesSchema }),
  z.object({ op: z.literal("epoch"), netuid: u16 }),
]);
