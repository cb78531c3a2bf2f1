/** A miner of as many processes as the argument says, as `miner run --workers` makes it; 1 = one alone, without a leading process. */
import cluster from "node:cluster";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addStake, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { minerOptionsOf } from "../../src/cli/miner-options.ts";
import { runHand, startHandProcess } from "../../src/cli/miner-workers.ts";
import { silentLogger, steadyHeap, systemClock } from "../../src/core/index.ts";
import { createPredictor, fit, syntheticDataset, writeModelFile } from "../../src/learning/index.ts";
import { createLedger, ledgerChain } from "../../src/localnet/index.ts";
import { createHead, createMiner } from "../../src/miner/index.ts";
import { createMemoryNonceStore } from "../../src/protocol/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { runProgram } from "../requests/programs.ts";
import { asker, miner as signer } from "../requests/questions.ts";
import { cpuSecondsOf } from "./cpu.ts";

steadyHeap();
const workers = Number(process.argv[2] ?? 1);
const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), "bench-miner-"));
const path = join(folder, "model.safetensors");
const flags = { "axon.ip": "127.0.0.1", "axon.port": 0, "blacklist.min_stake": 0, netuid: 1, model: path };

if (cluster.isWorker) await runHand(flags, "bench");
else {
  // Its processes are given the same arguments, and find the model there.
  process.argv[3] = folder;
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { model } = await fit(syntheticDataset({ rows: 2_048, seed: 1 }), { kind: "network", epochs: 1 });
  await writeModelFile(path, model);
  const predict = createPredictor(model);
  const ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 1_000 } } });
  const chain = ledgerChain(ledger);
  const cold = keypairFromUri("//bench//cold").signer;
  for (const { address } of [asker, signer]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: asker.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 1_100; i++) ledger.produceBlock();
  const pids: number[] = [process.pid];
  const start = () => {
    const started = startHandProcess();
    pids.push(started.pid);
    return started;
  };
  const parts = { chain, signer, clock: systemClock, logger: silentLogger, onRequest: () => undefined };
  const options = { ...minerOptionsOf(flags), workers, drainMs: 1_000 };
  const one =
    workers > 1
      ? createHead(options, {
          ...{ ...parts, start, merge: async () => [], predictor: "model" },
          nonceStore: createMemoryNonceStore(),
        })
      : createMiner(options, { ...parts, predictor: { name: "model", predict }, baseline: predict });
  await one.start();
  const port = Number(new URL(one.status().url ?? "").port);
  await runProgram({ port }, () => ({ cpuSeconds: cpuSecondsOf(pids) }));
}
