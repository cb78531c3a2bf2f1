import { type Metagraph, neuronOf } from "../chain/index.ts";
import { createAbortController, createClosers, createDeferred, runEvery, silentMetrics, sleep } from "../core/index.ts";
import type { ConversationEvent } from "../schema.ts";
import { createOriginality } from "../scoring/index.ts";
import { createDesk, type Desk, type DeskAction, type OpenQuestion } from "./desk.ts";
import { createJudge } from "./judge.ts";
import { createValidatorMeters } from "./metrics.ts";
import type { SettledQuestion, Validator, ValidatorModules, ValidatorOptions, ValidatorStatus } from "./options.ts";
import { createPeers } from "./peers.ts";
import { createResumption, type Resumption } from "./resume.ts";
import { createStandings } from "./standings.ts";
import { createWeightSetter } from "./weights.ts";

const PERMIT_LOOK_MS = 100;

/**
 * A validator: conversations become questions, questions go to miners, answers wait for what really happened, and only then are
 * scored. Reads no argv, no environment and no clock of its own.
 *
 * @example
 * const validator = createValidator(options, modules);
 * await validator.start();
 * await validator.finished;
 * validator.status().settled; // 200
 */
export function createValidator(options: ValidatorOptions, modules: ValidatorModules): Validator {
  const { netuid } = options;
  const { chain, signer, source, mode, history, clock, logger } = modules;
  const controller = createAbortController();
  const { signal } = controller;
  const closers = createClosers();
  // One object for all that read what may change.
  const live = { ...options, ownHotkey: signer.address, treatment: options.originality ?? "split" };
  const peers = createPeers(live);
  const standings = createStandings(mode);
  const { feedback, drift } = modules;
  const followers = [feedback, drift].flatMap((one) => one ?? []);
  const client = followers.reduce((inner, one) => one.following(inner), modules.client);
  const onSettled = (settled: SettledQuestion) => {
    for (const one of followers) one.settled(settled);
    modules.onSettled?.(settled);
  };
  const originality = createOriginality();
  const onReplies = originality.add;
  const { metrics = silentMetrics } = modules;
  const meters = createValidatorMeters(metrics, { clock, read: status });
  const judge = createJudge(live, { ...modules, client, onSettled, onReplies, peers, standings, signal, meters });
  const onOutcome = meters.weights;
  const weights = createWeightSetter(live, {
    chain,
    signer,
    standings,
    originality,
    logger,
    onOutcome,
    tracing: modules.tracing,
  });
  const finish = createDeferred<void>();
  let desk: Desk | null = null;
  let resumption: Resumption | null = null;
  let metagraph: Metagraph | null = null;
  let working = false;
  let chainFailures = 0;
  let warnedUnregistered = false;
  let warnedFull = false;
  let settledSoFar = 0;
  let unasked = 0;

  /** Returns false when enough has been settled. */
  const takeActions = async (actions: readonly DeskAction[], replaying: boolean): Promise<boolean> => {
    for (const action of actions) {
      if (action.type === "resume") continue;
      if (action.type === "ask") {
        // Miners refuse a validator without a permit; that is no failure of theirs, so they are not asked. What is given out again
        // and is not open was asked then, or its moment is past.
        if (permitted() && !replaying) await judge.ask(action.open);
        else unasked += 1;
        continue;
      }
      if (!(await judge.settle(action))) continue;
      if (action.truth !== null) settledSoFar += 1;
      if (options.maxSettled !== null && settledSoFar >= options.maxSettled) return false;
    }
    return true;
  };

  const permitted = () => metagraph !== null && neuronOf(metagraph, signer.address)?.validatorPermit === true;

  /** Conversations begin when this validator may ask about them. */
  const waitForPermit = async (): Promise<void> => {
    if (permitted() || signal.aborted) return;
    logger.warn("This hotkey has no validator permit yet: permits go to the largest stakes once an epoch; waiting", {
      netuid,
      hotkey: signer.address,
    });
    while (!permitted() && !signal.aborted) await sleep(PERMIT_LOOK_MS, { signal }).catch(() => undefined);
    if (!signal.aborted) logger.info("Validator permit granted", { netuid, hotkey: signer.address });
  };

  const followSource = async (): Promise<void> => {
    await waitForPermit();
    if (source.replaying === undefined) await giveUpRest();
    for await (const event of source.events(signal)) {
      if (signal.aborted) return;
      const replaying = source.replaying === true;
      if (!replaying) await giveUpRest();
      if (!(await takeActions(actionsOf(event), replaying))) break;
    }
    if (!signal.aborted) await giveUpRest();
    await judge.drained();
  };

  const actionsOf = (event: ConversationEvent): readonly DeskAction[] => {
    try {
      const actions = desk?.accept(event) ?? [];
      if (desk !== null && desk.turnedAway > 0 && !warnedFull) {
        warnedFull = true;
        logger.warn("Too many conversations are open; further ones are turned away", { open: desk.openConversations });
      }
      return actions;
    } catch (error) {
      judge.survive(`event of conversation ${event.conversationId}`, error);
      return [];
    }
  };

  /** All that is known from before comes first: nothing is saved over it. */
  const restore = async (): Promise<void> => {
    const open = await judge.restore();
    const lastNumber = await history.lastNumber();
    resumption = createResumption(open, { lastNumber, gives: source.replaying !== undefined });
    desk = createDesk({ ...options.features, ...options }, { ...modules, earlier: resumption.earlier });
    if (lastNumber === 0) return;
    logger.info("History loaded", { questions: lastNumber, open: open.length, hotkeys: standings.all().length });
  };

  /** Questions whose conversation the source does not know any more: nobody will ever say what came of it. */
  const giveUpRest = async (): Promise<void> => {
    const left: OpenQuestion[] = [];
    resumption?.over((open) => left.push(open));
    const reason = "void: the validator was restarted, and its source began anew";
    for (const open of left) {
      await judge.settle({ type: "settle", open, truth: null, reason, settledAtSeconds: open.askedAtSeconds });
    }
  };

  const setWeights = async (fresh: Metagraph, force: boolean): Promise<boolean> => {
    const done = await weights.setWhenDue(fresh, { signal, force });
    if (done) await history.recordWeights({ setAtMs: clock.nowMs(), block: fresh.block, shares: weights.state().last });
    return done;
  };

  const lookAtChain = async (): Promise<Metagraph> => {
    const fresh = await chain.metagraph({ netuid }, { signal });
    metagraph = fresh;
    peers.update(fresh);
    if (neuronOf(fresh, signer.address) === undefined && !warnedUnregistered) {
      warnedUnregistered = true;
      logger.warn("This hotkey is not registered on the subnet: miners will refuse it and no weights can be set", {
        netuid,
        hotkey: signer.address,
        command: options.registerCommand ?? `npx conversion-subnet subnets register --netuid ${netuid}`,
      });
    }
    return fresh;
  };

  function summary(): ReturnType<Validator["summary"]> {
    const me = metagraph === null ? undefined : neuronOf(metagraph, signer.address);
    const counts = judge.counts();
    return {
      ...counts,
      unasked,
      turnedAway: desk?.turnedAway ?? 0,
      running: working,
      hotkey: signer.address,
      uid: me?.uid ?? null,
      validatorPermit: me?.validatorPermit ?? false,
      block: metagraph?.block ?? null,
      servingMiners: peers.serving,
      weights: weights.state().last,
      weightsSet: weights.state().setCount,
      weightsSetBlock: weights.state().lastSetBlock,
      weightsRefusal: weights.state().refusal,
      clusters: weights.state().clusters,
      failures: counts.failures + chainFailures,
      feedback: feedback?.counts() ?? null,
    };
  }

  function status(): ValidatorStatus {
    return { ...summary(), miners: standings.all(), drift: drift?.status() ?? null };
  }

  return {
    finished: finish.promise,
    async start() {
      await lookAtChain();
      await restore();
      await feedback?.resume().catch((error: unknown) => judge.survive("feedback of the last run", error));
      const lookAndSet = async () => {
        const fresh = await lookAtChain();
        if (modules.metrics !== undefined) await meters.lookAtEpoch(chain, { netuid, block: fresh.block }, signal);
        if (live.setWeights) await setWeights(fresh, false);
      };
      const onFailure = (failures: number) => {
        chainFailures = failures;
      };
      const chainLoop = runEvery(options.chainPollMs, lookAndSet, { signal, logger, what: "chain", onFailure });
      closers.push("rounds", () => judge.idle());
      closers.push("chain loop", async () => void (await chainLoop));
      working = true;
      const following = followSource()
        .finally(() => {
          working = false;
        })
        .then(finish.resolve, (error: unknown) => (signal.aborted ? finish.resolve() : finish.reject(error)));
      closers.push("source", () => following);
      const fields = { hotkey: signer.address, netuid, source: source.name, scoring: mode.name, miners: peers.serving };
      logger.info("Validator started", fields);
    },
    async stop() {
      controller.abort(new Error("The validator was stopped."));
      await feedback?.stop();
      await closers.closeAll();
      meters.stop();
    },
    change(changes) {
      Object.assign(live, changes, changes.originality !== undefined && { treatment: changes.originality });
    },
    async setWeightsNow() {
      return setWeights(await lookAtChain(), true);
    },
    summary,
    standings: () => standings.each(),
    status,
  };
}
