import type { Hyperparameters } from "../../chain/index.ts";
import { hasCall } from "./calls.ts";
import { RuntimeLacksError } from "./errors.ts";
import type { Runtime } from "./metadata.ts";
import { SUBNET_API } from "./metagraph.ts";
import type { ChainRead } from "./reads.ts";
import { decodeRuntimeResult, encodeRuntimeCall, hasMethod } from "./runtime-calls.ts";
import { fieldsOf, textOf } from "./shapes.ts";
import type { StorageCodec } from "./storage.ts";

const PALLET = "SubtensorModule";
/** Newest first. */
const METHODS = ["get_subnet_hyperparams_v3", "get_subnet_hyperparams_v2", "get_subnet_hyperparams"] as const;

/** Where a hyperparameter is found: its name in the runtime API's answer, and its storage item. */
interface Source {
  /** Null = no answer has it, and only storage says it. */
  readonly name: string | null;
  readonly item: string;
  /** Whether the item has one value for all subnets. */
  readonly global?: true;
  readonly to: (value: bigint) => Hyperparameters[keyof Hyperparameters];
  /** Where the runtime has it nowhere. */
  readonly otherwise?: (runtime: Runtime) => bigint;
}

const count = Number;
const share = (value: bigint) => Number(value) / 65535;
const flag = (value: bigint) => value !== 0n;
const rao = (value: bigint) => value;

/** Every hyperparameter with its sources; the runtime API's word comes before storage's. */
const SOURCES: Readonly<Record<keyof Hyperparameters, Source>> = {
  tempo: { name: "tempo", item: "Tempo", to: count },
  weightsRateLimit: { name: "weights_rate_limit", item: "WeightsSetRateLimit", to: count },
  servingRateLimit: { name: "serving_rate_limit", item: "ServingRateLimit", to: count },
  minAllowedWeights: { name: "min_allowed_weights", item: "MinAllowedWeights", to: count },
  maxWeightLimit: { name: "max_weights_limit", item: "MaxWeightsLimit", to: share },
  weightsVersionKey: { name: "weights_version", item: "WeightsVersionKey", to: count },
  maxAllowedUids: { name: null, item: "MaxAllowedUids", to: count },
  maxValidators: { name: "max_validators", item: "MaxAllowedValidators", to: count },
  stakeThresholdRao: { name: null, item: "StakeThreshold", global: true, to: rao },
  immunityPeriod: { name: "immunity_period", item: "ImmunityPeriod", to: count },
  activityCutoff: { name: "activity_cutoff", item: "ActivityCutoff", to: count },
  burnRao: { name: null, item: "Burn", to: rao },
  registrationAllowed: { name: "registration_allowed", item: "NetworkRegistrationAllowed", to: flag },
  commitReveal: { name: "commit_reveal_weights_enabled", item: "CommitRevealWeightsEnabled", to: flag },
  commitRevealPeriodEpochs: { name: "commit_reveal_period", item: "RevealPeriodEpochs", to: count },
  commitRevealVersion: {
    name: null,
    item: "CommitRevealWeightsVersion",
    global: true,
    to: count,
    // Before the version was stored, the payload was that of 3, without the hotkey.
    otherwise: (runtime) => (hasCall(runtime, PALLET, "commit_crv3_weights") ? 3n : 4n),
  },
  mechanisms: { name: null, item: "MechanismCountCurrent", to: count, otherwise: () => 1n },
  kappa: { name: "kappa", item: "Kappa", to: share },
  bondsMovingAverage: {
    name: "bonds_moving_avg",
    item: "BondsMovingAverage",
    to: (value) => Number(value) / 1_000_000,
  },
  yumaVersion: {
    name: "yuma_version",
    item: "Yuma3On",
    to: (value) => (value < 2n ? Number(value) + 2 : Number(value)),
    otherwise: () => 2n,
  },
};
const NAMES = Object.keys(SOURCES) as (keyof Hyperparameters)[];

const integerOf = (value: unknown): bigint | undefined =>
  typeof value === "bigint" || typeof value === "number" || typeof value === "boolean" ? BigInt(value) : undefined;

/** An answer's values by name: a record, or (v3) a list of entries `{name, value: {type, value}}`, of which many may be new. */
function valuesByName(what: string, answer: unknown): ReadonlyMap<string, bigint> {
  const pairs: (readonly [string, unknown])[] = Array.isArray(answer)
    ? answer.map((entry) => {
        const { record } = fieldsOf(what, entry);
        return [textOf(record.name), fieldsOf(what, record.value).record.value];
      })
    : Object.entries(fieldsOf(what, answer).record);
  return new Map(
    pairs.flatMap(([name, value]) => {
      const integer = integerOf(value);
      return integer === undefined ? [] : [[name, integer]];
    }),
  );
}

/**
 * The hyperparameters of a subnet, in one round: the newest runtime API that there is, and beside it every item of storage that the
 * record is made of. Only storage has the stake threshold, the burn, the uids, the version of commits and the count of mechanisms.
 * Null = there is no such subnet.
 */
export function readHyperparameters(
  runtime: Runtime,
  storage: StorageCodec,
  netuid: number,
): ChainRead<Hyperparameters | null> {
  const method = METHODS.find((name) => hasMethod(runtime, SUBNET_API, name));
  const stored = NAMES.filter((name) => storage.has(PALLET, SOURCES[name].item));
  const keyOf = ({ item, global }: Source) => storage.key(PALLET, item, ...(global ? [] : [netuid]));
  return {
    calls: method === undefined ? [] : [encodeRuntimeCall(runtime, SUBNET_API, method, [netuid])],
    keys: [storage.key(PALLET, "NetworksAdded", netuid), ...stored.map((name) => keyOf(SOURCES[name]))],
    take: ({ calls: [answer], values: [added, ...values] }) => {
      if (storage.decode(PALLET, "NetworksAdded", added ?? null) !== true) return { value: null };
      const said = method && answer ? decodeRuntimeResult(runtime, SUBNET_API, method, answer) : null;
      const byName = said === null ? new Map<string, bigint>() : valuesByName(`${SUBNET_API}.${method}`, said);
      const byItem = new Map(
        stored.map((name, i) => [name, storage.decode(PALLET, SOURCES[name].item, values[i] ?? null)]),
      );
      const pairs = NAMES.map((name) => {
        const { name: inAnswer, item, to, otherwise } = SOURCES[name];
        const value =
          (inAnswer === null ? undefined : byName.get(inAnswer)) ?? integerOf(byItem.get(name)) ?? otherwise?.(runtime);
        if (value === undefined) throw new RuntimeLacksError({ kind: "storage", item: `${PALLET}.${item}` });
        return [name, to(value)];
      });
      // Every name is there, each made by its own `to`.
      return { value: Object.fromEntries(pairs) as unknown as Hyperparameters };
    },
  };
}
