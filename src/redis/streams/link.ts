import { errorText, type LoadPackage, type Logger, sleep, withTimeout } from "../../core/index.ts";
import { openRedis, type Redis } from "../connection.ts";
import { RedisUnavailableError, RedisUnfitError } from "../errors.ts";
import { assertOutlived } from "../fit.ts";

/** A Redis that is looked at whenever it is connected to, before anything is entrusted to it. */
export interface Link extends Redis {
  /** Connected, and fit for it when it was last looked at. */
  readonly ready: boolean;
  /** Something was not answered: it is looked at now, and connected to anew where it does not answer that either. */
  doubt(): void;
}
/** Plain values of a link. */
export interface LinkOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly load?: LoadPackage | undefined;
}

const FIRST_MS = 5_000;
const POLL_MS = 20;
const LOOK_AGAIN_MS = 1_000;
/** Its owner may let it forget while we are connected. */
const STILL_FIT_MS = 5_000;

/**
 * Opens a link, and waits until it is ready.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError} when it does not answer within 5 s; {RedisUnfitError}.
 */
export async function openLink({ url, timeoutMs, load }: LinkOptions, { logger }: { logger: Logger }): Promise<Link> {
  let ready = false;
  let unfit: RedisUnfitError | null = null;
  let isOpen = true;
  let isLooking = false;
  let isConnected = false;
  /** Counts connections that were lost. */
  let losses = 0;
  let said = "";
  let again: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    if (isLooking || !isOpen) return;
    clearTimeout(again);
    isLooking = true;
    try {
      const before = losses;
      const fsync = await assertOutlived(redis);
      // What was lost meanwhile is not ready, whatever it had said by then.
      if (losses !== before || !isConnected) throw new Error("the connection broke meanwhile");
      if (fsync !== "always" && said !== fsync) {
        logger.warn("Events that were acknowledged survive a restart of Redis, but not every power cut", {
          address: redis.address,
          appendfsync: fsync,
        });
      }
      said = fsync;
      unfit = null;
      ready = true;
    } catch (error) {
      ready = false;
      if (error instanceof RedisUnfitError) unfit = error;
      // A firewall may have forgotten a connection that both ends believe in.
      else if (isConnected && isOpen) redis.renew();
      const problem = errorText(error);
      if (said !== problem) logger.warn("Redis cannot be entrusted with events yet", { error: problem });
      said = problem;
    } finally {
      isLooking = false;
      if (isOpen) again = setTimeout(look, ready ? STILL_FIT_MS : LOOK_AGAIN_MS);
    }
  };
  const onReady = () => {
    isConnected = true;
    void look();
  };
  const onLost = () => {
    losses += 1;
    isConnected = false;
    ready = false;
  };
  const redis = await openRedis({ url, timeoutMs, flag: "events.redis", load }, { onReady, onLost, logger });
  const close = () => {
    isOpen = false;
    ready = false;
    clearTimeout(again);
    redis.close();
  };
  redis.connect();
  const first = async (signal: AbortSignal) => {
    while (!ready && unfit === null) {
      signal.throwIfAborted();
      await sleep(POLL_MS, { signal });
    }
    if (unfit !== null) throw unfit;
  };
  try {
    await withTimeout((signal) => first(signal), { timeoutMs: FIRST_MS, what: "Redis" });
  } catch (error) {
    close();
    if (error instanceof RedisUnfitError) throw error;
    const problem = `it did not answer within ${FIRST_MS / 1_000} s`;
    const hint = "Start it, or mend --events.redis.";
    throw new RedisUnavailableError({ address: redis.address, problem, hint, cause: error });
  }
  return {
    address: redis.address,
    call: redis.call,
    connect: redis.connect,
    renew: redis.renew,
    doubt: () => void look(),
    close,
    get ready() {
      return ready;
    },
  };
}
