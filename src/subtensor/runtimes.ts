import { z } from "zod";
import type { CallOptions } from "../chain/index.ts";
import { errorText, type Logger } from "../core/index.ts";
import { parsed } from "./blocks.ts";
import type { SubtensorCodec } from "./codec/index.ts";
import { bytesOf } from "./decoded.ts";
import { type Rpc, RpcRefusedError, type Subscription } from "./rpc/index.ts";

/** The runtime behind a block's state. */
export interface RuntimeAt {
  readonly specVersion: number;
  readonly transactionVersion: number;
  readonly codec: SubtensorCodec;
}

/** The runtimes of a chain, of which there is a new one every few days. */
export interface Runtimes {
  /** The one that a block left behind. */
  at(hash: string, options?: CallOptions): Promise<RuntimeAt>;
  /** Reads its metadata again the next time. */
  forget(specVersion: number): void;
  close(): void;
}

const versionSchema = z.object({ specVersion: z.int(), transactionVersion: z.int() });
type Version = z.infer<typeof versionSchema>;

/** Metadata versions that we ask for, as little-endian u32: those that describe runtime APIs. */
const METADATA_VERSIONS = ["0x0f000000", "0x10000000"] as const;
/** Codecs kept: the runtime, the one before it, and one that others read the past with. */
const MAX_CODECS = 3;
const MAX_VERSIONS = 64;

/** The codec is some 100 ms of libraries: they are loaded when a chain is reached, and once. */
const library = () => import("./codec/index.ts");

function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  for (const [oldest] of map) if (map.size > most) map.delete(oldest);
}

async function readMetadata(rpc: Pick<Rpc, "request">, hash: string): Promise<Uint8Array> {
  for (const version of METADATA_VERSIONS) {
    try {
      const answer = await rpc.request("state_call", ["Metadata_metadata_at_version", version, hash]);
      const bytes = bytesOf("metadata", answer);
      if (bytes.length > 1) return bytes;
    } catch (error) {
      if (!(error instanceof RpcRefusedError)) throw error;
    }
  }
  return bytesOf("metadata", await rpc.request("state_getMetadata", [hash]));
}

/**
 * Follows a chain's runtimes: one codec each, read when it is first needed, and beforehand when the node tells of an upgrade.
 *
 * @example
 * (await createRuntimes(rpc, { logger }).at(hash)).specVersion; // 424
 */
export function createRuntimes(
  rpc: Pick<Rpc, "request" | "subscribe">,
  { logger }: { readonly logger: Logger },
): Runtimes {
  const codecs = new Map<number, Promise<SubtensorCodec>>();
  const versions = new Map<string, Version>();
  let stream: Subscription | null = null;
  let watching = false;
  let newest: number | null = null;

  const load = async (hash: string): Promise<SubtensorCodec> => {
    const [{ createCodec }, metadata] = await Promise.all([library(), readMetadata(rpc, hash)]);
    return createCodec(metadata);
  };
  const codecOf = (specVersion: number, hash: string): Promise<SubtensorCodec> => {
    const known = codecs.get(specVersion);
    if (known) return known;
    const codec = load(hash);
    codecs.set(specVersion, codec);
    forgetOldest(codecs, MAX_CODECS);
    codec.catch(() => codecs.get(specVersion) === codec && codecs.delete(specVersion));
    return codec;
  };

  /** An upgrade is prepared for, so that the first question after it does not wait. */
  const onVersion = async (item: unknown) => {
    const { specVersion } = parsed("state_subscribeRuntimeVersion", versionSchema, item);
    const before = newest;
    newest = specVersion;
    if (before === null || before === specVersion) return;
    logger.info("The chain's runtime was upgraded", { from: before, to: specVersion });
    const hash = parsed("chain_getBlockHash", z.string(), await rpc.request("chain_getBlockHash"));
    await codecOf(specVersion, hash);
  };
  const watch = () => {
    if (watching) return;
    watching = true;
    const complain = (error: unknown) =>
      logger.debug("A runtime upgrade was not heard of", { error: errorText(error) });
    const over = (error: unknown) => {
      stream = null;
      // A node that does not offer it is not asked with every read.
      watching = error instanceof RpcRefusedError;
      complain(error);
    };
    rpc
      .subscribe({
        method: "state_subscribeRuntimeVersion",
        unsubscribe: "state_unsubscribeRuntimeVersion",
        onLoss: "again",
        onItem: (item) => void onVersion(item).catch(complain),
        onEnd: over,
      })
      .then((opened) => {
        if (watching) stream = opened;
        else opened.close();
      }, over);
  };

  return {
    async at(hash, options = {}) {
      watch();
      let version = versions.get(hash);
      if (!version) {
        const answer = await rpc.request("state_getRuntimeVersion", [hash], options);
        version = parsed("state_getRuntimeVersion", versionSchema, answer);
        versions.set(hash, version);
        forgetOldest(versions, MAX_VERSIONS);
      }
      return { ...version, codec: await codecOf(version.specVersion, hash) };
    },
    forget(specVersion) {
      codecs.delete(specVersion);
      versions.clear();
    },
    close() {
      watching = false;
      stream?.close();
      stream = null;
    },
  };
}
