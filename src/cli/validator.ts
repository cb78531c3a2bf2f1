import type { Command } from "commander";
import { RAO_PER_TAO } from "../chain/index.ts";
import { type Clock, cryptoRandom, type Logger, lockFile, systemClock } from "../core/index.ts";
import { createNetworkFeed, createValidatorFeed, recordHistory } from "../dashboard/index.ts";
import { createClient } from "../protocol/index.ts";
import { scoringMode } from "../scoring/index.ts";
import {
  type BadTranscriptError,
  createRoundLog,
  INGEST_SCHEMA,
  type RoundLog,
  readTranscripts,
  replay,
  type Source,
  simulatedRounds,
} from "../sources/index.ts";
import {
  type Burn,
  createFeedbackSender,
  createValidator,
  createValidatorDrift,
  explanationRoute,
  type MinerStanding,
  type Validator,
} from "../validator/index.ts";
import { walletPaths } from "../wallet/index.ts";
import { openAdmin } from "./admin.ts";
import type { Flags } from "./flags.ts";
import { openHistory } from "./history-file.ts";
import { openEvents, truthOf } from "./ingest.ts";
import { netuidOf, nodeChain, registerCommand } from "./network.ts";
import { logPathOf } from "./neuron-folder.ts";
import { type NodeTelemetry, withNodeTelemetry } from "./node-telemetry.ts";
import { reloadOnHangup } from "./reload.ts";
import { aborted, print, printJson, untilNodeSignal } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";
import { wiresOf } from "./wires.ts";

const CHAIN_POLL_MS = 2_000;
const STATUS_MS = 10_000;
const STATUS_SHOWN = [
  ...(["running", "uid", "block", "validatorPermit", "servingMiners", "questions", "settled"] as const),
  ...(["inFlight", "weightsSet", "failures"] as const),
];
/** Every so many status lines, one line a miner. */
const STANDINGS_EVERY = 6;
const STANDINGS_SHOWN = 16;

interface SourceModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: RoundLog;
}

/** Recorded conversations, or a simulator in rounds whose seeds nobody knows before they are over. */
function sourceOf(flags: Flags, { clock, logger, log }: SourceModules, signal: AbortSignal): Source {
  const speed = flags.speed === "max" ? "max" : Number(flags.speed);
  const seed = cryptoRandom.integer(2 ** 31);
  const { landmarks, landmarksBySource = {}, horizonSeconds } = truthOf(flags);
  const timed = [landmarks, ...Object.values(landmarksBySource)].flat().some((landmark) => "seconds" in landmark);
  // Where a time is asked about, silence must not tell the outcome; where counts are, a conversation may close with its last message.
  const keepOpenSeconds = timed ? horizonSeconds : 0;
  const options = { intervalSeconds: Number(flags.interval), seed, speed, keepOpenSeconds } as const;
  if (typeof flags.conversations !== "string") return simulatedRounds(options, { clock, log });
  let badLines = 0;
  const onBadLine = ({ line, field }: BadTranscriptError) => {
    badLines += 1;
    logger.warn("A line that is no conversation was skipped", { line, field, badLines });
  };
  const transcripts = readTranscripts(flags.conversations, {
    skipBadLines: flags.skipBadLines === true,
    onBadLine,
    signal,
  });
  return replay(transcripts, { ...options, name: flags.conversations }, { clock });
}

const burnOf = (flags: Flags): Burn | null => {
  const share = flags["neuron.burn_share"];
  return typeof share === "number" ? { uid: Number(flags["neuron.burn_uid"]), share } : null;
};

/** What SIGHUP may change, and of which flags it is made. */
const changesOf = (flags: Flags) => ({
  sampleSize: Number(flags["neuron.sample_size"]),
  epochLength: Number(flags["neuron.epoch_length"]),
  setWeights: flags["neuron.disable_set_weights"] !== true,
  burn: burnOf(flags),
  originality: flags["neuron.originality"] === "report" ? ("report" as const) : ("split" as const),
  maxMinerStakeRao: BigInt(Number(flags["neuron.vpermit_tao_limit"])) * RAO_PER_TAO,
});
const CHANGED_BY = new Set([
  ...["neuron.sample_size", "neuron.epoch_length", "neuron.disable_set_weights", "neuron.burn_share"],
  ...["neuron.burn_uid", "neuron.originality", "neuron.vpermit_tao_limit"],
]);

/** `conversion-subnet validator run` */
export const runValidator = (flags: Flags, command: Command): Promise<void> =>
  withNodeTelemetry(flags, "validator", (node) => judgeMiners(flags, command, node));

async function judgeMiners(
  flags: Flags,
  command: Command,
  { logger, ring, telemetry, tracing }: NodeTelemetry,
): Promise<void> {
  const where = walletOf(flags);
  const { signer } = await unlockKey(flags, "hotkey");
  await warnOfExposures(flags);
  const unlock = await lockFile(walletPaths(where).hotkey);
  const clock = systemClock;
  const { metrics } = telemetry;
  const onChain = nodeChain({ logger, metrics });
  try {
    await untilNodeSignal((stopped) =>
      onChain(flags, stopped, async (chain, signal) => {
        const timeoutMs = Number(flags["neuron.timeout"]) * 1_000;
        // A subnet that is not there leaves no file behind.
        await chain.metagraph({ netuid: netuidOf(flags) }, { signal });
        const opened = await openHistory(flags, {
          ...{ clock, logger, metrics, hotkey: signer.address },
          schemas: [INGEST_SCHEMA],
        });
        const log = createRoundLog({ store: opened.store, clock });
        const reads = [explanationRoute({ history: opened.history, signer })];
        const group = `${signer.address}/${netuidOf(flags)}`;
        const events = await openEvents(flags, {
          store: opened.store,
          clock,
          logger,
          metrics,
          signal,
          group,
          reads,
        }).catch(async (error) => {
          await opened.close();
          throw error;
        });
        const client = createClient({ timeoutMs, wires: wiresOf(flags) }, { signer, clock });
        const telling = { history: opened.history, signer, clock, logger };
        const feedback =
          flags["feedback.send"] === true ? createFeedbackSender({ delayMs: timeoutMs + 1_000 }, telling) : undefined;
        const drift = createValidatorDrift();
        const recorder = recordHistory(opened.history, { clock });
        const mode = scoringMode(String(flags.scoring), { alpha: Number(flags["neuron.moving_average_alpha"]) });
        const validator = createValidator(
          {
            netuid: netuidOf(flags),
            ...truthOf(flags),
            outcomeDelaySeconds: events === null ? 0 : Number(flags["events.outcome_delay"]),
            timeoutMs,
            maxQuestionsInFlight: 64,
            maxInFlightPerMiner: 64,
            questionIntervalMs: 25,
            chainPollMs: CHAIN_POLL_MS,
            versionKey: 0,
            registerCommand: registerCommand(flags),
            ...changesOf(flags),
            maxSettled: typeof flags.rounds === "number" ? flags.rounds : null,
          },
          {
            chain,
            signer,
            client,
            source: events?.source ?? sourceOf(flags, { clock, logger, log }, signal),
            mode,
            history: recorder.history,
            clock,
            random: cryptoRandom,
            logger,
            metrics,
            tracing,
            feedback,
            drift,
          },
        );
        const netuid = netuidOf(flags);
        const network = createNetworkFeed({ id: "network", netuid }, { chain, clock, logger });
        const feed = createValidatorFeed(
          { id: "validator", name: String(flags["wallet.hotkey"]), netuid },
          { validator, recorder, look: opened.look, mode, network, drift, events, clock, logger },
        );
        const subject = { kind: "validator", hotkey: signer.address, netuid, network: chain.network } as const;
        const shown = { feeds: [feed, network], metrics: telemetry.render, ring, logger };
        const logFile = logPathOf(flags, "validator");
        const admin = await openAdmin(flags, { ...subject, ...shown, logFile }, { signal }).catch(async (error) => {
          await events?.close();
          await opened.close();
          throw error;
        });
        const report = () => {
          const status = validator.status();
          logger.info("Status", {
            ...Object.fromEntries(STATUS_SHOWN.map((name) => [name, status[name]])),
            weightsRefusal: status.weightsRefusal?.name,
            ...(feedback !== undefined && { feedbackSent: feedback.counts().sent }),
          });
        };
        let reports = 0;
        const timer = setInterval(() => {
          report();
          reports += 1;
          if (reports % STANDINGS_EVERY !== 0) return;
          drift.warn(logger);
          const outlooks = new Map(drift.status().miners.map(({ hotkey, estimated }) => [hotkey, estimated]));
          for (const { hotkey, asked, answered, score, auc, brier } of rankedOf(validator).slice(0, STANDINGS_SHOWN)) {
            logger.info("Standing", {
              hotkey,
              answered: `${answered}/${asked}`,
              score: rounded(score),
              auc: rounded(auc),
              brier: rounded(brier),
              expectedBrier: rounded(outlooks.get(hotkey)?.brier ?? null),
            });
          }
        }, STATUS_MS);
        let before: readonly MinerStanding[] = [];
        let disabled = flags["neuron.disable_set_weights"] === true;
        const reloading = reloadOnHangup(
          { command, flags, changes: (key) => CHANGED_BY.has(key) },
          {
            logger,
            async reload(next) {
              validator.change(changesOf(next));
              disabled = next["neuron.disable_set_weights"] === true;
              return {};
            },
          },
        );
        try {
          await validator.start();
          before = validator.status().miners;
          await Promise.race([validator.finished, aborted(signal)]);
          if (!signal.aborted && !disabled) await validator.setWeightsNow();
        } finally {
          clearInterval(timer);
          reloading.close();
          await events?.close();
          await validator.stop();
          client.close();
          await admin.close();
          await opened.close();
        }
        printStanding(validator, before, flags);
      }),
    );
  } finally {
    await unlock();
  }
}

const rounded = (value: number | null) => (value === null ? null : Math.round(value * 1e4) / 1e4);
const rankedOf = (validator: Validator) =>
  [...validator.status().miners].sort((a, b) => (b.score ?? -1) - (a.score ?? -1));

/** @param before the miners as the history had them: the rest is of this run. */
function printStanding(validator: Validator, before: readonly MinerStanding[], flags: Flags): void {
  const { questions, settled, open, void: voided, baseRate, baseRateBrier, weightsSet } = validator.status();
  const ranked = rankedOf(validator);
  if (flags.json === true) {
    const earlier = new Map(before.map((one) => [one.hotkey, one]));
    const miners = ranked.map(({ hotkey, asked, answered }) => ({
      hotkey,
      asked: asked - (earlier.get(hotkey)?.asked ?? 0),
      answered: answered - (earlier.get(hotkey)?.answered ?? 0),
    }));
    const run = { questions, settled, void: voided, baseRate, baseRateBrier, weightsSet, miners };
    printJson({ run, history: { miners: ranked } });
    return;
  }
  const times = weightsSet === 1 ? "1 time" : `${weightsSet} times`;
  print(
    `This run: ${settled} settled of ${questions} asked, weights set ${times}; ${voided > 0 ? `${voided} void, ` : ""}${open} open when it ended`,
  );
  print(before.length === 0 ? "Miners, in this run:" : "Miners, over the whole history with this run:");
  const number = (value: number | null) => (value === null ? "-" : value.toFixed(4));
  for (const { hotkey, asked, answered, score, auc, brier } of ranked) {
    print(
      `${hotkey}  answered ${answered}/${asked}  score ${number(score)}  AUC ${number(auc)}  Brier ${number(brier)}`,
    );
  }
}
