import type { Command } from "commander";
import type { Flags } from "../flags.ts";
import { columnsOf, printJson, untilSignal } from "../terminal.ts";
import { axonChecks } from "./axon.ts";
import { chainChecks } from "./chain.ts";
import { type Check, runChecks } from "./check.ts";
import { createFacts, type DoctorModules, doctorModules } from "./facts.ts";
import { historyChecks } from "./history.ts";
import { keyChecks } from "./keys.ts";
import { machineChecks } from "./machine.ts";
import { modelChecks } from "./model.ts";
import { outsideChecks } from "./outside.ts";
import { packageChecks } from "./packages.ts";
import { type Report, reportLines, reportOf } from "./report.ts";
import { type Settings, settingsChecks, settingsFor } from "./settings.ts";

/** For a check; what it asks of others has shorter ones, so that it can say who was slow. */
const CHECK_TIMEOUT_MS = 10_000;

/** Makes every check of a node. Changes nothing but for probes of some bytes in folders, which it removes. */
export async function examine(
  as: Report["as"],
  flags: Flags,
  signal: AbortSignal,
  modules: DoctorModules = doctorModules,
  settings: Settings = { file: null, taken: 0, problems: [] },
): Promise<Report> {
  const facts = createFacts(as, flags, modules, signal);
  const model = as === "miner" ? modelChecks(facts) : null;
  const checks: Check[] = [
    ...machineChecks(facts),
    ...settingsChecks(settings),
    ...keyChecks(facts),
    ...chainChecks(facts),
    ...(as === "miner" ? axonChecks(facts) : historyChecks(facts)),
    ...(model?.checks ?? []),
    ...outsideChecks(facts),
    ...packageChecks(facts),
  ];
  try {
    const { clock } = modules;
    return reportOf(as, facts.netuid, await runChecks(checks, { signal, clock, timeoutMs: CHECK_TIMEOUT_MS }));
  } finally {
    await model?.close();
    await facts.close();
  }
}

/** `conversion-subnet doctor` */
export async function runDoctor(doctor: Command, nodes: Readonly<Record<Report["as"], Command>>): Promise<void> {
  const as = doctor.opts().as === "validator" ? "validator" : "miner";
  const { flags, settings } = await settingsFor(doctor, nodes[as]);
  const report = await untilSignal((signal) => examine(as, flags, signal, doctorModules, settings));
  if (!report.healthy) process.exitCode = 1;
  if (flags.json === true) return printJson(report);
  const { stdout } = process;
  const colour = stdout.isTTY === true && process.env.NO_COLOR === undefined;
  for (const line of reportLines(report, { width: columnsOf(stdout), colour })) stdout.write(`${line}\n`);
}
