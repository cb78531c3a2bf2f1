import { fromHex } from "../../core/index.ts";
import { readAll } from "./cursor.ts";
import { RuntimeLacksError } from "./errors.ts";
import type { Runtime } from "./metadata.ts";
import { fieldsOf, numberAt } from "./shapes.ts";

function find(runtime: Runtime, pallet: string, name: string) {
  return runtime.findPallet(pallet)?.constants.find((constant) => constant.name === name);
}

/** A constant of the metadata, decoded. */
export function constantOf(runtime: Runtime, pallet: string, name: string): unknown {
  const found = find(runtime, pallet, name);
  if (found === undefined) throw new RuntimeLacksError({ kind: "constant", item: `${pallet}.${name}` });
  return readAll(`${pallet}.${name}`, fromHex("constant", found.value), runtime.scale(found.type).read);
}

/** Time between two blocks: Aura's slot, or twice the least step of the clock. */
export function blockTimeMs(runtime: Runtime): number {
  if (find(runtime, "Aura", "SlotDuration") !== undefined) return Number(constantOf(runtime, "Aura", "SlotDuration"));
  return Number(constantOf(runtime, "Timestamp", "MinimumPeriod")) * 2;
}

/** Versions that are signed with every extrinsic, as this metadata has them. */
export function runtimeVersion(runtime: Runtime): { specVersion: number; transactionVersion: number } {
  const version = fieldsOf("System.Version", constantOf(runtime, "System", "Version"));
  return {
    specVersion: numberAt(version, "spec_version"),
    transactionVersion: numberAt(version, "transaction_version"),
  };
}
