import { type Hyperparameters, nextEpochBlock } from "../chain/index.ts";
import { readColdkeyPublic } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { netuidOf, withChainNow } from "./network.ts";
import { columns } from "./table.ts";
import { taoShort, taoText } from "./tao.ts";
import { print, printJson, untilSignal } from "./terminal.ts";
import { walletOf } from "./wallet.ts";

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
const printTable = (rows: readonly (readonly string[])[], right: readonly number[] = []) =>
  columns(rows, { right }).forEach(print);

/** `conversion-subnet subnets list` */
export async function runSubnetList(flags: Flags): Promise<void> {
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const subnets = await chain.subnets({ signal });
      if (flags.json === true) return printJson({ network: chain.network, subnets });
      const rows = subnets.map(({ netuid, name, neurons, maxAllowedUids, tempo, burnRao, registrationAllowed }) => [
        ...[String(netuid), name, `${neurons}/${maxAllowedUids}`, String(tempo)],
        ...[taoShort(burnRao), registrationAllowed ? "open" : "closed"],
      ]);
      printTable([["netuid", "name", "neurons", "tempo", "burn TAO", "registration"], ...rows], [0, 2, 3, 4]);
    }),
  );
}

/** `conversion-subnet subnets show` */
export async function runSubnetShow(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const [subnets, hyperparameters, { neurons, block }, state] = await Promise.all([
        chain.subnets({ signal }),
        chain.hyperparameters({ netuid }, { signal }),
        chain.metagraph({ netuid }, { signal }),
        chain.epochState({ netuid }, { signal }),
      ]);
      const subnet = subnets.find((one) => one.netuid === netuid);
      const next = nextEpochBlock(state);
      const validators = neurons.filter(({ validatorPermit }) => validatorPermit).length;
      const serving = neurons.filter(({ axon }) => axon !== null).length;
      const { burnRao, registrationAllowed, commitReveal, tempo } = hyperparameters;
      const counts = { neurons: neurons.length, validators, serving };
      const epoch = { index: state.epochIndex, nextBlock: next, blocksLeft: next - state.block };
      if (flags.json === true)
        return printJson({ network: chain.network, block, subnet, ...counts, epoch, hyperparameters });
      printTable([
        ["subnet", `${netuid} ${subnet?.name ?? ""}`],
        ["network", `${chain.network}, block ${block}`],
        ["owner", subnet?.owner ?? "-"],
        [
          "neurons",
          `${neurons.length} of ${hyperparameters.maxAllowedUids}: ${validators} with permit, ${serving} serving`,
        ],
        ["epoch", `every ${tempo} blocks, the next in ${next - state.block}`],
        ["registration", `${registrationAllowed ? "open" : "closed"}, ${taoText(burnRao)} TAO`],
        ["weights", commitReveal ? "by commit and reveal" : "in the clear"],
      ]);
    }),
  );
}

/** `conversion-subnet subnets hyperparameters` */
export async function runHyperparameters(flags: Flags): Promise<void> {
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const values = await chain.hyperparameters({ netuid: netuidOf(flags) }, { signal });
      if (flags.json === true) return printJson({ netuid: netuidOf(flags), ...values });
      const text = (value: Hyperparameters[keyof Hyperparameters]) =>
        typeof value === "bigint" ? `${taoText(value)} TAO` : String(value);
      // "weightsRateLimit" -> "weights rate limit"
      const words = (name: string) =>
        name.replace(/Rao$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      printTable(Object.entries(values).map(([name, value]) => [words(name), text(value)]));
    }),
  );
}

/** `conversion-subnet subnets burn-cost` */
export async function runBurnCost(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const { burnRao, registrationAllowed } = await chain.hyperparameters({ netuid }, { signal });
      if (flags.json === true) return printJson({ netuid, burnRao, registrationAllowed });
      print(`${taoText(burnRao)} TAO${registrationAllowed ? "" : " (registration is closed)"}`);
    }),
  );
}

/** `conversion-subnet subnets metagraph` */
export async function runMetagraph(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const { block, neurons } = await chain.metagraph({ netuid }, { signal });
      if (flags.json === true) return printJson({ netuid, block, neurons });
      print(`block ${block}, ${neurons.length} neurons`);
      const head = ["uid", "hotkey", "stake TAO", "permit", "incent.", "divid.", "trust", "updated", "axon"];
      const rows = neurons.map((neuron) => [
        ...[String(neuron.uid), neuron.hotkey, taoShort(neuron.stakeRao), neuron.validatorPermit ? "permit" : "-"],
        ...[percent(neuron.incentive), percent(neuron.dividends), percent(neuron.validatorTrust)],
        ...[String(neuron.lastUpdateBlock), neuron.axon === null ? "-" : `${neuron.axon.ip}:${neuron.axon.port}`],
      ]);
      printTable([head, ...rows], [0, 2, 4, 5, 6, 7]);
    }),
  );
}

/** `conversion-subnet balance` */
export async function runBalance(flags: Flags): Promise<void> {
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const given = flags.address;
      const coldkey = typeof given === "string" ? given : (await readColdkeyPublic(walletOf(flags))).address;
      const balanceRao = await chain.balance({ coldkey }, { signal });
      if (flags.json === true) return printJson({ network: chain.network, coldkey, balanceRao });
      print(`${taoText(balanceRao)} TAO  ${coldkey}`);
    }),
  );
}

/** `conversion-subnet weights show` */
export async function runWeightsShow(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      const query = { netuid, mechanism: Number(flags.mechid) };
      const [rows, { neurons }] = await Promise.all([
        chain.weights(query, { signal }),
        chain.metagraph(query, { signal }),
      ]);
      const named = rows
        .filter(({ uids }) => uids.length > 0)
        .map((row) => ({ hotkey: neurons[row.uid]?.hotkey ?? null, ...row }));
      // Those that are under a time lock or a hash: the chain shows nothing else of them before their reveal.
      const asked = neurons.filter(({ validatorPermit }) => validatorPermit);
      const pending = (
        await Promise.all(
          asked.map(async ({ uid, hotkey }) => {
            const commits = await chain.pendingCommits({ ...query, hotkey }, { signal });
            return commits.map((commit) => ({ uid, hotkey, ...commit }));
          }),
        )
      ).flat();
      if (flags.json === true) return printJson({ netuid, rows: named, pending });
      if (named.length === 0 && pending.length === 0) return print("Nobody has weights on the chain.");
      for (const { uid, hotkey, uids, weights } of named) {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const shares = uids.map((to, i) => [to, (weights[i] ?? 0) / sum] as const).sort((a, b) => b[1] - a[1]);
        print(`uid ${uid}  ${hotkey ?? "-"}`);
        print(`  ${shares.map(([to, share]) => `${to}: ${percent(share)}`).join("  ")}`);
      }
      for (const { uid, hotkey, kind, committedAtBlock, revealRound } of pending) {
        const when = revealRound === null ? "until it is revealed by its owner" : `until round ${revealRound}`;
        print(`uid ${uid}  ${hotkey}\n  committed at block ${committedAtBlock}, not seen ${when} (${kind})`);
      }
    }),
  );
}
