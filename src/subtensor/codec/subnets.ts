import type { SubnetSummary } from "../../chain/index.ts";
import type { Runtime } from "./metadata.ts";
import { SUBNET_API } from "./metagraph.ts";
import type { ChainRead } from "./reads.ts";
import { decodeRuntimeResult, encodeRuntimeCall, hasMethod } from "./runtime-calls.ts";
import { bigintAt, type Fields, fieldsOf, numberAt, stringAt, textOf } from "./shapes.ts";
import type { StorageCodec } from "./storage.ts";

const PALLET = "SubtensorModule";
const DYNAMIC = "get_all_dynamic_info";

function rowsOf(runtime: Runtime, method: string, bytes: Uint8Array | undefined): ReadonlyMap<number, Fields> {
  const what = `${SUBNET_API}.${method}`;
  const answer = decodeRuntimeResult(runtime, SUBNET_API, method, bytes ?? new Uint8Array());
  const rows = (Array.isArray(answer) ? answer : []).filter((row) => row !== null).map((row) => fieldsOf(what, row));
  return new Map(rows.map((row) => [numberAt(row, "netuid"), row]));
}

/**
 * All subnets: names and owners, sizes and prices of two runtime APIs, and in a second round whether each takes registrations,
 * which only storage says.
 */
export function readSubnets(runtime: Runtime, storage: StorageCodec): ChainRead<readonly SubnetSummary[]> {
  const info = hasMethod(runtime, SUBNET_API, "get_subnets_info_v2") ? "get_subnets_info_v2" : "get_subnets_info";
  return {
    calls: [DYNAMIC, info].map((method) => encodeRuntimeCall(runtime, SUBNET_API, method, [])),
    keys: [],
    take: ({ calls }) => {
      const dynamic = rowsOf(runtime, DYNAMIC, calls[0]);
      const sizes = rowsOf(runtime, info, calls[1]);
      const netuids = [...sizes.keys()].filter((netuid) => dynamic.has(netuid)).sort((a, b) => a - b);
      return { next: withRegistration(storage, netuids, dynamic, sizes) };
    },
  };
}

function withRegistration(
  storage: StorageCodec,
  netuids: readonly number[],
  dynamic: ReadonlyMap<number, Fields>,
  sizes: ReadonlyMap<number, Fields>,
): ChainRead<readonly SubnetSummary[]> {
  const item = "NetworkRegistrationAllowed";
  return {
    calls: [],
    keys: netuids.map((netuid) => storage.key(PALLET, item, netuid)),
    take: ({ values }) => ({
      value: netuids.flatMap((netuid, i) => {
        const [names, size] = [dynamic.get(netuid), sizes.get(netuid)];
        if (names === undefined || size === undefined) return [];
        return {
          netuid,
          name: textOf(names.record.subnet_name),
          owner: stringAt(names, "owner_coldkey"),
          neurons: numberAt(size, "subnetwork_n"),
          maxAllowedUids: numberAt(size, "max_allowed_uids"),
          tempo: numberAt(names, "tempo"),
          burnRao: bigintAt(size, "burn"),
          registrationAllowed: storage.decode(PALLET, item, values[i] ?? null) === true,
        };
      }),
    }),
  };
}
