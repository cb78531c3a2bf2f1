import { existsSync } from "node:fs";
import { errorText } from "../../core/index.ts";
import { readRunFiles } from "../../dashboard/index.ts";
import { defaultLogPath, logPathOf } from "../neuron-folder.ts";
import { ownFolder } from "../own-folder.ts";
import { troubleLine } from "../status/lines.ts";
import { readLast } from "../status/log-reader.ts";
import { announced } from "./axon.ts";
import { type Check, type Finding, failed, notTested, ok, warning } from "./check.ts";
import type { Facts } from "./facts.ts";
import { reachOf } from "./ip.ts";

const DAY_MS = 86_400_000;
const MOST = 200;

/** What the node's log holds of the last day: warnings and errors. */
async function checkErrors(facts: Facts): Promise<Finding> {
  const own = await facts.hotkey().catch(() => null);
  const run = (await readRunFiles(ownFolder())).find(({ kind, hotkey }) => kind === facts.as && hotkey === own);
  const path = run?.logFile ?? logPathOf(facts.flags, facts.as) ?? defaultLogPath(facts.flags, facts.as);
  if (!existsSync(path)) return notTested(`there is no log at ${path}`, "# nodes keep one with --logging.file");
  const query = { level: "warn", text: null, sinceMs: facts.clock.nowMs() - DAY_MS } as const;
  const lines = await readLast(path, facts.as, query, MOST);
  const errors = lines.filter(({ level }) => level === "error").length;
  const values = { path, errors, warnings: lines.length - errors };
  const last = lines.at(-1);
  if (last === undefined) return ok(`${path}: no warnings and no errors in the last day`, values);
  const text = `${path}: ${errors} errors and ${lines.length - errors} warnings in the last day, the last: ${troubleLine({ ...last, sequence: 0 })}`;
  return warning(text, values, `npx conversion-subnet logs --level warn --since 1d --file ${path}`);
}

/** Whether others reach the axon: nobody can say of themselves, so whoever is named is asked to try. */
async function checkReach(facts: Facts, signal: AbortSignal): Promise<Finding> {
  const { ip, port } = announced(facts);
  const { reach } = facts.flags;
  if (typeof reach !== "string" && reachOf(ip) === "loopback")
    return notTested(
      `${ip} is this machine's own: nobody else can reach it, nor need they on a local ledger`,
      "# for others: --axon.ip 0.0.0.0 --axon.external_ip ADDRESS",
    );
  const look = `# on another machine: curl -sS -m 5 http://${ip}:${port}/health`;
  if (typeof reach !== "string") return notTested("nobody outside was asked to try: --reach names who can", look);
  const url = reach.replaceAll("{ip}", encodeURIComponent(ip)).replaceAll("{port}", String(port));
  try {
    const response = await fetch(url, { signal, redirect: "manual" });
    await response.body?.cancel();
    const values = { ip, port, asked: url, status: response.status };
    if (response.status === 200) return ok(`${url} says that ${ip}:${port} can be reached`, values);
    return failed(`${url} says with status ${response.status} that ${ip}:${port} cannot be reached`, values, look);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return notTested(`${url} could not be asked: ${errorText(cause)}`, look);
  }
}

/** What others see of the node, and what it has said of itself. */
export const outsideChecks = (facts: Facts): Check[] => [
  ...(facts.as === "miner" ? [{ name: "reach", run: (signal: AbortSignal) => checkReach(facts, signal) }] : []),
  { name: "errors", run: () => checkErrors(facts) },
];
