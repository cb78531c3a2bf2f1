import { z } from "zod";
import type {
  CallDescription,
  ChainInfo,
  EpochState,
  Head,
  Hyperparameters,
  Metagraph,
  PendingCommit,
  Receipt,
  SubnetSummary,
  WeightRow,
} from "../chain/index.ts";

export const raoSchema = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt);
const rao = raoSchema;
const hex = z.string().regex(/^0x[0-9a-f]*$/);
const share = z.number().min(0).max(1);
const axon = z.object({ ip: z.string(), port: z.int(), version: z.int() });
const neuron = z.object({
  uid: z.int(),
  hotkey: z.string(),
  coldkey: z.string(),
  stakeRao: rao,
  validatorPermit: z.boolean(),
  active: z.boolean(),
  axon: axon.nullable(),
  axonUpdatedAtBlock: z.int(),
  incentive: share,
  dividends: share,
  validatorTrust: share,
  consensus: share,
  emissionRao: rao,
  registeredAtBlock: z.int(),
  lastUpdateBlock: z.int(),
});
export const metagraphSchema: z.ZodType<Metagraph> = z.object({
  netuid: z.int(),
  block: z.int(),
  neurons: z.array(neuron),
});
export const hyperparametersSchema: z.ZodType<Hyperparameters> = z.object({
  tempo: z.int(),
  weightsRateLimit: z.int(),
  servingRateLimit: z.int(),
  minAllowedWeights: z.int(),
  maxWeightLimit: share,
  weightsVersionKey: z.int(),
  maxAllowedUids: z.int(),
  maxValidators: z.int(),
  stakeThresholdRao: rao,
  immunityPeriod: z.int(),
  activityCutoff: z.int(),
  burnRao: rao,
  registrationAllowed: z.boolean(),
  commitReveal: z.boolean(),
  commitRevealPeriodEpochs: z.int(),
  commitRevealVersion: z.int(),
  mechanisms: z.int().min(1),
  kappa: share,
  bondsMovingAverage: share,
  yumaVersion: z.int(),
});
export const subnetsSchema: z.ZodType<readonly SubnetSummary[]> = z.array(
  z.object({
    netuid: z.int(),
    name: z.string(),
    owner: z.string(),
    neurons: z.int(),
    maxAllowedUids: z.int(),
    tempo: z.int(),
    burnRao: rao,
    registrationAllowed: z.boolean(),
  }),
);
export const infoSchema: z.ZodType<ChainInfo> = z.object({
  network: z.string(),
  genesisHash: hex,
  specVersion: z.int(),
  blockTimeMs: z.number().positive(),
  beacon: z.object({
    publicKey: hex.length(194).transform((text) => new Uint8Array(Buffer.from(text.slice(2), "hex"))),
    genesisSeconds: z.number(),
    periodSeconds: z.number().positive(),
  }),
  development: z.boolean(),
});
export const headSchema: z.ZodType<Head> = z.object({ block: z.int(), hash: hex, timestampMs: z.number() });
export const epochStateSchema: z.ZodType<EpochState> = z.object({
  block: z.int(),
  tempo: z.int(),
  lastEpochBlock: z.int(),
  pendingEpochAt: z.int(),
  epochIndex: z.int(),
  blocksSinceLastStep: z.int(),
});
export const weightsSchema: z.ZodType<readonly WeightRow[]> = z.array(
  z.object({ uid: z.int(), uids: z.array(z.int()), weights: z.array(z.int()) }),
);
export const commitsSchema: z.ZodType<readonly PendingCommit[]> = z.array(
  z.object({
    kind: z.enum(["hash", "timelocked"]),
    hash: hex,
    committedAtBlock: z.int(),
    epochIndex: z.int(),
    revealRound: z.int().nullable(),
  }),
);
export const descriptionSchema: z.ZodType<CallDescription> = z.object({
  pallet: z.string(),
  name: z.string(),
  args: z.record(z.string(), z.unknown()),
  bytes: hex.nullable(),
  signedBy: z.enum(["coldkey", "hotkey"]),
});
export const receiptSchema: z.ZodType<Receipt> = z.object({ block: z.int(), hash: hex, feeRao: rao });
export const uidSchema = z.object({ uid: z.int().nullable() });
export const balanceSchema = z.object({ rao });
/** `GET /`: whose key calls are bound to. */
export const rootSchema = z.object({ address: z.string(), block: z.int() });
export const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    refusal: z.string().optional(),
    values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    argument: z.string().optional(),
    problem: z.string().optional(),
  }),
});
