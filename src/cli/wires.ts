import { axon, btauth, type WireFormats } from "../protocol/index.ts";
import type { Flags } from "./flags.ts";

/** The formats that `--wires` names. */
export function wiresOf({ wires }: Flags): WireFormats {
  const names: readonly unknown[] = Array.isArray(wires) ? wires : [];
  const [first = btauth, ...others] = names.map((name) => (name === "axon" ? axon : btauth));
  return [first, ...others.filter((wire) => wire !== first)];
}
