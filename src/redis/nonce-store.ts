import { type Clock, errorText, InvalidArgumentError, type LoadPackage, type Logger } from "../core/index.ts";
import { type NonceStore, NonceStoreUnavailableError } from "../protocol/index.ts";
import { openRedis } from "./connection.ts";
import { RedisUnfitError } from "./errors.ts";
import { firstContact } from "./first-contact.ts";
import { assertKeeps, lineOf } from "./fit.ts";
import { ACCEPT, ENTER } from "./scripts.ts";

/** Plain values of a nonce store in Redis. */
export interface RedisNonceStoreOptions {
  /** `redis://[user:password@]host:port[/database]`, or rediss:// for TLS. One primary: a cluster of shards is not asked. */
  readonly url: string;
  /** Hotkey of the miner: those of another are kept apart. */
  readonly owner: string;
  /** How long a nonce is remembered. Default 15 s: the 12 s for which a request can be fresh, and clocks that differ by 3. */
  readonly retentionMs?: number;
  /** Deadline of one question to Redis, and of the first connection. Default 1 s. */
  readonly timeoutMs?: number;
  readonly load?: LoadPackage;
}
/** A nonce store that several processes share. */
export interface RedisNonceStore extends NonceStore {
  /** Whether nonces are accepted now; while they are not, every request is refused with 503. */
  readonly ready: boolean;
  close(): void;
}

/** From when on this Redis remembers, and the name of that time. */
interface Memory {
  readonly epoch: string;
  /** Nonces below are refused: they may have been accepted before. */
  readonly floor: bigint;
}

/** A nonce may lie 2 s ahead of the clock of the server that accepts it, and clocks of servers may differ by a second. */
const AHEAD_MS = 3_000;
const LOOK_AGAIN_MS = 500;
/** Its owner may let it forget while we are connected: `CONFIG SET maxmemory-policy`. */
const STILL_FIT_MS = 5_000;
const NANOSECONDS_PER_MS = 1_000_000n;

const texts = (reply: unknown) => (Array.isArray(reply) ? reply.map(String) : []);

/**
 * A nonce store in Redis, for the processes of one miner: of a request that reaches several of them, one accepts it. What it remembers
 * is bound to an epoch that is kept in Redis too and checked with every nonce: a Redis that was restarted, emptied or replaced has
 * another one, and from then on refuses all nonces up to the moment it was seen, three seconds ahead, since one of them may have been
 * accepted before.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError} when it does not answer within 5 s; {RedisUnfitError} when it would forget
 * nonces to save memory; {InvalidArgumentError}.
 * @throws {NonceStoreUnavailableError} from `accept`, with status 503, while it cannot be asked or has just begun to remember.
 * @example
 * const store = await createRedisNonceStore({ url: "redis://127.0.0.1:6379", owner: signer.address }, { clock, logger });
 * await store.accept("5Grw", nonce); // true, once
 */
export async function createRedisNonceStore(
  { url, owner, retentionMs = 15_000, timeoutMs = 1_000, load }: RedisNonceStoreOptions,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<RedisNonceStore> {
  if (!(retentionMs > 0)) throw new InvalidArgumentError({ argument: "retentionMs", problem: "must be positive" });
  // One slot, should it ever be a cluster: the braces say so.
  const prefix = `conversion-subnet:nonces:{${owner}}`;
  const ttl = String(Math.ceil(retentionMs));
  let memory: Memory | null = null;
  let accept = "";
  let isLooking = false;
  /** Counts connections that were lost. */
  let losses = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  let unfit: RedisUnfitError | null = null;
  let problem: string | null = null;
  /** It was unfit for a while, and what it then forgot nobody knows: a new epoch begins. */
  let distrusted = false;
  let isOpen = true;

  const enter = async (): Promise<Memory> => {
    const before = losses;
    const info = await assertKeeps(redis, "nonces");
    if (distrusted) await redis.call("DEL", prefix);
    accept = String(await redis.call("SCRIPT", "LOAD", ACCEPT));
    const floor = BigInt(Math.ceil(clock.nowMs() + AHEAD_MS)) * NANOSECONDS_PER_MS;
    const run = lineOf(info, "run_id");
    const entered = texts(await redis.call("EVAL", ENTER, "1", prefix, run, String(floor), `${run}-${floor}`));
    // Over two connections it may have been two servers, of which the second has forgotten what the first knew.
    if (losses !== before) throw new Error("the connection broke meanwhile");
    return { epoch: entered[0] ?? "", floor: BigInt(entered[1] ?? floor) };
  };
  const lose = () => {
    if (memory !== null) logger.warn("The shared nonce store is lost; requests are refused until it is back");
    memory = null;
  };
  /** One look at a time; as long as it fails, another follows. */
  const look = async (): Promise<void> => {
    if (isLooking || !isOpen) return;
    clearTimeout(again);
    isLooking = true;
    try {
      const wasLost = memory === null;
      memory = await enter();
      unfit = null;
      distrusted = false;
      if (wasLost) logger.info("Nonces are shared through Redis", { address: redis.address });
      if (isOpen) again = setTimeout(look, STILL_FIT_MS);
    } catch (error) {
      if (error instanceof RedisUnfitError) {
        unfit = error;
        distrusted = true;
        lose();
      }
      problem = errorText(error);
      logger.warn("The shared nonce store cannot be used yet", { error: problem });
      if (isOpen) again = setTimeout(look, LOOK_AGAIN_MS);
    } finally {
      isLooking = false;
    }
  };
  const onLost = () => {
    losses += 1;
    lose();
  };
  const redis = await openRedis({ url, timeoutMs, flag: "redis.url", load }, { onReady: look, onLost, logger });
  const close = () => {
    isOpen = false;
    clearTimeout(again);
    redis.close();
    memory = null;
  };

  await firstContact(redis, () => ({ isReady: memory !== null, unfit, problem }), { onFailure: close });

  return {
    retentionMs,
    get ready() {
      return memory !== null;
    },
    async accept(hotkey, nonce) {
      if (memory === null) throw new NonceStoreUnavailableError({ problem: "the shared nonce store cannot be asked" });
      if (nonce < memory.floor) {
        const problem = "the shared nonce store has just begun to remember: sign again in some seconds";
        throw new NonceStoreUnavailableError({ problem });
      }
      const { epoch } = memory;
      const accepted = await redis
        .call("EVALSHA", accept, "2", prefix, `${prefix}:${hotkey}:${nonce}`, epoch, ttl)
        .catch((cause: unknown) => {
          void look();
          throw new NonceStoreUnavailableError({ problem: "the shared nonce store did not answer", cause });
        });
      if (accepted === 1) return true;
      if (accepted === 0) return false;
      lose();
      void look();
      throw new NonceStoreUnavailableError({ problem: "the shared nonce store has forgotten: sign again" });
    },
    close,
  };
}
