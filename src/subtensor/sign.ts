import type { CallOptions, ChainCall } from "../chain/index.ts";
import { toHex } from "../core/index.ts";
import type { Signer } from "../wallet/index.ts";
import { type Blocks, hashSchema, parsed } from "./blocks.ts";
import { numberOf } from "./decoded.ts";
import type { Rpc } from "./rpc/index.ts";
import type { Runtimes } from "./runtimes.ts";

/** An extrinsic that can be in blocks `bornAt + 1` to `diesAfter`, and in no other. */
export interface Signed {
  /** `0x` and hex, as nodes take it and as blocks hold it. */
  readonly text: string;
  readonly hash: string;
  readonly bornAt: number;
  readonly diesAfter: number;
  /** Of the runtime that it was made for. */
  readonly specVersion: number;
}

/** What signing asks of the chain. */
export interface SignModules {
  readonly rpc: Rpc;
  readonly blocks: Blocks;
  readonly runtimes: Runtimes;
  genesisHash(options: CallOptions): Promise<string>;
}

/**
 * Signs a call for the chain as it is now: its runtime, the signer's next number, and an era that begins with the newest final
 * block, which no reorganisation takes away.
 */
export async function signCall(
  { rpc, blocks, runtimes, genesisHash }: SignModules,
  call: ChainCall,
  { signer, period, ...options }: CallOptions & { readonly signer: Signer; readonly period: number },
): Promise<Signed> {
  blocks.forgetTips();
  const [best, final, genesis, answer] = await Promise.all([
    blocks.tip("best", options),
    blocks.tip("finalized", options),
    genesisHash(options),
    rpc.request("system_accountNextIndex", [signer.address], options),
  ]);
  const { codec, specVersion, transactionVersion } = await runtimes.at(best.hash, options);
  const unsigned = codec.signingPayload({
    call: codec.encodeCall(call).bytes,
    mortality: { period, blockNumber: final.number, blockHash: final.hash },
    nonce: numberOf("system_accountNextIndex", answer),
    genesisHash: genesis,
    specVersion,
    transactionVersion,
  });
  const { publicKey, scheme } = signer;
  const signature = await signer.sign(unsigned.message);
  const { bytes, hash } = unsigned.assemble({ signature, publicKey, scheme });
  const life = { bornAt: final.number, diesAfter: final.number + period - 1 };
  return { text: `0x${toHex(bytes)}`, hash, ...life, specVersion };
}

/** The hash of block 0, asked for once. */
export function createGenesis(rpc: Rpc): SignModules["genesisHash"] {
  let known: string | null = null;
  return async (options) => {
    known ??= parsed("chain_getBlockHash", hashSchema, await rpc.request("chain_getBlockHash", [0], options));
    return known;
  };
}
