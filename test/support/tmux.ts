/** Terminals as a person has them: tmux with a server of its own, what is typed into it, and what stands on its screens. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CLI, environment, freePort, ROOT } from "./processes.ts";

/** Longer than anything takes on a busy machine. */
const PATIENCE_MS = 180_000;
const SHOWN = join(ROOT, "build/journeys");

export interface Terminal {
  /** Types a line and Return. */
  type(line: string): void;
  /** Ctrl-C. */
  interrupt(): void;
  /** Everything said since the last line typed; lines that the width broke are whole again. */
  screen(): string;
  /** Waits until words stand there, and gives what stands there then. */
  see(words: string | RegExp): Promise<string>;
  /** Types a command, waits for its end, and gives what it printed. */
  run(line: string, exitCode?: number): Promise<string>;
  /** Waits until the shell asks for the next line, and gives the exit code of the last. */
  done(): Promise<number>;
}

export interface Desk {
  readonly folder: string;
  open(name: string): Promise<Terminal>;
  /** Ends every terminal and what runs in it. */
  clear(): Promise<void>;
}

/** A folder with a home of its own and no settings, and `npx conversion-subnet` in it. */
export async function createDesk(folder: string): Promise<Desk> {
  const bin = join(folder, ".bin");
  await mkdir(bin, { recursive: true });
  await mkdir(SHOWN, { recursive: true });
  await writeFile(join(bin, "npx"), `#!/bin/sh\nshift\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(join(bin, "npx"), 0o755);
  await writeFile(join(bin, "rc"), `PS1='$ '\nPROMPT_COMMAND='printf "[exit %s]\\n" $?'\n`);
  const [ledger, axon] = [await freePort(), await freePort()];
  const said = environment(folder);
  const env = {
    ...said,
    // What a reader need not say, since nobody else has the ports.
    BT_SUBTENSOR_CHAIN_ENDPOINT: `http://127.0.0.1:${ledger}`,
    CONVERSION_SUBNET_PORT: String(ledger),
    CONVERSION_SUBNET_BLOCK_TIME: "100",
    CONVERSION_SUBNET_AXON_PORT: String(axon),
    PATH: `${bin}:${said.PATH ?? ""}`,
    TERM: "xterm-256color",
  };
  const socket = `journeys-${process.pid}-${ledger}`;
  const tmux = (...args: readonly string[]) => execFileSync("tmux", ["-L", socket, ...args], { env, encoding: "utf8" });
  let open = 0;

  return {
    folder,
    async open(name) {
      open += 1;
      tmux(
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-s",
        name,
        "-x",
        "120",
        "-y",
        "40",
        "-c",
        folder,
        `bash --noprofile --rcfile ${join(bin, "rc")}`,
      );
      tmux("set-option", "-t", name, "history-limit", "5000");
      let typed = 0;
      let from = 0;
      const all = () => tmux("capture-pane", "-p", "-J", "-S", "-5000", "-t", name).trimEnd();
      const screen = () => all().slice(from);
      const prompts = () => all().split("[exit ").length - 1;
      const until = async (what: string, isThere: () => boolean) => {
        const deadline = performance.now() + PATIENCE_MS;
        while (!isThere()) {
          if (performance.now() > deadline) throw new Error(`${name}: ${what} was not seen:\n${screen()}`);
          await pause(100);
        }
      };
      const terminal: Terminal = {
        type(line) {
          from = all().length;
          typed = prompts();
          tmux("send-keys", "-t", name, "-l", line);
          tmux("send-keys", "-t", name, "Enter");
        },
        interrupt: () => void tmux("send-keys", "-t", name, "C-c"),
        screen,
        async see(words) {
          await until(String(words), () =>
            typeof words === "string" ? screen().includes(words) : words.test(screen()),
          );
          return screen();
        },
        async done() {
          await until("the end", () => prompts() > typed);
          return Number([...all().matchAll(/\[exit (\d+)\]/g)].at(-1)?.[1]);
        },
        async run(line, exitCode = 0) {
          terminal.type(line);
          const code = await terminal.done();
          const shown = screen();
          await writeFile(join(SHOWN, `${name}-${line.replace(/\W+/g, "-").slice(0, 60)}.txt`), shown);
          if (code !== exitCode) throw new Error(`${line} ended with ${code}:\n${shown}`);
          return shown;
        },
      };
      await until("the first prompt", () => prompts() > 0);
      return terminal;
    },
    async clear() {
      if (open === 0) return;
      // The server of this desk alone, which hangs up on what runs in it.
      tmux("kill-server");
      await pause(200);
    },
  };
}

/** Keeps a screen, to be looked at: build/journeys/NAME.txt. */
export const keepScreen = (name: string, text: string): Promise<void> =>
  writeFile(join(SHOWN, `${name}.txt`), `${text}\n`);
