import type { AxonInfo, Metagraph, Neuron } from "../../chain/index.ts";
import { ChainDecodeError } from "./errors.ts";
import { unpackIp } from "./ip.ts";
import type { Runtime } from "./metadata.ts";
import { createProjection, type Projection } from "./project.ts";
import { bigintAt, booleanAt, type Fields, fieldsOf, listAt, numberAt, stringAt } from "./shapes.ts";

/** Runtime API of subnets. */
export const SUBNET_API = "SubnetInfoRuntimeApi";
/** Its methods that answer with a metagraph; selective ones leave out what was not asked for. */
export type MetagraphMethod =
  | "get_metagraph"
  | "get_mechagraph"
  | "get_selective_metagraph"
  | "get_selective_mechagraph";

/** Column of a metagraph, and its number where a selective answer is asked for. */
const COLUMNS = {
  hotkeys: 52,
  coldkeys: 53,
  axons: 55,
  active: 56,
  validator_permit: 57,
  last_update: 59,
  emission: 60,
  dividends: 61,
  incentives: 62,
  consensus: 63,
  block_at_registration: 66,
  total_stake: 69,
} as const;
type Column = keyof typeof COLUMNS;
const COLUMN_NAMES = Object.keys(COLUMNS) as Column[];
/** All that a {@link Metagraph} is made of, as a selective method wants it: netuid, block and the columns. */
export const METAGRAPH_INDEXES: readonly number[] = [0, 7, ...Object.values(COLUMNS)];
const WANTED = new Set(["netuid", "block", ...COLUMN_NAMES]);
const U16_MAX = 65535;

/** An answer with a metagraph. */
export interface MetagraphAnswer {
  readonly method: MetagraphMethod;
  readonly bytes: Uint8Array;
  /** `SubtensorModule.ValidatorTrust` as decoded, u16 per uid: the answer itself has none. Zeros without it. */
  readonly validatorTrust?: unknown;
}

function axonOf(fields: Fields): AxonInfo | null {
  const ip = unpackIp({ ip: bigintAt(fields, "ip"), ipType: numberAt(fields, "ip_type") });
  return ip === null ? null : { ip, port: numberAt(fields, "port"), version: numberAt(fields, "version") };
}

function neuronOf(row: Fields, uid: number, validatorTrust: number): Neuron {
  const axon = fieldsOf(row.what, row.record.axons);
  return {
    uid,
    hotkey: stringAt(row, "hotkeys"),
    coldkey: stringAt(row, "coldkeys"),
    stakeRao: bigintAt(row, "total_stake"),
    validatorPermit: booleanAt(row, "validator_permit"),
    active: booleanAt(row, "active"),
    axon: axonOf(axon),
    axonUpdatedAtBlock: numberAt(axon, "block"),
    incentive: numberAt(row, "incentives") / U16_MAX,
    dividends: numberAt(row, "dividends") / U16_MAX,
    validatorTrust: validatorTrust / U16_MAX,
    consensus: numberAt(row, "consensus") / U16_MAX,
    emissionRao: bigintAt(row, "emission"),
    registeredAtBlock: numberAt(row, "block_at_registration"),
    lastUpdateBlock: numberAt(row, "last_update"),
  };
}

function columnsOf(fields: Fields): ReadonlyMap<Column, readonly unknown[]> {
  const columns = new Map(COLUMN_NAMES.map((name) => [name, listAt(fields, name)]));
  const lengths = new Set([...columns.values()].map(({ length }) => length));
  if (lengths.size > 1) throw new ChainDecodeError({ what: fields.what, problem: "has columns of different lengths" });
  return columns;
}

/**
 * Neurons out of the columns of a decoded answer.
 *
 * @throws {ChainDecodeError} when a column is missing, of another length, or of another kind.
 */
export function metagraphOf(what: string, answer: Projection, validatorTrust?: unknown): Metagraph {
  const fields = fieldsOf(what, answer);
  const columns = columnsOf(fields);
  const trust = Array.isArray(validatorTrust) ? validatorTrust : [];
  const count = listAt(fields, "hotkeys").length;
  const neurons = Array.from({ length: count }, (_, uid) => {
    const record: Record<string, unknown> = {};
    for (const [name, column] of columns) record[name] = column[uid];
    return neuronOf({ what, record }, uid, Number(trust[uid] ?? 0));
  });
  return { netuid: numberAt(fields, "netuid"), block: numberAt(fields, "block"), neurons };
}

/** Makes the reader of metagraphs; null = there is no such subnet or mechanism. */
export function createMetagraphs(runtime: Runtime): (answer: MetagraphAnswer) => Metagraph | null {
  const projections = new Map<MetagraphMethod, (bytes: Uint8Array) => Projection | null>();
  return ({ method, bytes, validatorTrust }) => {
    const project = projections.get(method) ?? createProjection(runtime, SUBNET_API, method, WANTED);
    projections.set(method, project);
    const answer = project(bytes);
    return answer === null ? null : metagraphOf(`${SUBNET_API}.${method}`, answer, validatorTrust);
  };
}
