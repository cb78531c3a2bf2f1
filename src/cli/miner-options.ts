import { RAO_PER_TAO } from "../chain/index.ts";
import { baselineModel } from "../learning/index.ts";
import type { MinerOptions, PolicyOptions } from "../miner/index.ts";
import { DEFAULT_HORIZON_SECONDS } from "../schema.ts";
import type { Flags } from "./flags.ts";
import { netuidOf, registerCommand } from "./network.ts";
import { wiresOf } from "./wires.ts";

const PREDICT_DEADLINE_MS = 5_000;
const CHAIN_POLL_MS = 5_000;
/** Our version integer on the chain: major, minor and patch, a thousand each. */
export const AXON_VERSION = 1_000;

/** What a miner without any data would say. */
export const IGNORANCE = baselineModel({ rate: 0.5, medianTimeSeconds: DEFAULT_HORIZON_SECONDS / 2 });

/** A flag's number, when it was given. */
export const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
const hotkeysOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

/** Whom the flags welcome. */
export const policyOf = (flags: Flags): PolicyOptions => ({
  allowNonRegistered: flags["blacklist.allow_non_registered"] === true,
  forceValidatorPermit: flags["blacklist.force_validator_permit"] !== false,
  minStakeRao: BigInt(Number(flags["blacklist.min_stake"])) * RAO_PER_TAO,
  allow: hotkeysOf(flags["blacklist.allow"]),
  deny: hotkeysOf(flags["blacklist.deny"]),
  maxRequestsPerSecond: numberOf(flags["blacklist.max_requests_per_second"]),
});

/** A miner's plain values, as the flags of `miner run` have them. */
export const minerOptionsOf = (flags: Flags): Omit<MinerOptions, "verifyThreads"> => ({
  netuid: netuidOf(flags),
  host: String(flags["axon.ip"]),
  port: Number(flags["axon.port"]),
  externalIp: textOf(flags["axon.external_ip"]),
  externalPort: numberOf(flags["axon.external_port"]),
  policy: policyOf(flags),
  wires: wiresOf(flags),
  predictDeadlineMs: PREDICT_DEADLINE_MS,
  serveBaseline: flags.baseline === true,
  chainPollMs: CHAIN_POLL_MS,
  version: AXON_VERSION,
  registerCommand: registerCommand(flags),
});
