import { RAO_PER_TAO } from "../chain/index.ts";
import { readHotkeyPublic } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { connectChain, netuidOf, withRegisterHint } from "./network.ts";
import { print, printJson, untilSignal } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";

const tao = (rao: bigint) => (Number(rao / 1_000_000n) / 1_000).toFixed(3);

/** `conversion-subnet subnets register` */
export async function runRegister(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  await warnOfExposures(flags);
  await untilSignal(async (signal) => {
    const chain = connectChain(flags);
    const hotkey = await readHotkeyPublic(walletOf(flags));
    const coldkey = await unlockKey(flags, "coldkey", signal);
    const { uid } = await chain.register({ netuid, hotkey: hotkey.address, signer: coldkey.signer }, { signal });
    if (flags.json === true) printJson({ netuid, uid, hotkey: hotkey.address });
    else print(`Registered: uid ${uid} on subnet ${netuid}, hotkey ${hotkey.address}`);
  });
}

/** `conversion-subnet stake add` */
export async function runStakeAdd(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  await warnOfExposures(flags);
  const amountRao = BigInt(Math.round(Number(flags.amount) * 1e6)) * (RAO_PER_TAO / 1_000_000n);
  await untilSignal(async (signal) => {
    const chain = connectChain(flags);
    const hotkey = await readHotkeyPublic(walletOf(flags));
    const coldkey = await unlockKey(flags, "coldkey", signal);
    const stake = { netuid, hotkey: hotkey.address, amountRao, signer: coldkey.signer };
    await withRegisterHint(flags, () => chain.addStake(stake, { signal }));
    const balance = await chain.balance({ coldkey: coldkey.address }, { signal });
    const { tempo } = await chain.hyperparameters({ netuid }, { signal });
    const left = tempo - ((await chain.block({ signal })) % tempo);
    if (flags.json === true)
      printJson({ netuid, hotkey: hotkey.address, amountRao, balanceRao: balance, blocksToEpoch: left });
    else
      print(
        `Staked ${tao(amountRao)} TAO; ${tao(balance)} left. A validator permit comes with the next epoch, in ${left} blocks.`,
      );
  });
}

/** `conversion-subnet subnets metagraph` */
export async function runMetagraph(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const { block, neurons } = await connectChain(flags).metagraph({ netuid: netuidOf(flags) }, { signal });
    if (flags.json === true) return printJson({ netuid: netuidOf(flags), block, neurons });
    print(`block ${block}, ${neurons.length} neurons`);
    print(` uid  ${"hotkey".padEnd(48)}  ${"stake".padStart(14)}  permit  incent.  axon`);
    for (const { uid, hotkey, stakeRao, validatorPermit, incentive, axon } of neurons) {
      const where = axon === null ? "-" : `${axon.ip}:${axon.port}`;
      const permit = validatorPermit ? "permit" : "-";
      print(
        `${String(uid).padStart(4)}  ${hotkey}  ${tao(stakeRao).padStart(10)} TAO  ${permit.padEnd(6)}  ${(incentive * 100).toFixed(2).padStart(6)}%  ${where}`,
      );
    }
  });
}
