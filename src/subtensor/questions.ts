import {
  type Beacon,
  ChainRefusedError,
  type EpochState,
  type PendingCommit,
  QUICKNET,
  storageIndex,
  timelockedHash,
  type WeightRow,
} from "../chain/index.ts";
import { bytesOf, numberOf, pairsOf, recordOf, rowsOf, textOf } from "./decoded.ts";
import type { View } from "./view.ts";

const PALLET = "SubtensorModule";
/** The chain takes no longer period; a node may say what it likes. */
const MAX_PERIOD_EPOCHS = 100;

/** Queues of timelocked commits, the newest first; a runtime that has a newer one leaves the older ones empty. */
const TIMELOCKED = ["TimelockedWeightCommits", "CRV3WeightCommitsV2", "CRV3WeightCommits"];

const noSubnet = (netuid: number) => new ChainRefusedError({ refusal: "SubnetNotExists", values: { Netuid: netuid } });

const indexOf = ({ netuid, mechanism = 0 }: { netuid: number; mechanism?: number | undefined }) =>
  storageIndex({ netuid, mechanismId: mechanism });

/** The chain's own clock. */
export async function timestampMs(view: View): Promise<number> {
  return numberOf("Timestamp.Now", (await view.values(["Timestamp", "Now"]))[0]);
}

/** The beacon that the chain takes its pulses from. */
export async function beacon(view: View): Promise<Beacon> {
  if (!view.codec.hasStorage("Drand", "BeaconConfig")) return QUICKNET;
  const what = "Drand.BeaconConfig";
  const config = recordOf(what, (await view.values(["Drand", "BeaconConfig"]))[0]);
  return {
    publicKey: bytesOf(what, config.public_key),
    genesisSeconds: numberOf(what, config.genesis_time),
    periodSeconds: numberOf(what, config.period),
  };
}

/** Free balance. */
export async function balance(view: View, coldkey: string): Promise<bigint> {
  const account = recordOf("System.Account", (await view.values(["System", "Account", coldkey]))[0]);
  const { free } = recordOf("System.Account", account.data);
  return typeof free === "bigint" ? free : BigInt(numberOf("System.Account", free));
}

/** Null = not registered, or no such subnet. */
export async function uid(view: View, netuid: number, hotkey: string): Promise<number | null> {
  const [found] = await view.values([PALLET, "Uids", netuid, hotkey]);
  return found === null ? null : numberOf("SubtensorModule.Uids", found);
}

/** Epochs of a runtime from before May 2026: one in every block where (block + netuid + 1) mod (tempo + 1) = tempo. */
function stateless(netuid: number, block: number, tempo: number, blocksSinceLastStep: number): EpochState {
  const period = tempo + 1;
  const count = block + netuid + 2;
  // The same schedule in the words of the newer rule: epochs are tempo + 1 apart, and the last was in the block that made it so.
  const last = block - (count % period);
  // Before the first one there is none to count from.
  const counted =
    last < 0 ? { lastEpochBlock: 0, pendingEpochAt: last + period } : { lastEpochBlock: last, pendingEpochAt: 0 };
  const epochIndex = Math.floor(count / period);
  return { block, tempo: tempo === 0 ? 0 : period, ...counted, epochIndex, blocksSinceLastStep };
}

/** Where a subnet stands between two epochs. */
export async function epochState(view: View, netuid: number): Promise<EpochState> {
  const has = view.codec.hasStorage(PALLET, "SubnetEpochIndex") && view.codec.hasStorage(PALLET, "LastEpochBlock");
  const common = [
    [PALLET, "NetworksAdded", netuid],
    [PALLET, "Tempo", netuid],
    [PALLET, "BlocksSinceLastStep", netuid],
  ] as const;
  const items = ["LastEpochBlock", "PendingEpochAt", "SubnetEpochIndex"].map((item) => [PALLET, item, netuid] as const);
  const [added, ...values] = await view.values(...common, ...(has ? items : []));
  if (added !== true) throw noSubnet(netuid);
  const [tempo = 0, since = 0, last = 0, pendingEpochAt = 0, epochIndex = 0] = values.map((value) =>
    numberOf("SubtensorModule.Tempo and others", value),
  );
  if (!has) return stateless(netuid, view.number, tempo, since);
  const rest = { lastEpochBlock: last, pendingEpochAt, epochIndex, blocksSinceLastStep: since };
  return { block: view.number, tempo, ...rest };
}

/** All weight rows of a mechanism that have an entry. */
export async function weights(view: View, query: { netuid: number; mechanism?: number }): Promise<WeightRow[]> {
  const { netuid } = query;
  const [added, count] = await view.values([PALLET, "NetworksAdded", netuid], [PALLET, "SubnetworkN", netuid]);
  if (added !== true) throw noSubnet(netuid);
  const index = indexOf(query);
  const uids = Array.from({ length: numberOf("SubtensorModule.SubnetworkN", count) }, (_, i) => i);
  const rows = await view.values(...uids.map((row) => [PALLET, "Weights", index, row] as const));
  return rows.flatMap((row, i) => {
    const pairs = pairsOf("SubtensorModule.Weights", row);
    if (pairs.length === 0) return [];
    return [{ uid: i, uids: pairs.map(([to]) => to), weights: pairs.map(([, weight]) => weight) }];
  });
}

function hashCommits(view: View, netuid: number, tempo: number, commits: unknown): PendingCommit[] {
  const what = "SubtensorModule.WeightCommits";
  const newer = view.codec.hasStorage(PALLET, "SubnetEpochIndex");
  return rowsOf(what, commits).map(([hash, first, second]) => {
    const [a, b] = [numberOf(what, first), numberOf(what, second)];
    // (hash, epoch, block, -) today; before May 2026 (hash, block, first and last block of the reveal), with epochs by the block's number.
    const committedAtBlock = newer ? b : a;
    const epochIndex = newer ? a : Math.floor((committedAtBlock + netuid + 1) / (tempo + 1));
    return { kind: "hash", hash: textOf(what, hash), committedAtBlock, epochIndex, revealRound: null };
  });
}

/** What an account has committed and not yet revealed. */
export async function pendingCommits(
  view: View,
  query: { netuid: number; mechanism?: number; hotkey: string },
): Promise<PendingCommit[]> {
  const { netuid, hotkey } = query;
  const index = indexOf(query);
  const state = await epochState(view, netuid);
  const tempo = view.codec.hasStorage(PALLET, "SubnetEpochIndex") ? state.tempo : Math.max(0, state.tempo - 1);
  const [period] = await view.values([PALLET, "RevealPeriodEpochs", netuid]);
  // A commit made in the block of an epoch belongs to the next one; one whose epoch of reveal is over is dropped.
  const epochs = Array.from(
    { length: Math.min(numberOf("SubtensorModule.RevealPeriodEpochs", period), MAX_PERIOD_EPOCHS) + 2 },
    (_, i) => state.epochIndex + 1 - i,
  ).filter((epoch) => epoch >= 0);
  const item = TIMELOCKED.find((name) => view.codec.hasStorage(PALLET, name));
  const locked = item === undefined ? [] : epochs.map((epoch) => [PALLET, item, index, epoch] as const);
  const [hashes, ...queues] = await view.values([PALLET, "WeightCommits", index, hotkey], ...locked);
  const what = `SubtensorModule.${item}`;
  const timelocked = queues.flatMap((queue, i) =>
    rowsOf(what, queue).flatMap((row): PendingCommit[] => {
      // The oldest queue does not say in which block a commit was made.
      const [who, block, bytes, round] = row.length === 3 ? [row[0], 0, row[1], row[2]] : row;
      if (who !== hotkey) return [];
      return [
        {
          kind: "timelocked",
          hash: timelockedHash(bytesOf(what, bytes)),
          committedAtBlock: numberOf(what, block),
          epochIndex: epochs[i] ?? 0,
          revealRound: numberOf(what, round),
        },
      ];
    }),
  );
  return [...hashCommits(view, netuid, tempo, hashes), ...timelocked.reverse()];
}
