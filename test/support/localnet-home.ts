/** A ledger in this process, a home with the wallets of a registered miner and a judge, and nodes that run there as processes. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { addStake, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { silentLogger, systemClock } from "../../src/core/index.ts";
import { createLocalnet, ledgerChain } from "../../src/localnet/index.ts";
import { keypairFromUri, writeWallet } from "../../src/wallet/index.ts";
import { CLI, environment, waitFor as heard, type Running, start, temporaryFolders } from "./processes.ts";

/** Waits until a process has said words so many times. */
export async function waitFor(one: Running, words: string, times = 1): Promise<void> {
  await heard(one, words);
  while (one.text().split(words).length <= times) {
    if (one.child.exitCode !== null) throw new Error(`It ended before it said "${words}" again:\n${one.text()}`);
    await pause(20);
  }
}

/** @param name the keys are of this name. */
export async function localnetHome(name: string) {
  const cold = keypairFromUri(`//${name}//cold`).signer;
  const minerKey = keypairFromUri(`//${name}//miner`);
  const judge = keypairFromUri(`//${name}//judge`);
  const folders = temporaryFolders();
  const home = await folders.make();
  const localnet = createLocalnet(
    { seed: 1, blockTimeMs: 200, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 2 } } },
    { clock: systemClock, logger: silentLogger },
  );
  const chain = ledgerChain(localnet.ledger);
  for (const { address } of [judge, minerKey]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: judge.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 3; i++) localnet.ledger.produceBlock();
  await localnet.start();
  const path = join(home, ".bittensor/wallets");
  await writeWallet({ path, name: "miner", hotkey: "default" }, { hotkey: minerKey });
  await writeWallet({ path, name: "judge", hotkey: "default" }, { hotkey: judge });
  const running: Running[] = [];
  return {
    home,
    minerKey,
    judge,
    run(...args: string[]): Running {
      const one = start(process.execPath, [CLI, ...args], home, environment(home, localnet.status().url ?? ""));
      running.push(one);
      return one;
    },
    /** Ends what runs, the hard way. */
    async end(): Promise<void> {
      for (const { child, ended } of running.splice(0)) {
        child.kill("SIGKILL");
        await ended;
      }
    },
    async leave(): Promise<void> {
      await localnet.stop();
      await folders.clear();
    },
  };
}
