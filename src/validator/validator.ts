import { type Metagraph, neuronOf } from "../chain/index.ts";
import { createAbortController, createClosers, createDeferred, runEvery, sleep } from "../core/index.ts";
import { createDesk, type DeskAction } from "./desk.ts";
import { createJudge } from "./judge.ts";
import type { Validator, ValidatorModules, ValidatorOptions } from "./options.ts";
import { createPeers } from "./peers.ts";
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
  const { chain, signer, source, mode, logger } = modules;
  const controller = createAbortController();
  const { signal } = controller;
  const closers = createClosers();
  const desk = createDesk({ ...options.features, ...options }, modules);
  const peers = createPeers({ ownHotkey: signer.address, maxMinerStakeRao: options.maxMinerStakeRao });
  const standings = createStandings(mode);
  const judge = createJudge(options, { ...modules, peers, standings, signal });
  const weights = createWeightSetter(options, { chain, signer, standings, logger });
  const finish = createDeferred<void>();
  let metagraph: Metagraph | null = null;
  let working = false;
  let chainFailures = 0;
  let warnedUnregistered = false;
  let warnedFull = false;
  let settledSoFar = 0;
  let unasked = 0;

  /** Returns false when enough has been settled. */
  const takeActions = async (actions: readonly DeskAction[]): Promise<boolean> => {
    for (const action of actions) {
      if (action.type === "ask") {
        // Miners refuse a validator without a permit; that is no failure of theirs, so they are not asked.
        if (permitted()) await judge.ask(action.open);
        else unasked += 1;
        continue;
      }
      if (!judge.settle(action)) continue;
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
    for await (const event of source.events(signal)) {
      if (signal.aborted) return;
      let actions: readonly DeskAction[] = [];
      try {
        actions = desk.accept(event);
        if (desk.turnedAway > 0 && !warnedFull) {
          warnedFull = true;
          logger.warn("Too many conversations are open; further ones are turned away", {
            open: desk.openConversations,
          });
        }
      } catch (error) {
        judge.survive(`event of conversation ${event.conversationId}`, error);
      }
      if (!(await takeActions(actions))) break;
    }
    await judge.drained();
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

  return {
    finished: finish.promise,
    async start() {
      await lookAtChain();
      const lookAndSet = async () => {
        const fresh = await lookAtChain();
        if (options.setWeights) await weights.setWhenDue(fresh, { signal });
      };
      const onFailure = (failures: number) => {
        chainFailures = failures;
      };
      const chainLoop = runEvery(options.chainPollMs, lookAndSet, { signal, logger, what: "chain", onFailure });
      closers.push("chain loop", async () => void (await chainLoop));
      working = true;
      const following = followSource()
        .then(finish.resolve, (error: unknown) => (signal.aborted ? finish.resolve() : finish.reject(error)))
        .finally(() => {
          working = false;
        });
      closers.push("source", () => following);
      const fields = { hotkey: signer.address, netuid, source: source.name, scoring: mode.name, miners: peers.serving };
      logger.info("Validator started", fields);
    },
    async stop() {
      controller.abort(new Error("The validator was stopped."));
      await closers.closeAll();
    },
    async setWeightsNow() {
      return weights.setWhenDue(await lookAtChain(), { signal, force: true });
    },
    status() {
      const me = metagraph === null ? undefined : neuronOf(metagraph, signer.address);
      const counts = judge.counts();
      return {
        ...counts,
        unasked,
        turnedAway: desk.turnedAway,
        running: working,
        hotkey: signer.address,
        uid: me?.uid ?? null,
        validatorPermit: me?.validatorPermit ?? false,
        block: metagraph?.block ?? null,
        servingMiners: peers.serving,
        miners: standings.all(),
        weights: weights.state().last,
        weightsSet: weights.state().setCount,
        weightsSetBlock: weights.state().lastSetBlock,
        weightsRefusal: weights.state().refusal,
        failures: counts.failures + chainFailures,
      };
    },
  };
}
