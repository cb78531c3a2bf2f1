/** `miner run --workers`: several processes behind one port are one miner, to validators and to whoever looks at it. */
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { systemClock, utf8 } from "../../src/core/index.ts";
import type { MinerView } from "../../src/dashboard/index.ts";
import { btauth, createClient } from "../../src/protocol/index.ts";
import { questionToWire } from "../../src/schema.ts";
import { questionOf } from "../support/feedback.ts";
import { localnetHome, waitFor } from "../support/localnet-home.ts";
import { freePort, type Running } from "../support/processes.ts";

let place: Awaited<ReturnType<typeof localnetHome>>;
beforeAll(async () => {
  place = await localnetHome("workers");
});
afterEach(() => place.end());
afterAll(() => place.leave());

/** A program that says who answers: its process, as the time. */
const MODEL = `export const predict = () => ({
  conversionHappened: 1, confidence: 0.75, timeToConversionSeconds: process.pid, timeIfConvertedSeconds: process.pid,
});`;
const BODY = utf8(JSON.stringify(questionToWire(questionOf(1))));

async function servingMiner(...more: string[]) {
  const [port, admin] = [await freePort(), await freePort()];
  await writeFile(join(place.home, "model.js"), MODEL);
  const flags = ["--model", "model.js", "--wallet.name", "miner", "--axon.port", String(port)];
  const miner = place.run("miner", "run", "--workers", "2", ...flags, "--admin.port", String(admin), ...more);
  await waitFor(miner, "workers=2");
  const peer = { hotkey: place.minerKey.address, host: "127.0.0.1", port, version: 1_000 };
  return { miner, port, peer, url: `http://127.0.0.1:${admin}` };
}

/** Signed headers of a question, to be sent once or more often. */
async function signed(port: number) {
  const parts = { method: "POST", target: "/ConversionSynapse", body: BODY };
  const to = { host: "127.0.0.1", port };
  const { signer } = place.judge;
  const more = { signer, receiver: place.minerKey.address, clock: systemClock, to, timeoutMs: 5_000 };
  return (await btauth.request.write(parts, { ...more, session: "s" })).headers;
}
interface Answered {
  readonly status: number;
  readonly pid: number | null;
}
/** Over a connection of its own, unless an agent is given. */
function send(
  port: number,
  headers: Readonly<Record<string, string>>,
  agent: Agent | false = false,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method: "POST", path: "/ConversionSynapse", agent };
    const asking = request({ ...options, headers: { ...headers, "content-length": BODY.length } }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => {
        text += String(chunk);
      });
      incoming.on("end", () => {
        const pid: unknown = JSON.parse(text)?.prediction?.time_to_conversion_seconds;
        resolve({ status: incoming.statusCode ?? 0, pid: typeof pid === "number" ? pid : null });
      });
    });
    asking.on("error", reject).end(BODY);
  });
}
const pidsOf = (answers: readonly Answered[]) => [...new Set(answers.flatMap(({ pid }) => pid ?? []))];
const many = async (port: number, count: number) =>
  Promise.all(Array.from({ length: count }, async () => send(port, await signed(port))));

/** A metric of the page, all its series added up. */
async function metric(url: string, name: string, labels = ""): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const lines = page.split("\n").filter((line) => line.startsWith(name) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
const answered = (url: string) => metric(url, "conversion_subnet_requests_total", 'outcome="OK"');

/** Asks over kept connections until told to stop; what was not answered with 200. */
function steadyLoad(port: number, connections: number) {
  const failures: string[] = [];
  let [asked, over] = [0, false];
  const lane = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!over) {
      asked += 1;
      try {
        const { status } = await send(port, await signed(port), agent);
        if (status !== 200) failures.push(`status ${status}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
    agent.destroy();
  };
  const lanes = Array.from({ length: connections }, lane);
  return {
    failures,
    get asked() {
      return asked;
    },
    async stop() {
      over = true;
      await Promise.all(lanes);
    },
  };
}
const until = async (check: () => boolean | Promise<boolean>, miner: Running) => {
  while (!(await check())) {
    if (miner.child.exitCode !== null) throw new Error(`The miner ended:\n${miner.text()}`);
    await pause(50);
  }
};

describe("a miner of two processes", () => {
  it("answers from both, takes each request once whichever gets it, and counts as one", async () => {
    const { miner, port, peer, url } = await servingMiner();
    const first = await many(port, 24);
    expect(first.map(({ status }) => status)).toEqual(new Array(24).fill(200));
    expect(pidsOf(first)).toHaveLength(2);
    const again = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const headers = await signed(port);
        return Promise.all(Array.from({ length: 6 }, () => send(port, headers)));
      }),
    );
    for (const six of again) expect(six.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401]);
    await until(async () => (await answered(url)) === 44, miner);
    expect(await metric(url, "conversion_subnet_requests_total", 'outcome="REPLAYED_REQUEST"')).toBe(100);
    expect(await metric(url, "conversion_subnet_build_info")).toBe(1);

    const view = async (): Promise<MinerView> => JSON.parse(await (await fetch(`${url}/api/miners/miner`)).text());
    await until(async () => (await view()).serving?.predicted === 44, miner);
    expect((await view()).serving).toMatchObject({ serving: true, predicted: 44 });
    const client = createClient({ timeoutMs: 5_000 }, { signer: place.judge.signer, clock: systemClock });
    expect(await client.ask(peer, questionOf(2), { timeoutMs: 5_000 })).toMatchObject({ ok: true });
  });

  it("on SIGHUP puts new processes in the place of both, and nobody's question is lost", async () => {
    const { miner, port, url } = await servingMiner();
    const before = pidsOf(await many(port, 24));
    const load = steadyLoad(port, 4);
    miner.child.kill("SIGHUP");
    await waitFor(miner, "Reloaded");
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.asked).toBeGreaterThan(50);
    const after = pidsOf(await many(port, 24));
    expect(after).toHaveLength(2);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    // What those that ended had counted is not gone.
    await until(async () => (await answered(url)) >= load.asked + 48, miner);
    expect(await answered(url)).toBe(load.asked + 48);
  });

  it("starts another when one is killed, and accepts nothing twice because of it", async () => {
    const { miner, port } = await servingMiner();
    const [victim = 0] = pidsOf(await many(port, 24));
    const headers = await Promise.all(Array.from({ length: 12 }, () => signed(port)));
    for (const one of headers) expect((await send(port, one)).status).toBe(200);
    process.kill(victim, "SIGKILL");
    await waitFor(miner, "A process of this miner ended; another takes its place");
    await until(async () => pidsOf(await many(port, 24)).length === 2, miner);
    for (const one of headers) expect((await send(port, one)).status).toBe(401);
    expect(pidsOf(await many(port, 24))).not.toContain(victim);
  });

  it("ends with 0 on SIGTERM, leaving no process, and its processes do not outlive it when it is killed", async () => {
    const { miner, port } = await servingMiner();
    const pids = pidsOf(await many(port, 24));
    miner.child.kill("SIGTERM");
    expect((await miner.ended).code).toBe(0);
    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(pids.map(isAlive)).toEqual([false, false]);

    const other = await servingMiner();
    const orphans = pidsOf(await many(other.port, 24));
    other.miner.child.kill("SIGKILL");
    while (orphans.some(isAlive)) await pause(50);
  });

  it("says once why it cannot start", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await writeFile(join(place.home, "model.js"), MODEL);
    const flags = ["--model", "model.js", "--wallet.name", "miner", "--axon.port", String(port), "--no-admin"];
    const { code, stderr } = await place.run("miner", "run", "--workers", "2", ...flags).ended;
    expect([code, stderr.split(`The server cannot listen on port ${port}`).length - 1]).toEqual([1, 1]);
  });
});
