/** Real servers for the suite `cluster`: on loopback, in a folder of their own, ended by their own process ids. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { until } from "./until.ts";

/** Whether a program is there; what is not is skipped by name. */
export const isInstalled = (program: string): boolean => spawnSync("which", [program]).status === 0;

/** A free port of loopback. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });

/** A program that listens on a port: it can be killed, and started again as it was. */
export interface Server {
  readonly port: number;
  /** At once, as a power cut would. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function server(program: string, port: number, args: readonly string[]): Promise<Server> {
  let child: ChildProcess | null = null;
  const kill = async () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  const start = async () => {
    child = spawn(program, args, { stdio: "ignore" });
    await until(() => answers(port));
  };
  await start();
  onTestFinished(kill);
  return { port, kill, start };
}

export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cluster-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Redis; nothing is kept on disk unless told so. */
export async function startRedis(more: readonly string[] = []): Promise<Server & { readonly url: string }> {
  const port = await freePort();
  const base = ["--port", String(port), "--bind", "127.0.0.1", "--dir", await scratch(), "--save", ""];
  const redis = await server("redis-server", port, [...base, "--appendonly", "no", ...more]);
  return { ...redis, url: `redis://127.0.0.1:${port}` };
}

/** HAProxy before servers, a request each in turn. */
export async function startProxy(ports: readonly number[]): Promise<Server> {
  const port = await freePort();
  const file = join(await scratch(), "haproxy.cfg");
  const servers = ports.map((one, i) => `  server miner${i} 127.0.0.1:${one}`).join("\n");
  const timeouts = "  timeout connect 2s\n  timeout client 20s\n  timeout server 20s";
  const text = `defaults\n  mode http\n${timeouts}\nlisten miners\n  bind 127.0.0.1:${port}\n  balance roundrobin\n${servers}\n`;
  await writeFile(file, text);
  return server("haproxy", port, ["-db", "-f", file]);
}
