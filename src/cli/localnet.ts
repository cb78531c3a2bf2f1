import type { Command } from "commander";
import { blocksUntilNextEpoch, RAO_PER_TAO } from "../chain/index.ts";
import { createLogRing, systemClock, teeLogger, UserError } from "../core/index.ts";
import { createNetworkFeed } from "../dashboard/index.ts";
import {
  changesSchema,
  connectLedger,
  connectLocalnetDev,
  createLocalnet,
  type LocalnetOptions,
  ledgerChain,
  ownerUri,
} from "../localnet/index.ts";
import { firstIssue } from "../schema.ts";
import { isAddress, keypairFromUri } from "../wallet/index.ts";
import { type Admin, openAdmin } from "./admin.ts";
import type { Flags } from "./flags.ts";
import { taoText } from "./tao.ts";
import { aborted, levelOf, loggerOf, print, printJson, untilSignal } from "./terminal.ts";

/** What `--accounts` own. */
const ACCOUNT_RAO = 1_000_000n * RAO_PER_TAO;

function localnetOptions(flags: Flags): LocalnetOptions {
  const names = Array.isArray(flags.accounts) ? flags.accounts.map(String) : [];
  const settings = { tempo: Number(flags.tempo), commitReveal: flags.commitReveal === true };
  return {
    seed: Number(flags.seed),
    blockTimeMs: Number(flags.blockTime),
    listen: { host: String(flags.host), port: Number(flags.port) },
    subnets: { [Number(flags.netuid)]: settings },
    accounts: Object.fromEntries(names.map((name) => [keypairFromUri(`//${name}`).address, ACCOUNT_RAO])),
    ...(typeof flags.faucet === "bigint" ? { faucetRao: flags.faucet } : {}),
    stateFolder: typeof flags.state === "string" ? flags.state : null,
    saveEveryBlocks: Number(flags.saveEvery),
  };
}

/** Flags whose names in options are others. */
const FLAGS: Readonly<Record<string, string>> = { subnets: "netuid", faucetRao: "faucet" };

/** `conversion-subnet localnet` */
export async function runLocalnet(flags: Flags, command: Command): Promise<void> {
  await untilSignal(async (signal) => {
    const options = localnetOptions(flags);
    const ring = createLogRing({ level: levelOf(flags) }, systemClock);
    const logger = teeLogger(loggerOf(flags), ring.logger);
    const localnet = createLocalnet(options, { clock: systemClock, logger });
    let admin: Admin | null = null;
    try {
      await localnet.start();
      for (const { option, asked, kept } of localnet.status().outdone) {
        const name = FLAGS[option] ?? option;
        if (command.getOptionValueSource(name) === "default") continue;
        const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
        const fields = { flag, asked, kept };
        logger.warn("The ledger in the folder goes on as it began; this flag counts for a new one only", fields);
      }
      const netuid = Number(flags.netuid);
      const chain = ledgerChain(localnet.ledger);
      const network = createNetworkFeed({ id: "network", netuid }, { chain, clock: systemClock, logger });
      const subject = { kind: "localnet", hotkey: null, netuid, network: chain.network, logFile: null } as const;
      admin = await openAdmin(flags, { ...subject, feeds: [network], metrics: null, ring, logger }, { signal });
      logger.debug("Owner of the subnets", { uri: ownerUri(options.seed) });
      await aborted(signal);
    } finally {
      await admin?.close();
      await localnet.stop();
    }
  });
}

const endpointOf = (flags: Flags) => {
  const endpoint = String(flags.endpoint).replace(/\/$/, "");
  if (/^http:\/\/[^/?#]+$/.test(endpoint)) return endpoint;
  throw new UserError(`"${endpoint}" is no served ledger.`, { hint: "It looks like http://127.0.0.1:9944" });
};
const devOf = (flags: Flags, signal: AbortSignal) => connectLocalnetDev({ endpoint: endpointOf(flags), signal });

/** An address as it is, or the one of a development key. */
function addressOf(flags: Flags, flag: "coldkey" | "hotkey"): string {
  const text = String(flags[flag]).trim();
  if (isAddress(text)) return text;
  if (text.startsWith("//")) return keypairFromUri(text).address;
  throw new UserError(`--${flag} ${text} is no address.`, {
    hint: "Give an SS58 address, or a development key like //Alice",
  });
}

/** `conversion-subnet dev mint` */
export async function runMint(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const coldkey = addressOf(flags, "coldkey");
    const balanceRao = await devOf(flags, signal).mint({ coldkey, amountRao: BigInt(String(flags.amount)) });
    if (flags.json === true) printJson({ coldkey, balanceRao });
    else print(`Minted: ${coldkey} owns ${taoText(balanceRao)} TAO`);
  });
}

/** `conversion-subnet dev register` */
export async function runDevRegister(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const [hotkey, coldkey] = [addressOf(flags, "hotkey"), addressOf(flags, "coldkey")];
    const netuid = Number(flags.netuid);
    const stakeRao = typeof flags.stake === "bigint" ? flags.stake : 0n;
    const uid = await devOf(flags, signal).register({ netuid, hotkey, coldkey, stakeRao });
    if (flags.json === true) printJson({ netuid, uid, hotkey, coldkey, stakeRao });
    else print(`Registered: uid ${uid} on subnet ${netuid}, hotkey ${hotkey}, stake ${taoText(stakeRao)} TAO`);
  });
}

/** `conversion-subnet dev advance` */
export async function runAdvance(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const endpoint = endpointOf(flags);
    let blocks = Number(flags.blocks);
    if (flags.epoch === true) {
      const chain = connectLedger({ endpoint }, { clock: systemClock });
      blocks = blocksUntilNextEpoch(await chain.epochState({ netuid: Number(flags.netuid) }, { signal }));
    }
    const block = await devOf(flags, signal).advance({ blocks });
    if (flags.json === true) printJson({ block, blocks });
    else print(`Advanced by ${blocks} to block ${block}`);
  });
}

/** `conversion-subnet dev set` */
export async function runSet(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const given = Object.fromEntries(Array.isArray(flags.change) ? flags.change : []);
    const changes = changesSchema.safeParse(given);
    if (!changes.success) {
      const { field, problem } = firstIssue(changes.error);
      throw new UserError(`--change: ${field}: ${problem}.`, {
        hint: "Names are those of `subnets hyperparameters --json`; amounts are in rao.",
      });
    }
    const netuid = Number(flags.netuid);
    const hyperparameters = await devOf(flags, signal).configure({ netuid, changes: changes.data });
    if (flags.json === true) printJson({ netuid, ...hyperparameters });
    else print(`Set on subnet ${netuid}: ${Object.keys(changes.data).join(", ")}`);
  });
}
