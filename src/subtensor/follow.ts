import { z } from "zod";
import {
  type CallOptions,
  type ChainCall,
  ChainRefusedError,
  ChainUnreachableError,
  type Receipt,
} from "../chain/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import { findInclusion, type Inclusion, inclusionIn } from "./inclusion.ts";
import { createMailbox } from "./mailbox.ts";
import { isPoolAnswer, poolAnswerOf, poolError } from "./pool.ts";
import { FateUnknownError, RpcRefusedError, type Subscription } from "./rpc/index.ts";
import type { Signed, SignModules } from "./sign.ts";

/** How a transaction is followed. */
export interface FollowOptions {
  /** `block` = in a block; `final` = in one that cannot be taken back. */
  readonly confirm: "block" | "final";
  /** How often to look whether its time is over. */
  readonly pollMs: number;
  /** Of the whole, whatever the chain does. */
  readonly submitTimeoutMs: number;
}
/** What following works with. */
export interface FollowModules extends SignModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly endpoint: string;
}

/** What a node tells of a transaction that it watches. */
type Event =
  | { readonly kind: "in block" | "final" | "retracted"; readonly hash: string }
  | { readonly kind: "usurped" | "dropped" | "invalid" | "finality timeout" | "waiting" | "lost" };

const statusSchema = z.union([
  z.enum(["future", "ready", "dropped", "invalid"]),
  z.object({ broadcast: z.unknown() }).transform(() => "ready" as const),
  z.object({ inBlock: z.string() }),
  z.object({ retracted: z.string() }),
  z.object({ finalized: z.string() }),
  z.object({ finalityTimeout: z.string() }),
  z.object({ usurped: z.string() }),
]);

function eventOf(item: unknown): Event {
  const { success, data } = statusSchema.safeParse(item);
  if (!success || data === "future" || data === "ready") return { kind: "waiting" };
  if (data === "dropped" || data === "invalid") return { kind: data };
  if ("inBlock" in data) return { kind: "in block", hash: data.inBlock };
  if ("retracted" in data) return { kind: "retracted", hash: data.retracted };
  if ("finalized" in data) return { kind: "final", hash: data.finalized };
  return { kind: "usurped" in data ? "usurped" : "finality timeout" };
}

/** The same bytes are sent at most so often: they can be in one block only, so that does nothing twice. */
const MAX_SENDS = 4;

const EXPIRED = {
  refusal: "Expired",
  meaning: "The transaction got into no block while it was valid, and cannot any more.",
  hint: "Send it again.",
};
const GONE = {
  usurped: {
    refusal: "Usurped",
    meaning: "Another transaction of the same key took its place.",
    hint: "Use the key in one program at a time.",
  },
  invalid: {
    refusal: "Invalid",
    meaning: "The transaction waited for its block, and became invalid meanwhile.",
    hint: "Look at what has changed on the chain, and try again.",
  },
} as const;

/**
 * Sends an extrinsic and follows it until it is in a block whose events say that it worked. When the connection breaks, or the node
 * lets go of it, the blocks since it was signed are looked through before anything is said, and the same bytes are sent again.
 *
 * @throws {ChainRefusedError} by the pool, by the events, or because its time is over.
 * @throws {SignAgainError} when it should be signed anew.
 * @throws {FateUnknownError} when nobody can say whether it is on the chain, or will be.
 */
export async function follow(
  modules: FollowModules,
  signed: Signed,
  { call, confirm, pollMs, submitTimeoutMs, ...options }: CallOptions & FollowOptions & { readonly call: ChainCall },
): Promise<Receipt> {
  const { rpc, blocks, clock, logger, endpoint } = modules;
  const box = createMailbox<Event>();
  const seen = new Set<string>();
  const deadlineMs = clock.monotonicMs() + submitTimeoutMs;
  let stream: Subscription | null = null;
  let sends = 0;
  /** Whether nobody watches it, and the next node may not have it. */
  let lost = false;

  const look = () => findInclusion(modules, { ...options, signed, seen });
  const fateUnknown = (problem: string) =>
    new FateUnknownError({ endpoint, method: "author_submitAndWatchExtrinsic", problem });

  /** Of the second sending the node may say that it has it, or that its number is used: by itself, most likely. */
  const onRefused = (error: unknown) => {
    if (error instanceof FateUnknownError) return box.push({ kind: "lost" });
    if (!(error instanceof RpcRefusedError) || !isPoolAnswer(error)) throw error;
    const answer = poolAnswerOf(error, call);
    if (sends === 1) throw poolError(answer, endpoint);
    logger.debug("A transaction that was sent again was not taken", { hash: signed.hash, answer: answer.kind });
  };
  const send = async () => {
    sends += 1;
    lost = false;
    try {
      stream = await rpc.subscribe(
        {
          method: "author_submitAndWatchExtrinsic",
          params: [signed.text],
          unsubscribe: "author_unwatchExtrinsic",
          onLoss: "end",
          onItem: (item) => {
            const event = eventOf(item);
            if (event.kind !== "waiting") box.push(event);
          },
          onEnd: () => box.push({ kind: "lost" }),
        },
        options,
      );
    } catch (error) {
      onRefused(error);
    }
  };
  const sendAgain = async (): Promise<Inclusion | null> => {
    if (sends >= MAX_SENDS) return { error: fateUnknown(`it was sent ${sends} times and never seen`) };
    await send();
    return null;
  };

  const onIncluded = async (kind: "in block" | "final", hash: string): Promise<Inclusion | null> => {
    if (confirm === "final" && kind === "in block") return null;
    const inclusion = await inclusionIn(modules, hash, { ...options, signed });
    // What a reorganisation has taken back meanwhile says nothing.
    return box.holds((event) => event.kind === "retracted" && event.hash === hash) ? null : inclusion;
  };
  /** A node that lets a transaction go may leave its stream open. */
  const leave = () => {
    (stream as Subscription | null)?.close();
    stream = null;
  };
  const onLetGo = async (kind: "lost" | "dropped" | "usurped" | "invalid"): Promise<Inclusion | null> => {
    leave();
    lost = true;
    logger.info("A transaction is looked for on the chain", { hash: signed.hash, why: kind });
    const found = await look();
    if (found) return found;
    return kind === "usurped" || kind === "invalid" ? { error: new ChainRefusedError(GONE[kind]) } : sendAgain();
  };
  const onQuiet = async (): Promise<Inclusion | null> => {
    blocks.forgetTips();
    const late = clock.monotonicMs() > deadlineMs;
    const expired = (await blocks.tip("best", options)).number > signed.diesAfter;
    if (stream !== null && !late && !expired) return null;
    const found = await look();
    if (found) return found;
    if (expired) return { error: new ChainRefusedError(EXPIRED) };
    if (late) return { error: fateUnknown(`it is in no block after ${Math.round(submitTimeoutMs / 1000)} s`) };
    return lost ? sendAgain() : null;
  };
  const react = (event: Event | null): Promise<Inclusion | null> | null => {
    if (event === null || event.kind === "finality timeout") return onQuiet();
    if (event.kind === "in block" || event.kind === "final") return onIncluded(event.kind, event.hash);
    return event.kind === "waiting" || event.kind === "retracted" ? null : onLetGo(event.kind);
  };
  /** While nobody can be reached, what was sent is neither lost nor found. */
  const patiently = async (event: Event | null): Promise<Inclusion | null> => {
    try {
      return await react(event);
    } catch (error) {
      if (!(error instanceof ChainUnreachableError) || rpc.status().state === "closed") throw error;
      if (clock.monotonicMs() > deadlineMs) throw fateUnknown(error.shortMessage);
      logger.debug("A transaction cannot be looked for now", { hash: signed.hash, problem: error.shortMessage });
      leave();
      lost = true;
      return null;
    }
  };

  try {
    await send();
    for (;;) {
      const event = await box.next({ timeoutMs: pollMs, signal: options.signal });
      // A node that always has something to say, true or not, makes nobody wait for ever.
      const inclusion = await patiently(clock.monotonicMs() > deadlineMs ? null : event);
      if (inclusion === null) continue;
      if ("error" in inclusion) throw inclusion.error;
      blocks.notBefore(inclusion.receipt.block);
      return inclusion.receipt;
    }
  } finally {
    leave();
  }
}
