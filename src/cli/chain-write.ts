import {
  addStake,
  CHAIN_REFUSALS,
  type Chain,
  type ChainCall,
  nextEpochBlock,
  type Preflight,
  preflight,
  register,
  serveAxon,
  setWeights,
  weightsCall,
} from "../chain/index.ts";
import { UserError } from "../core/index.ts";
import { emitWeights } from "../scoring/index.ts";
import { readColdkeyPublic, readHotkeyPublic, type Signer } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { netuidOf, withChainNow, withRegisterHint } from "./network.ts";
import { askYes, isAttended } from "./prompt.ts";
import { columns } from "./table.ts";
import { taoText } from "./tao.ts";
import { print, printJson, untilSignal } from "./terminal.ts";
import { unlockKey } from "./unlock.ts";
import { walletOf, warnOfExposures } from "./wallet.ts";

/** A write of the command line: what it would send, what it costs, how it is done, and how its result is told. */
interface Write<T> {
  readonly key: "coldkey" | "hotkey";
  call(chain: Chain, signal: AbortSignal): Promise<ChainCall>;
  /** What is asked before money is spent; null = nothing is. */
  price?(chain: Chain, signal: AbortSignal): Promise<string>;
  send(chain: Chain, signer: Signer, signal: AbortSignal): Promise<T>;
  /** For `--json`, and for people. */
  tell(result: T): { readonly json: object; readonly text: string };
}

const hotkeyOf = async (flags: Flags) => (await readHotkeyPublic(walletOf(flags))).address;
const publicKeyOf = (flags: Flags, key: "coldkey" | "hotkey") =>
  key === "coldkey" ? readColdkeyPublic(walletOf(flags)) : readHotkeyPublic(walletOf(flags));

/** `--dry-run` shows the call and what speaks against it, and asks for no password. */
function printPreflight({ call, problems }: Preflight, flags: Flags): void {
  if (flags.json === true) {
    printJson({ dryRun: true, call, problems });
    return;
  }
  print(`${call.pallet}.${call.name}, signed by the ${call.signedBy}; nothing was sent`);
  columns(Object.entries(call.args).map(([name, value]) => [`  ${name}`, argumentText(value)])).forEach(print);
  if (call.bytes !== null) print(`  call bytes  ${call.bytes}`);
  if (problems.length === 0) print("Nothing is known that speaks against it.");
  for (const { refusal, values, possibleAtBlock, hint } of problems) {
    const [sentence, usualHint] = CHAIN_REFUSALS[refusal];
    const given = Object.entries(values).map(([name, value]) => `${name} ${value}`);
    const when = possibleAtBlock === null ? [] : [`possible at block ${possibleAtBlock}`];
    print(`It would be refused: ${refusal}: ${sentence} ${[...given, ...when].join(", ")}`.trimEnd());
    print(`  ${hint ?? usualHint}`);
  }
}

function argumentText(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part)) ?? "-";
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Money of a development chain is worth nothing; any other is spent after a yes only. */
async function confirm(question: string, flags: Flags, signal: AbortSignal): Promise<void> {
  if (flags.yes === true) return;
  if (!isAttended())
    throw new UserError("This spends TAO, and nobody can be asked: this is no terminal.", {
      details: { Spends: question },
      hint: "Add --yes; --dry-run shows what would be sent.",
    });
  if (!(await askYes(`${question} Go on? [y/N] `, { signal }))) throw new UserError("Nothing was sent.");
}

async function runWrite<T>(flags: Flags, write: Write<T>): Promise<void> {
  if (flags.dryRun !== true) await warnOfExposures(flags);
  await untilSignal((signal) =>
    withChainNow(flags, signal, async (chain) => {
      if (flags.dryRun === true) {
        const { address } = await publicKeyOf(flags, write.key);
        return printPreflight(await preflight(chain, await write.call(chain, signal), { address, signal }), flags);
      }
      if (write.price !== undefined && !(await chain.info({ signal })).development)
        await confirm(await write.price(chain, signal), flags, signal);
      const { signer } = await unlockKey(flags, write.key, signal);
      const { json, text } = write.tell(await withRegisterHint(flags, () => write.send(chain, signer, signal)));
      if (flags.json === true) printJson(json);
      else print(text);
    }),
  );
}

/** `conversion-subnet subnets register` */
export async function runRegister(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  const hotkey = await hotkeyOf(flags);
  const maxBurnRao = typeof flags.maxBurn === "bigint" ? flags.maxBurn : null;
  await runWrite(flags, {
    key: "coldkey",
    call: async () => ({ type: "register", netuid, hotkey, maxBurnRao }),
    async price(chain, signal) {
      const { burnRao } = await chain.hyperparameters({ netuid }, { signal });
      return `Registering ${hotkey} on subnet ${netuid} of ${chain.network} burns ${taoText(burnRao)} TAO, which nobody gives back.`;
    },
    send: (chain, signer, signal) => register(chain, { netuid, hotkey, maxBurnRao, signer }, { signal }),
    tell: ({ uid, receipt }) => ({
      json: { netuid, uid, hotkey, receipt },
      text: `Registered: uid ${uid} on subnet ${netuid}, hotkey ${hotkey}`,
    }),
  });
}

/** `conversion-subnet stake add` */
export async function runStakeAdd(flags: Flags): Promise<void> {
  const netuid = netuidOf(flags);
  const hotkey = await hotkeyOf(flags);
  const amountRao = typeof flags.amount === "bigint" ? flags.amount : 0n;
  const coldkey = (await readColdkeyPublic(walletOf(flags))).address;
  await runWrite(flags, {
    key: "coldkey",
    call: async () => ({ type: "add_stake", netuid, hotkey, amountRao }),
    price: async ({ network }) => `This stakes ${taoText(amountRao)} TAO on ${hotkey}, subnet ${netuid} of ${network}.`,
    async send(chain, signer, signal) {
      const receipt = await addStake(chain, { netuid, hotkey, amountRao, signer }, { signal });
      const [balanceRao, state] = await Promise.all([
        chain.balance({ coldkey }, { signal }),
        chain.epochState({ netuid }, { signal }),
      ]);
      return { receipt, balanceRao, blocksToEpoch: nextEpochBlock(state) - state.block };
    },
    tell: ({ receipt, balanceRao, blocksToEpoch }) => ({
      json: { netuid, hotkey, amountRao, balanceRao, blocksToEpoch, receipt },
      text: `Staked ${taoText(amountRao)} TAO; ${taoText(balanceRao)} left. Validator permits are given at the next epoch, in ${blocksToEpoch} blocks.`,
    }),
  });
}

/** `conversion-subnet axon set`, and `reset` with `axon: null`. */
async function runAxon(flags: Flags, axon: { ip: string; port: number; version: number } | null): Promise<void> {
  const netuid = netuidOf(flags);
  const where = axon === null ? "nowhere" : `${axon.ip}:${axon.port}`;
  await runWrite(flags, {
    key: "hotkey",
    call: async () => ({ type: "serve_axon", netuid, axon }),
    send: (chain, signer, signal) => serveAxon(chain, { netuid, axon, signer }, { signal }),
    tell: ({ changed, receipt }) => ({
      json: { netuid, axon, changed, receipt },
      text: changed ? `The chain says now: ${where}` : `The chain says that already: ${where}; nothing was sent`,
    }),
  });
}
export const runAxonSet = (flags: Flags) =>
  runAxon(flags, { ip: String(flags.ip), port: Number(flags.port), version: Number(flags.axonVersion) });
export const runAxonReset = (flags: Flags) => runAxon(flags, null);

/** `conversion-subnet weights set` */
export async function runWeightsSet(flags: Flags): Promise<void> {
  const uids = Array.isArray(flags.uids) ? flags.uids.map(Number) : [];
  const shares = Array.isArray(flags.weights) ? flags.weights.map(Number) : [];
  if (uids.length !== shares.length)
    throw new UserError(`There are ${uids.length} uids and ${shares.length} weights.`, {
      hint: "Give one weight per uid.",
    });
  const emitted = emitWeights(uids, shares);
  if (emitted.uids.length === 0) throw new UserError("All weights are 0: there is nothing to set.");
  const row = {
    netuid: netuidOf(flags),
    mechanism: Number(flags.mechid),
    versionKey: Number(flags.versionKey),
    ...emitted,
  };
  const uidCount = `${row.uids.length} ${row.uids.length === 1 ? "uid" : "uids"}`;
  const { publicKey } = await readHotkeyPublic(walletOf(flags));
  await runWrite(flags, {
    key: "hotkey",
    call: (chain, signal) => weightsCall(chain, row, { publicKey, signal }),
    send: (chain, signer, signal) => setWeights(chain, { ...row, signer }, { signal }),
    tell: ({ how, revealRound, receipt }) => ({
      json: { ...row, how, revealRound, receipt },
      text:
        how === "set"
          ? `Weights set for ${uidCount}.`
          : `Weights committed for ${uidCount}; the chain opens them with round ${revealRound}.`,
    }),
  });
}
