import { createHeap, type Random, toHex } from "../core/index.ts";
import { createFeatureTracker, type FeatureOptions, type FeatureTracker, truthOf } from "../features/index.ts";
import {
  type ConversationEvent,
  type Landmark,
  type Landmarks,
  landmarkName,
  landmarksOf,
  type Question,
  type Truth,
} from "../schema.ts";

/** What was asked before a restart. */
export interface Earlier {
  /** The highest number that was used. */
  readonly lastNumber: number;
  /** The open question about a conversation at a landmark, if there is one. */
  find(conversationId: string, landmark: Landmark): OpenQuestion | undefined;
}
/** What is asked of which conversations. */
export interface DeskOptions extends FeatureOptions, Landmarks {
  readonly horizonSeconds: number;
  /** How long after the horizon, closed or not, a conversion before it may still be reported. Default 0: closing settles. */
  readonly outcomeDelaySeconds?: number;
  /** Conversations followed at once; a further one is turned away and counted. Default 100,000. */
  readonly maxConversations?: number;
}

/** A question that the desk has opened. */
export interface OpenQuestion {
  /** Counts up from 1, in the order of asking. */
  readonly number: number;
  readonly conversationId: string;
  /** Source and landmark: what base rates are kept for. */
  readonly stratum: string;
  readonly landmark: Landmark;
  /** Moment of the landmark on the conversation clock. */
  readonly askedAtSeconds: number;
  readonly question: Question;
}

/** What the validator has to do after an event. */
export type DeskAction =
  | { readonly type: "ask"; readonly open: OpenQuestion }
  /** It was asked before a restart: only its truth is waited for. */
  | { readonly type: "resume"; readonly open: OpenQuestion }
  | {
      readonly type: "settle";
      readonly open: OpenQuestion;
      /** Null = void: it scores nobody. */
      readonly truth: Truth | null;
      readonly reason: string;
      /** Source, and what of it told the outcome; absent = nobody did, as at the horizon. */
      readonly toldBy?: string | undefined;
      readonly settledAtSeconds: number;
    };

/** Turns conversations into questions and outcomes into truths; see {@link createDesk}. */
export interface Desk {
  /** Takes the next event; events come in the order of their clock. */
  accept(event: ConversationEvent): DeskAction[];
  readonly openConversations: number;
  readonly openQuestions: number;
  readonly turnedAway: number;
}

interface Following {
  readonly id: string;
  readonly source: string;
  readonly tracker: FeatureTracker;
  messages: number;
  firstAtSeconds: number | null;
  firstEventSeconds: number;
  timed: boolean;
  converted: boolean;
  /** Closed, and still waiting for a conversion to be reported. */
  closed: boolean;
  /** Who said so. */
  closedBy: string | undefined;
  readonly asked: OpenQuestion[];
}
interface Timer {
  readonly dueSeconds: number;
  readonly order: number;
  readonly fire: () => DeskAction[];
}

/**
 * Follows conversations and says when to ask and when a question is settled. Pure but for its own memory: it reads no clock but the
 * events' and knows of no miner. The same questions come out as from `landmarkRows` over the finished conversation.
 *
 * A question settles at the conversion, at closing, or at the horizon, whichever is first. It is void when the conversation
 * is lost, or when a conversion is reported at or before the landmark it was asked at.
 *
 * @param random gives the blinded ids (16 bytes): `cryptoRandom` but in tests and demos.
 * @param earlier what was asked before a restart, by a source that gives its conversations out again.
 * @example
 * const desk = createDesk({ landmarks: [{ messages: 1 }], horizonSeconds: 60 }, { random: createRandom(1) });
 * desk.accept({ type: "opened", conversationId: "a", source: "s", startedAt: null, atSeconds: 0 }); // []
 */
export function createDesk(options: DeskOptions, { random, earlier }: { random: Random; earlier?: Earlier }): Desk {
  const { horizonSeconds, outcomeDelaySeconds = 0, maxConversations = 100_000 } = options;
  const followed = new Map<string, Following>();
  const timers = createHeap<Timer>(
    (a, b) => a.dueSeconds < b.dueSeconds || (a.dueSeconds === b.dueSeconds && a.order < b.order),
  );
  let timerOrder = 0;
  let questions = earlier?.lastNumber ?? 0;
  let openQuestions = 0;
  let turnedAway = 0;
  const at = (dueSeconds: number, fire: () => DeskAction[]) => timers.push({ dueSeconds, order: timerOrder++, fire });

  const settle = (
    one: Following,
    truth: Truth | null,
    reason: string,
    settledAtSeconds: number,
    toldBy?: string,
  ): DeskAction[] => {
    const open = one.asked.splice(0);
    openQuestions -= open.length;
    return open.map((question) => ({ type: "settle", open: question, truth, reason, toldBy, settledAtSeconds }));
  };
  const teller = ({ source }: Following, { toldBy }: { readonly toldBy?: string }) =>
    toldBy === undefined ? source : `${source}, ${toldBy}`;

  const ask = (one: Following, landmark: Landmark, askedAtSeconds: number): DeskAction[] => {
    if (one.converted || one.closed || followed.get(one.id) !== one) return [];
    if (one.timed && askedAtSeconds - one.firstEventSeconds >= horizonSeconds) return [];
    openQuestions += 1;
    const known = earlier?.find(one.id, landmark);
    if (known !== undefined) {
      one.asked.push(known);
      return [{ type: "resume", open: known }];
    }
    questions += 1;
    const sessionId = `q-${toHex(random.bytes(16))}`;
    const open: OpenQuestion = {
      number: questions,
      conversationId: one.id,
      stratum: `${one.source}, ${landmarkName(landmark)}`,
      landmark,
      askedAtSeconds,
      question: { sessionId, features: one.tracker.features(), landmark, horizonSeconds },
    };
    one.asked.push(open);
    return [{ type: "ask", open }];
  };

  /** The horizon passed: without a clock nobody can say whether a later conversion would have counted. */
  const letGo = (one: Following, nowSeconds: number): DeskAction[] => {
    if (followed.get(one.id) === one) followed.delete(one.id);
    return one.timed || one.closed
      ? settle(one, { converted: 0, timeSeconds: null }, one.closed ? "closed" : "horizon", nowSeconds, one.closedBy)
      : settle(one, null, "void: no outcome and no clock by the horizon", nowSeconds);
  };

  const takeMessage = (one: Following, event: Extract<ConversationEvent, { type: "message" }>): DeskAction[] => {
    const { message, atSeconds } = event;
    const landmarks = landmarksOf(options, one.source);
    one.tracker.add(message);
    one.messages += 1;
    if (message.atSeconds === null) one.timed = false;
    if (one.messages === 1) {
      // Past the horizon there is nothing to ask and nothing to wait for: no conversation is followed longer.
      const horizon = atSeconds + horizonSeconds + outcomeDelaySeconds;
      at(horizon, () => letGo(one, horizon));
      one.firstAtSeconds = message.atSeconds;
      one.firstEventSeconds = atSeconds;
      const zero = atSeconds - (message.atSeconds ?? 0);
      if (one.timed) {
        for (const landmark of landmarks) {
          // One that lies before the first message would see none.
          if (!("seconds" in landmark) || landmark.seconds < (message.atSeconds ?? 0)) continue;
          const moment = zero + landmark.seconds;
          at(moment, () => (one.timed ? ask(one, landmark, moment) : []));
        }
      }
    }
    return landmarks.flatMap((landmark) =>
      "messages" in landmark && landmark.messages === one.messages ? ask(one, landmark, atSeconds) : [],
    );
  };

  const takeConversion = (one: Following, event: Extract<ConversationEvent, { type: "converted" }>): DeskAction[] => {
    const { timeSeconds, atSeconds } = event;
    if (one.converted) return [];
    one.converted = true;
    const known = timeSeconds !== null && one.timed && one.firstAtSeconds !== null;
    const convertedAtSeconds = known ? Math.max(0, timeSeconds - (one.firstAtSeconds ?? 0)) : null;
    const truth = truthOf({ converted: true, convertedAtSeconds }, horizonSeconds);
    const actions = settle(one, truth, "converted", atSeconds, teller(one, event));
    if (convertedAtSeconds === null) return actions;
    const momentSeconds = one.firstEventSeconds + convertedAtSeconds;
    return actions.map((action) =>
      action.type === "settle" && momentSeconds <= action.open.askedAtSeconds
        ? { ...action, truth: null, reason: "void: converted at or before the landmark" }
        : action,
    );
  };

  const take = (event: ConversationEvent): DeskAction[] => {
    if (event.type === "opened") {
      if (followed.has(event.conversationId)) return [];
      if (followed.size >= maxConversations) {
        turnedAway += 1;
        return [];
      }
      const one: Following = {
        id: event.conversationId,
        source: event.source,
        tracker: createFeatureTracker(event.startedAt, options),
        messages: 0,
        firstAtSeconds: null,
        firstEventSeconds: event.atSeconds,
        timed: true,
        converted: false,
        closed: false,
        closedBy: undefined,
        asked: [],
      };
      followed.set(one.id, one);
      const silent = event.atSeconds + horizonSeconds;
      at(silent, () => (one.messages === 0 ? letGo(one, silent) : []));
      return [];
    }
    const one = followed.get(event.conversationId);
    if (one === undefined) return [];
    if (event.type === "message") return takeMessage(one, event);
    if (event.type === "converted") return takeConversion(one, event);
    if (event.type === "closed" && outcomeDelaySeconds > 0 && !one.converted && one.messages > 0) {
      one.closed = true;
      one.closedBy = teller(one, event);
      return [];
    }
    followed.delete(event.conversationId);
    const toldBy = teller(one, event);
    if (event.type === "lost") return settle(one, null, `void: ${event.reason}`, event.atSeconds, toldBy);
    return settle(one, { converted: 0, timeSeconds: null }, "closed", event.atSeconds, toldBy);
  };

  return {
    accept(event) {
      const actions: DeskAction[] = [];
      // What is due strictly before this event happened before it; at the same moment the event comes first.
      for (
        let timer = timers.peek();
        timer !== undefined && timer.dueSeconds < event.atSeconds;
        timer = timers.peek()
      ) {
        timers.pop();
        actions.push(...timer.fire());
      }
      actions.push(...take(event));
      return actions;
    },
    get openConversations() {
      return followed.size;
    },
    get openQuestions() {
      return openQuestions;
    },
    get turnedAway() {
      return turnedAway;
    },
  };
}
