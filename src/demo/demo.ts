import { addStake, type Chain, neuronOf, RAO_PER_TAO, register } from "../chain/index.ts";
import {
  type Clock,
  createAbortController,
  createClosers,
  createDeferred,
  createRandom,
  type Logger,
} from "../core/index.ts";
import { baselineModel, baseRateOf, createPredictor, fit, type Model } from "../learning/index.ts";
import { createLocalnet, ledgerChain } from "../localnet/index.ts";
import { createMiner, type Miner } from "../miner/index.ts";
import { createClient, type RequestReport } from "../protocol/index.ts";
import type { Landmark } from "../schema.ts";
import { auc, type StoredMode, scoringMode } from "../scoring/index.ts";
import { createMemoryHistory, createValidator, type HistoryStore, type Validator } from "../validator/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { loadConversations } from "./conversations.ts";
import { type DemoSummary, type LeaderboardRow, ranked } from "./leaderboard.ts";
import { createPlayers, type Player } from "./strategies.ts";

/** Plain values of a demo. */
export interface DemoOptions {
  /** JSON Lines of recorded conversations; null = the simulator. */
  readonly conversations: string | null;
  readonly skipBadLines: boolean;
  /** Ends by itself after this many settled questions; null = never. */
  readonly rounds: number | null;
  readonly seed: number | string;
  /** Virtual seconds per real second. */
  readonly speed: number | "max";
  /** Name of the scoring mode. */
  readonly scoring: string;
  readonly landmarks: readonly Landmark[];
  readonly horizonSeconds: number;
  readonly intervalSeconds: number;
  /** Simulated conversations to learn from. */
  readonly trainingConversations: number;
  readonly epochs: number;
  readonly slowMs: number;
  readonly blockTimeMs: number;
}
/** What the command line changes; the rest has a reason to be what it is. */
export const DEMO_DEFAULTS: DemoOptions = {
  conversations: null,
  skipBadLines: false,
  rounds: null,
  seed: 7,
  speed: 100,
  scoring: "seed-v1",
  landmarks: [{ messages: 4 }, { messages: 8 }],
  horizonSeconds: 1800,
  intervalSeconds: 20,
  trainingConversations: 6_000,
  epochs: 20,
  slowMs: 1_000,
  blockTimeMs: 250,
};

/** Live things of a demo. */
export interface DemoModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many conversations are there to learn from and to play (null = without end), and lines that were none. */
  readonly onConversations?: (learned: number, played: number | null, badLines: number) => void;
  /** Which model of how many is being trained, and how far it is, 0 to 1. */
  readonly onTraining?: (model: number, models: number, share: number) => void;
  /** Whoever looks on. */
  readonly watch?: DemoWatch | undefined;
}
/** The nodes of a demo. */
export interface DemoNodes {
  readonly chain: Chain;
  readonly netuid: number;
  readonly validator: Validator;
  readonly mode: StoredMode;
  readonly miners: readonly { readonly name: string; readonly hotkey: string; readonly miner: Miner }[];
}
/** What a demo shows to whoever looks on; nothing that it is told changes what the nodes do. */
export interface DemoWatch {
  /** The history that the validator is given, in the place of this one. */
  readonly history: (history: HistoryStore) => HistoryStore;
  /** A request to the miner of this name is over. */
  readonly onRequest: (miner: string, report: RequestReport) => void;
  /** All nodes are there, and the validator has not begun. */
  readonly onNodes: (nodes: DemoNodes) => Promise<void>;
  /** A question is scored and recorded. */
  readonly onSettled: (question: number) => void;
}
/** A whole subnet in this process: ledger, one validator, eight miners, real HTTP on loopback between them. */
export interface Demo {
  /** Trains, starts everything and begins to ask. */
  start(): Promise<void>;
  /** Ends everything; the summary stays. */
  stop(): Promise<void>;
  /** Resolves when `rounds` are settled or the conversations have ended, and the last weights have become incentive. */
  readonly finished: Promise<void>;
  summary(): DemoSummary;
}

const NETUID = 1;
const MODELS = 3;
/** As many as a miner's standing looks at. */
const BEST_KEPT = 5_000;
const SUBNET = { tempo: 8, weightsRateLimit: 4 };

/**
 * The demo. The same options give the same questions, answers and predictions; only latencies differ.
 *
 * @example
 * const demo = createDemo({ ...DEMO_DEFAULTS, rounds: 100, speed: "max" }, { clock: systemClock, logger: silentLogger });
 * await demo.start();
 * await demo.finished;
 * demo.summary().settled; // 100
 */
export function createDemo(options: DemoOptions, modules: DemoModules): Demo {
  const { seed } = options;
  const { clock, logger, watch } = modules;
  const mode = scoringMode(options.scoring);
  const miners: { name: string; hotkey: string; miner: Miner }[] = [];
  const closers = createClosers({ timeoutMs: 1_500 });
  const controller = createAbortController();
  const { signal } = controller;
  const localnet = createLocalnet(
    { seed, blockTimeMs: options.blockTimeMs, listen: null, subnets: { [NETUID]: SUBNET } },
    modules,
  );
  const { ledger } = localnet;
  const chain = ledgerChain(ledger);
  const coldkey = keypairFromUri(`//demo/${seed}//cold`).signer;
  const hotkeyOf = (name: string) => keypairFromUri(`//demo/${seed}//${name}`).signer;
  const hotkeys = new Map<string, Player>();
  const best: { readonly p: number[]; readonly y: number[] } = { p: [], y: [] };
  let validator: Validator | null = null;
  const finish = createDeferred<void>();
  let started: Promise<void> = Promise.resolve();

  const summary = (): DemoSummary => {
    const status = validator?.status();
    const metagraph = ledger.metagraph(NETUID);
    const standings = new Map(status?.miners.map((miner) => [miner.hotkey, miner]));
    const rows = [...hotkeys].map(([hotkey, { name, strategy }]): LeaderboardRow => {
      const s = standings.get(hotkey);
      const neuron = neuronOf(metagraph, hotkey);
      return {
        name,
        strategy,
        uid: neuron?.uid ?? null,
        hotkey,
        asked: s?.asked ?? 0,
        answered: s?.answered ?? 0,
        score: s?.score ?? null,
        meanScore: s?.meanScore ?? null,
        predictionScore: s?.predictionScore ?? null,
        auc: s?.auc ?? null,
        brier: s?.brier ?? null,
        timeMaeSeconds: s?.timeMaeSeconds ?? null,
        latencyP50Ms: s?.latencyP50Ms ?? null,
        latencyP99Ms: s?.latencyP99Ms ?? null,
        weight: status?.weights.get(hotkey) ?? 0,
        incentive: neuron?.incentive ?? 0,
      };
    });
    return {
      questions: status?.questions ?? 0,
      settled: status?.settled ?? 0,
      void: status?.void ?? 0,
      baseRate: status?.baseRate ?? null,
      baseRateBrier: status?.baseRateBrier ?? null,
      bestAuc: best.p.length === 0 ? null : auc(best.p, best.y),
      miners: ranked(rows),
    };
  };

  const startMiner = async (player: Player, baseline: Model) => {
    signal.throwIfAborted();
    const signer = hotkeyOf(player.name);
    hotkeys.set(signer.address, player);
    await register(chain, { netuid: NETUID, hotkey: signer.address, signer: coldkey });
    const miner = createMiner(
      {
        netuid: NETUID,
        host: "127.0.0.1",
        port: 0,
        predictDeadlineMs: 5_000,
        serveBaseline: false,
        chainPollMs: 1_000,
        version: 1,
      },
      {
        ...{ chain, signer, predictor: player.predictor, baseline: createPredictor(baseline), clock, logger },
        onRequest: watch && ((report) => watch.onRequest(player.name, report)),
      },
    );
    miners.push({ name: player.name, hotkey: signer.address, miner });
    closers.push(`miner ${player.name}`, miner.stop);
    await miner.start();
    // The one that is offline announced its address like the others, and went away.
    if (player.strategy === "offline") await miner.stop();
  };

  const open = async (): Promise<Validator> => {
    const conversations = await loadConversations({ ...options, path: options.conversations }, { clock, signal });
    modules.onConversations?.(conversations.learned, conversations.played, conversations.badLines);
    const baseline = baselineModel(baseRateOf(conversations.training));
    const models: Model[] = [];
    for (let i = 0; i < MODELS; i++) {
      const { model } = await fit(conversations.training, {
        kind: "network",
        epochs: options.epochs,
        seed: createRandom(`${seed}/model/${i}`).integer(2 ** 31),
        signal,
        onProgress: (share) => modules.onTraining?.(i + 1, MODELS, share),
      });
      signal.throwIfAborted();
      models.push(model);
      modules.onTraining?.(i + 1, MODELS, 1);
    }
    const [a, b, c] = models as [Model, Model, Model];
    const signer = hotkeyOf("validator");
    await register(chain, { netuid: NETUID, hotkey: signer.address, signer: coldkey });
    await addStake(chain, { netuid: NETUID, hotkey: signer.address, amountRao: 1_000n * RAO_PER_TAO, signer: coldkey });
    for (let i = 0; i < SUBNET.tempo; i++) ledger.produceBlock();
    for (const player of createPlayers({ models: [a, b, c], baseline, seed, slowMs: options.slowMs })) {
      await startMiner(player, baseline);
    }
    closers.push("localnet", localnet.stop);
    await localnet.start();
    const client = createClient({}, { signer, clock });
    closers.push("client", () => client.close());
    return createValidator(
      {
        netuid: NETUID,
        landmarks: options.landmarks,
        horizonSeconds: options.horizonSeconds,
        sampleSize: 0,
        timeoutMs: 12_000,
        maxQuestionsInFlight: 48,
        // Never reached: a miner that is only slow is asked everything, so that one seed gives one result.
        maxInFlightPerMiner: 1_024,
        questionIntervalMs: 25,
        epochLength: SUBNET.tempo,
        chainPollMs: options.blockTimeMs,
        versionKey: 0,
        setWeights: true,
        // Slow serves trained-c's model, to show what waiting costs; together they would be paid as one.
        originality: "report",
        maxMinerStakeRao: 4_096n * RAO_PER_TAO,
        maxSettled: options.rounds,
      },
      {
        chain,
        signer,
        client,
        source: conversations.source,
        mode,
        history: watch?.history(createMemoryHistory()) ?? createMemoryHistory(),
        clock,
        random: createRandom(`${seed}/questions`),
        logger,
        onSettled({ open: { number, conversationId, landmark }, truth }) {
          watch?.onSettled(number);
          const p = conversations.bestProbability(conversationId, landmark);
          if (p === undefined) return;
          best.p.push(p);
          best.y.push(truth.converted);
          if (best.p.length <= BEST_KEPT) return;
          best.p.shift();
          best.y.shift();
        },
      },
    );
  };

  /** The last answers become weights, and the weights incentive, without waiting for the clock. */
  const closeEpoch = async (judge: Validator) => {
    for (let i = 0; i < SUBNET.weightsRateLimit; i++) ledger.produceBlock();
    await judge.setWeightsNow();
    for (let i = 0; i < SUBNET.tempo; i++) ledger.produceBlock();
  };

  return {
    finished: finish.promise,
    summary,
    async start() {
      const starting = open().then(async (judge) => {
        signal.throwIfAborted();
        validator = judge;
        closers.push("validator", judge.stop);
        await watch?.onNodes({ chain, netuid: NETUID, validator: judge, mode, miners });
        await judge.start();
        judge.finished.then(() => (signal.aborted ? undefined : closeEpoch(judge))).then(finish.resolve, finish.reject);
      });
      started = starting.catch(() => undefined);
      await starting;
    },
    async stop() {
      controller.abort(new Error("The demo was stopped."));
      // What is being opened this moment must be there to be closed.
      await started;
      await closers.closeAll();
      finish.resolve();
    },
  };
}
