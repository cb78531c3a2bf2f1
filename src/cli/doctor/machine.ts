import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorText } from "../../core/index.ts";
import { walletPaths } from "../../wallet/index.ts";
import { historyPathOf } from "../history-file.ts";
import { type Check, type Finding, failed, notTested, ok, warning, worst } from "./check.ts";
import { type Facts, quoted } from "./facts.ts";

/** As in package.json's `engines`; a test holds them equal. */
export const LEAST_NODE = [20, 19] as const;
const GB = 1e9;
const MB = 1e6;
/** A validator of 256 miners writes some hundred MB a week; a miner its feedback, 64 MB for each validator. */
const DISK_WARNING = { miner: 0.5 * GB, validator: 5 * GB } as const;
const DISK_FAILED = 50 * MB;
/** A node has some 150 MB; a key under a password takes 512 MiB to open. */
const MEMORY_WARNING = 400 * MB;
const MEMORY_FAILED = 100 * MB;

const sizeText = (bytes: number) => (bytes < GB ? `${Math.round(bytes / MB)} MB` : `${(bytes / GB).toFixed(1)} GB`);

function checkNode({ machine }: Facts): Finding {
  const [major = 0, minor = 0] = machine.nodeVersion.replace(/^v/, "").split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  const values = { version: machine.nodeVersion, least: LEAST_NODE.join(".") };
  const text = `${machine.nodeVersion}; ${values.least} or later is needed`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return ok(text, values);
  return failed(text, values, "nvm install 22 && nvm use 22");
}

function checkMemory({ machine }: Facts): Finding {
  const [available, total] = [machine.availableBytes(), machine.totalBytes()];
  const values = { availableBytes: available, totalBytes: total };
  const text = `${sizeText(available)} of ${sizeText(total)} are available`;
  const fix = "ps aux --sort=-rss | head";
  if (available < MEMORY_FAILED) return failed(text, values, fix);
  return available < MEMORY_WARNING ? warning(text, values, fix) : ok(text, values);
}

/** The folder itself, or the nearest thing above it that is there: nothing is made here. */
async function nearest(folder: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  const found = await stat(folder).catch(() => null);
  if (found !== null) return { path: folder, isFolder: found.isDirectory() };
  return dirname(folder) === folder ? { path: folder, isFolder: true } : nearest(dirname(folder));
}

async function checkFolder({ as }: Facts, wanted: string): Promise<Finding> {
  const { path: folder, isFolder } = await nearest(wanted);
  if (!isFolder)
    return failed(
      `a file stands at ${folder}, where a folder is needed`,
      { folder, writable: false },
      `ls -l ${quoted(folder)}`,
    );
  const probe = join(folder, `.doctor.${process.pid}.probe`);
  try {
    await writeFile(probe, "x", { mode: 0o600 });
  } catch (error) {
    const fix = `ls -ld ${quoted(folder)} && df -h ${quoted(folder)}`;
    return failed(
      `${wanted} cannot be written: ${errorText(error).replace(probe, folder)}`,
      { folder, writable: false },
      fix,
    );
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
  const { bavail, bsize, ffree, files } = await statfs(folder);
  const free = bavail * bsize;
  const values = { folder, writable: true, freeBytes: free };
  const text = `${sizeText(free)} are free at ${wanted}`;
  const fix = `df -h ${quoted(folder)} && du -sh ${quoted(folder)}/*`;
  if (files > 0 && ffree < 1_000) return failed(`${text}, but only ${ffree} more files`, values, fix);
  if (free < DISK_FAILED) return failed(text, values, fix);
  return free < DISK_WARNING[as] ? warning(text, values, fix) : ok(text, values);
}

/** Where the node writes. */
function foldersOf({ as, flags, wallet }: Facts): readonly [string, ...string[]] {
  const locks = dirname(walletPaths(wallet()).hotkey);
  const given = as === "miner" ? flags["feedback.accept"] : historyPathOf(flags);
  if (typeof given !== "string" || given === ":memory:") return [locks];
  return [as === "miner" ? resolve(given) : dirname(given), locks];
}

async function checkDisk(facts: Facts): Promise<Finding> {
  const [first, ...others] = foldersOf(facts);
  return worst([await checkFolder(facts, first), ...(await Promise.all(others.map((one) => checkFolder(facts, one))))]);
}

/** What a miner allows a request from the future, and half of what it allows one from the past (docs/protocol.md). */
const SKEW_FAILED_MS = 2_000;
const SKEW_WARNING_MS = 1_000;
/** HTTP's Date has whole seconds. */
const DATE_STEP_MS = 1_000;
const SET_CLOCK = "sudo timedatectl set-ntp true && timedatectl status";
const secondsText = (ms: number) => `${(Math.abs(ms) / 1_000).toFixed(1)} s`;

async function compareWithHttp({ clock }: Facts, url: string, signal: AbortSignal): Promise<Finding> {
  let date: string | null;
  let [sentMs, tookMs] = [0, 0];
  try {
    const startMs = clock.monotonicMs();
    sentMs = clock.nowMs();
    const response = await fetch(url, { method: "HEAD", redirect: "manual", signal });
    tookMs = clock.monotonicMs() - startMs;
    date = response.headers.get("date");
    await response.body?.cancel();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return notTested(`${url} did not answer (${errorText(cause)})`);
  }
  const saidMs = date === null ? Number.NaN : Date.parse(date);
  if (!Number.isFinite(saidMs)) return notTested(`${url} says no Date`);
  // It was said at some moment of the exchange, and cut to a whole second: only what lies outside of both is a difference.
  const [earliest, latest] = [saidMs - sentMs - tookMs, saidMs + DATE_STEP_MS - sentMs];
  const aheadMs = earliest > 0 ? -earliest : latest < 0 ? -latest : 0;
  return judgeSkew(aheadMs, `the Date of ${url}`);
}

/** @param aheadMs how far this clock is ahead, at least; negative = behind. */
function judgeSkew(aheadMs: number, against: string): Finding {
  const values = { aheadMs: Math.round(aheadMs), against };
  if (aheadMs === 0) return ok(`agrees with ${against}`, values);
  const text = `${secondsText(aheadMs)} ${aheadMs > 0 ? "ahead of" : "behind"} ${against}: signed requests are refused from 2 s ahead and 10 s behind`;
  if (Math.abs(aheadMs) >= SKEW_FAILED_MS) return failed(text, values, SET_CLOCK);
  return Math.abs(aheadMs) >= SKEW_WARNING_MS ? warning(text, values, SET_CLOCK) : ok(text, values);
}

/** A block's time is when it was begun: it is looked at somewhere between then and the next but one. */
async function compareWithChain({ clock, info, head }: Facts): Promise<Finding> {
  let network: string;
  let [lagMs, blockTimeMs] = [0, 0];
  try {
    const about = await info();
    if (about.development) return notTested(`a development chain has a clock of its own`);
    const { timestampMs } = await head();
    ({ network, blockTimeMs } = about);
    lagMs = clock.nowMs() - timestampMs;
  } catch (error) {
    return notTested(`the chain's time is not known: ${errorText(error)}`);
  }
  const against = `the time of ${network}'s last block`;
  if (lagMs < 0) return judgeSkew(lagMs, against);
  const mostMs = 3 * blockTimeMs;
  if (lagMs <= mostMs) return judgeSkew(0, against);
  const text = `${secondsText(lagMs)} ahead of ${against}: this clock is ahead, or the node that answers has stopped following the chain`;
  return failed(text, { aheadMs: Math.round(lagMs), against }, SET_CLOCK);
}

async function checkClock(facts: Facts, signal: AbortSignal): Promise<Finding> {
  const url = facts.flags.timeFrom;
  const [byChain, byHttp] = await Promise.all([
    compareWithChain(facts),
    typeof url === "string" ? compareWithHttp(facts, url, signal) : null,
  ]);
  if (byHttp === null && byChain.outcome === "not tested")
    return notTested(`${byChain.text}; name an address whose HTTP Date is right`, "# add: --time-from https://...");
  if (byHttp === null) return byChain;
  if (byHttp.outcome === "not tested" && byChain.outcome === "not tested")
    return notTested(`${byChain.text}; ${byHttp.text}`);
  return worst([byChain, byHttp]);
}

/** The machine: what a node stands on. */
export const machineChecks = (facts: Facts): Check[] => [
  { name: "node", run: () => checkNode(facts) },
  { name: "memory", run: () => checkMemory(facts) },
  { name: "disk", run: () => checkDisk(facts) },
  { name: "clock", run: (signal) => checkClock(facts, signal) },
];
