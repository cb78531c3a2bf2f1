import type { Signer } from "../../wallet/index.ts";
import type { Receipt } from "../calls.ts";
import { neuronOf } from "../metagraph.ts";
import type { AxonInfo, Chain } from "../port.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { assertNoProblem, preflight } from "./preflight.ts";
import { submitOnce, type WriteOptions } from "./submit-once.ts";

const same = (a: AxonInfo | null, b: AxonInfo | null) =>
  a === b || (a?.ip === b?.ip && a?.port === b?.port && a?.version === b?.version);

/** What became of an announcement. */
export interface Announcement {
  /** False = the chain showed this axon already, and nothing was sent. */
  readonly changed: boolean;
  readonly receipt: Receipt | null;
}

/**
 * Tells the chain where a neuron serves, unless it knows. `null` takes the axon back.
 *
 * @param call the signer is the hotkey.
 * @throws {ChainRefusedError} for an address that others cannot reach, a rate limit, a hotkey that is not registered.
 * @example
 * (await serveAxon(chain, { netuid: 1, axon: { ip: "203.0.113.9", port: 8091, version: 1 }, signer })).changed; // true
 */
export function serveAxon(
  chain: Chain,
  { netuid, axon, signer }: { netuid: number; axon: AxonInfo | null; signer: Signer },
  options: WriteOptions = {},
): Promise<Announcement> {
  const { signal } = options;
  return oneAtATime(chain, signer.address, async () => {
    const known = async (until = signal) => {
      const me = neuronOf(await chain.metagraph({ netuid }, { signal: until }), signer.address);
      return me !== undefined && same(me.axon, axon);
    };
    if (await known()) return { changed: false, receipt: null };
    const call = { type: "serve_axon", netuid, axon } as const;
    assertNoProblem(await preflight(chain, call, { address: signer.address, signal }));
    return { changed: true, receipt: await submitOnce(chain, call, signer, { ...options, isDone: known }) };
  });
}
