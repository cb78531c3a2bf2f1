import { errorText, type LoadPackage, type Logger } from "../../core/index.ts";
import { openRedis, type Redis } from "../connection.ts";
import { RedisUnfitError } from "../errors.ts";
import { firstContact } from "../first-contact.ts";
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
  const contact = () => ({ isReady: ready, unfit, problem: said === "" ? null : said });
  await firstContact(redis, contact, { hint: "Start it, or mend --events.redis.", onFailure: close });
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
