import { type CallOptions, ChainUnreachableError, type Receipt } from "../chain/index.ts";
import { refusalOf } from "./codec/events.ts";
import type { Signed, SignModules } from "./sign.ts";
import { isUndecodable, viewOf } from "./view.ts";

/** How an extrinsic fared in a block: what is returned, or thrown. */
export type Inclusion = { readonly receipt: Receipt } | { readonly error: Error };

/** What looking works with. */
type InclusionModules = SignModules & { readonly endpoint: string };

/** Blocks asked for at once. */
const CHUNK = 64;

/** What the events of a block say of its extrinsic number `index`. */
async function outcomeOf(
  modules: InclusionModules,
  hash: string,
  { index, signed, ...options }: CallOptions & { readonly index: number; readonly signed: Signed },
): Promise<Inclusion> {
  const block = await modules.blocks.block(hash, options);
  const parent = await modules.blocks.block(block.parentHash, options);
  for (let tries = 0; ; tries += 1) {
    // A block is made, and its events are written, by the runtime that its parent left behind.
    const { codec, specVersion } = await viewOf(modules, parent, options);
    const { ask } = await viewOf(modules, block, options);
    try {
      const { values } = await ask({ calls: [], keys: [codec.storageKey("System", "Events")] });
      const outcome = codec.outcome(codec.decodeEvents(values[0] ?? null), index);
      if (outcome === null) {
        const problem = `block ${block.number}, ${hash}, holds the transaction, and its events say nothing of it`;
        return { error: new ChainUnreachableError({ endpoint: modules.endpoint, problem }) };
      }
      if (outcome.failure !== null) return { error: refusalOf(outcome.failure) };
      return { receipt: { block: block.number, hash: signed.hash, feeRao: outcome.feeRao } };
    } catch (error) {
      if (tries > 0 || !isUndecodable(error)) throw error;
      modules.runtimes.forget(specVersion);
    }
  }
}

/** Looks into one block; null = it is not there, or the node does not know the block. */
export async function inclusionIn(
  modules: InclusionModules,
  hash: string,
  options: CallOptions & { readonly signed: Signed },
): Promise<Inclusion | null> {
  const extrinsics = await modules.blocks.extrinsics(hash, options);
  const index = extrinsics?.indexOf(options.signed.text) ?? -1;
  return index < 0 ? null : outcomeOf(modules, hash, { ...options, index });
}

/**
 * Looks through all blocks of the best chain that may hold an extrinsic, oldest first.
 *
 * @param seen hashes of blocks that do not; those that are looked through are added.
 */
export async function findInclusion(
  modules: InclusionModules,
  { signed, seen, ...options }: CallOptions & { readonly signed: Signed; readonly seen: Set<string> },
): Promise<Inclusion | null> {
  modules.blocks.forgetTips();
  const best = await modules.blocks.tip("best", options);
  const last = Math.min(best.number, signed.diesAfter);
  for (let first = signed.bornAt + 1; first <= last; first += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, last - first + 1) }, (_, i) => first + i);
    for (const hash of await modules.blocks.hashes(numbers, options)) {
      if (hash === null || seen.has(hash)) continue;
      const found = await inclusionIn(modules, hash, { ...options, signed });
      if (found !== null) return found;
      seen.add(hash);
    }
  }
  return null;
}
