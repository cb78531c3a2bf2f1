/**
 * A reader at work: a folder and home of one's own, in which the commands of a document are typed one after another. Nodes go on in
 * the background until the reader leaves, or starts another of their kind. Only ports and the block time are not the document's.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CLI, type Ended, environment, freePort, ROOT, type Running, start, stop, waitFor } from "./processes.ts";

/** More than any command of a document takes. */
const PATIENCE_MS = 120_000;
/** What a node says when it is there. */
const NODES: readonly (readonly [kind: string, pattern: RegExp, says: string])[] = [
  ["localnet", /^localnet\b/, "Ledger serving"],
  ["miner", /^miner run\b/, "Miner serving"],
  // They go on until somebody has seen enough.
  ["onlooker", /(?: --watch| --follow| -f)\b|^dashboard\b/, ""],
  ["validator", /^validator run\b(?!.*--rounds)/, "Validator started"],
];

export interface Typed {
  readonly command: string;
  /** Null while it goes on. */
  readonly ended: Ended | null;
  text(): string;
}

export interface Scene {
  readonly folder: string;
  readonly ports: { readonly ledger: number; readonly axon: number; readonly events: number; readonly admin: number };
  /** Types one command and waits: for its end or, of a node, until it is there. */
  type(command: string): Promise<Typed>;
  /** Ends one kind of node. */
  end(kind: string): Promise<void>;
  leave(): Promise<void>;
}

/** The commands of a block: continued lines joined, comments and blank lines left out. */
export function commandsOf(body: string): string[] {
  return body
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(?:^|\s+)# .*$/, "").trim())
    .filter((line) => line !== "");
}

/** @param swap what is shortened: `["--rows 20000", "--rows 1500"]`. */
export async function createScene(swap: readonly (readonly [string, string])[] = []): Promise<Scene> {
  await mkdir(join(ROOT, "build"), { recursive: true });
  // Inside the package, so that "conversion-subnet" is the package's own name for programs.
  const folder = await mkdtemp(join(ROOT, "build/scene-"));
  const [ledger, axon, events, admin] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const endpoint = `http://127.0.0.1:${ledger}`;
  const bin = join(folder, ".bin");
  await mkdir(bin);
  const tools = {
    npx: `[ "$1" = conversion-subnet ] || { echo "npx $1: not found" >&2; exit 127; }\nshift\nexec "${process.execPath}" "${CLI}" "$@"`,
    "conversion-subnet": `exec "${process.execPath}" "${CLI}" "$@"`,
  };
  for (const [name, body] of Object.entries(tools)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const said = environment(folder, endpoint);
  const env = { ...said, PATH: `${bin}:${said.PATH ?? ""}`, NO_COLOR: "1" };
  const nodes = new Map<string, Running>();
  let variables = "";

  const end = async (kind: string) => {
    const running = nodes.get(kind);
    nodes.delete(kind);
    if (running !== undefined) await stop(running);
  };
  /** With the ports of this scene. */
  const ours = (command: string): string => {
    let line = command.replaceAll("127.0.0.1:8092", `127.0.0.1:${events}`).replace("port 8092", `port ${events}`);
    for (const [from, to] of swap) line = line.replaceAll(from, to);
    const [, words = ""] = /conversion-subnet (.*)$/.exec(line) ?? [];
    if (/^localnet\b/.test(words))
      line += ` --port ${ledger}${words.includes("--block-time") ? "" : " --block-time 100"}`;
    if (/^miner run\b/.test(words)) line += ` --axon.port ${axon}`;
    if (/^dev\b/.test(words)) line += ` --endpoint ${endpoint}`;
    return line;
  };

  return {
    folder,
    ports: { ledger, axon, events, admin },
    async type(command) {
      const line = ours(command);
      if (process.env.SHOW_COMMANDS) console.log(`${new Date().toISOString().slice(14, 19)} $ ${line}`);
      if (/^[A-Z_]+=/.test(line)) {
        variables += `${line}\n`;
        return { command, ended: { code: 0, stdout: "", stderr: "" }, text: () => "" };
      }
      const [, words = ""] = /^(?:npx )?conversion-subnet (.*)$/.exec(line) ?? [];
      const node = NODES.find(([, pattern]) => pattern.test(words));
      if (node === undefined) {
        const running = start(
          "bash",
          ["-c", `${variables}exec ${line}`.replace(/exec (?=.*[|;&]|\w+=)/, "")],
          folder,
          env,
        );
        const late = pause(PATIENCE_MS, null, { ref: false });
        const ended = await Promise.race([running.ended, late]);
        if (ended === null) {
          await stop(running);
          throw new Error(`${line} did not end:\n${running.text()}`);
        }
        return { command, ended, text: running.text };
      }
      const [kind, , says] = node;
      await end(kind);
      const running = start("bash", ["-c", `exec ${line}`], folder, env);
      nodes.set(kind, running);
      const late = pause(PATIENCE_MS, "late" as const, { ref: false });
      const there = waitFor(running, says).then(() => null);
      const outcome = await Promise.race([there.catch(() => running.ended), running.ended, late]);
      if (outcome === "late") throw new Error(`${line} did not say "${says}":\n${running.text()}`);
      return { command, ended: outcome, text: running.text };
    },
    end,
    async leave() {
      // The ledger last: the others would complain.
      for (const kind of [...nodes.keys()].toSorted().toReversed()) await end(kind);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
