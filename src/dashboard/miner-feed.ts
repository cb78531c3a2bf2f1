import type { Clock, Logger } from "../core/index.ts";
import { errorText } from "../core/index.ts";
import type { Miner } from "../miner/index.ts";
import { driftView } from "./drift-view.ts";
import type { EventHub } from "./event-hub.ts";
import { explanationViewOf } from "./explained.ts";
import { type Feed, HOTKEY, reason } from "./feed.ts";
import type { FeedbackLog } from "./feedback-log.ts";
import type { ModelShelf } from "./model-shelf.ts";
import type { NetworkFeed } from "./network-feed.ts";
import { MAX_SEQUENCE, type Query } from "./query.ts";
import type { RequestLog } from "./request-log.ts";
import type { MinerScoresView, MinerView, NodeView } from "./views.ts";

/** Plain values of a miner's feed. */
export interface MinerFeedOptions {
  readonly id: string;
  readonly name: string;
  readonly hotkey: string | null;
  readonly netuid: number | null;
}
/** Live things of a miner's feed. */
export interface MinerFeedModules {
  /** What it reads; null = there are only files. */
  readonly miner: Pick<Miner, "status"> | null;
  readonly requests: RequestLog | null;
  /** What validators told; null = nothing is taken. */
  readonly feedback: FeedbackLog | null;
  /** Finds what `feedback` does not remember any more. */
  readonly findExplanation?: ((validator: string, question: number) => Promise<Judged | undefined>) | undefined;
  /** Models beside the one that is served. */
  readonly shelf?: ModelShelf | undefined;
  readonly network: NetworkFeed | null;
  readonly clock: Clock;
  readonly logger: Logger;
}
type Judged = Parameters<typeof explanationViewOf>[0];

const TICK_MS = 1_000;
const MAX_FINDING = 2;

/**
 * A miner's view: what it answers, to whom, how quickly; what validators say of its answers and why; its model and drift. What a
 * validator says is that validator's word, and told under its name.
 *
 * @example
 * const options = { id: "miner", name: "default", hotkey: "5F…", netuid: 1 };
 * const feed = createMinerFeed(options, { miner, requests: null, feedback: null, network: null, clock, logger });
 * feed.reasons()[0]?.code; // "NOT_SERVING", until the miner is started
 */
export function createMinerFeed(options: MinerFeedOptions, modules: MinerFeedModules): Feed {
  const { id, name, hotkey, netuid } = options;
  const { miner, requests, feedback, shelf, network, clock, logger } = modules;
  const node: NodeView = {
    ...{ id, kind: "miner", name, hotkey, netuid, network: network?.node.network ?? null },
    live: miner !== null,
  };
  let timer: NodeJS.Timeout | null = null;
  let finding = 0;

  const chain = (): MinerView["chain"] => {
    const neuron = hotkey === null ? undefined : network?.neuron(hotkey);
    if (neuron === undefined || hotkey === null || !network) return null;
    const { rank, of } = network.incentives.place(hotkey) ?? { rank: 0, of: 0 };
    const { uid, incentive, emissionRao } = neuron;
    return { uid, block: network.block ?? 0, incentive, rank, of, emissionTao: Number(emissionRao) / 1e9 };
  };
  const view = async (): Promise<MinerView> => {
    const status = miner?.status() ?? null;
    const model = status?.model ?? null;
    return {
      node,
      atMs: clock.nowMs(),
      serving: status && {
        ...{ serving: status.serving, url: status.url, uid: status.uid, predictor: status.predictor },
        ...{ predicted: status.predicted, fallbacks: status.fallbacks, lastFailure: status.lastFailure },
      },
      chain: chain(),
      requests: requests?.requests ?? null,
      latency: requests?.latency ?? null,
      feedback: feedback?.view() ?? null,
      model: model && { ...model, ...((await shelf?.look(model)) ?? { versions: [], candidate: null }) },
      drift: status?.drift ? driftView(status.drift) : null,
    };
  };
  const explained = async (validator: string, question: number) => {
    const known = feedback?.explanation(validator, question);
    if (known !== undefined) return explanationViewOf(known, validator);
    // It reads a file: a few at a time, whoever asks.
    if (modules.findExplanation === undefined || finding >= MAX_FINDING) return undefined;
    finding += 1;
    try {
      const found = await modules.findExplanation(validator, question);
      return found && explanationViewOf(found, validator);
    } finally {
      finding -= 1;
    }
  };
  const readAnswers = ([validator, question, ...more]: readonly string[], query: Query): unknown => {
    if (feedback === null) return undefined;
    if (validator === undefined) {
      const limit = query.whole("limit", { least: 1, most: 200 }) ?? 50;
      return feedback.answers({ before: query.whole("before", { most: MAX_SEQUENCE }) ?? MAX_SEQUENCE, limit });
    }
    if (!HOTKEY.test(validator) || !/^\d{1,15}$/.test(question ?? "") || more.length > 0) return undefined;
    return explained(validator, Number(question));
  };

  let [toldRequests, toldModel, toldScored] = ["", "", -1];
  const tick = (hub: EventHub) => {
    const news = feedback?.news() ?? [];
    if (!hub.watched || miner === null) return;
    const { predicted, fallbacks, model } = miner.status();
    if (requests !== null) {
      const { outcomes } = requests.requests;
      const text = JSON.stringify([predicted, fallbacks, outcomes]);
      if (text !== toldRequests)
        hub.publish("miner", {
          node: id,
          atMs: clock.nowMs(),
          predicted,
          fallbacks,
          outcomes,
          latency: requests.latency,
        });
      toldRequests = text;
    }
    if (news.length > 0 && feedback !== null && feedback.version !== toldScored) {
      toldScored = feedback.version;
      hub.publish("feedback", { node: id, scored: feedback.view()?.scored ?? 0, answers: news });
    }
    if (model === null) return;
    const { hash, swaps, failures } = model;
    const text = JSON.stringify([hash, swaps, failures]);
    if (toldModel !== "" && text !== toldModel) hub.publish("model", { node: id, hash, swaps, failures });
    toldModel = text;
  };

  return {
    node,
    reasons() {
      if (miner === null) return [];
      const { serving, accepting, uid } = miner.status();
      if (!serving) return [reason("NOT_SERVING", "the miner does not answer questions")];
      if (!accepting)
        return [reason("NONCES_LOST", "the nonces that it shares cannot be asked: every request is refused")];
      return uid === null ? [reason("NOT_REGISTERED", "the hotkey is not registered on the subnet")] : [];
    },
    read([what, ...rest], query) {
      if (what === undefined) return view();
      if (what === "answers") return readAnswers(rest, query);
      if (rest.length > 0) return undefined;
      if (what === "scores") {
        const points = query.whole("points", { least: 2, most: 1_000 }) ?? 300;
        return (feedback?.series(points) ?? {
          atMs: [],
          count: [],
          total: [],
          prediction: [],
        }) satisfies MinerScoresView;
      }
      if (what === "incentive" && hotkey !== null) return network?.incentives.of(hotkey);
      return undefined;
    },
    start(hub) {
      const safely = () => {
        try {
          tick(hub);
        } catch (error) {
          logger.error("The miner's view failed", { error: errorText(error) });
        }
      };
      timer = setInterval(safely, TICK_MS);
      timer.unref();
    },
    stop() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
