/** Several doors and one validator over a Redis stream, all of them processes of the command line, all of them killed. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { addStake, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { silentLogger, systemClock } from "../../src/core/index.ts";
import { createLocalnet, ledgerChain } from "../../src/localnet/index.ts";
import { openStore } from "../../src/store/index.ts";
import { keypairFromUri, writeWallet } from "../../src/wallet/index.ts";
import { CLI, environment, freePort, type Running, start, stop, waitFor } from "../support/processes.ts";
import { isInstalled, scratch } from "../support/servers.ts";
import { startSafeRedis } from "../support/streams.ts";

const patient = { timeout: 60_000, interval: 50 };

/** A ledger with one validator, a home folder with its wallet, and the command line there. */
async function world(redis: string) {
  const [cold, judge] = [keypairFromUri("//doors//cold").signer, keypairFromUri("//doors//judge")];
  const localnet = createLocalnet(
    { seed: 1, blockTimeMs: 200, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 2 } } },
    { clock: systemClock, logger: silentLogger },
  );
  const chain = ledgerChain(localnet.ledger);
  await register(chain, { netuid: 1, hotkey: judge.address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: judge.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 3; i++) localnet.ledger.produceBlock();
  await localnet.start();
  onTestFinished(() => localnet.stop());
  const home = await scratch();
  await writeWallet({ path: join(home, ".bittensor/wallets"), name: "judge", hotkey: "default" }, { hotkey: judge });
  const env = {
    ...environment(home, localnet.status().url ?? ""),
    CONVERSION_SUBNET_HOME: join(home, ".conversion-subnet"),
    CONVERSION_SUBNET_EVENTS_REDIS: redis,
  };
  const run = (...args: string[]): Running => {
    const one = start(process.execPath, [CLI, ...args], home, env);
    onTestFinished(() => stop(one));
    return one;
  };
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args).ended;
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  return { home, run, said };
}
const kill = async ({ child, ended }: Running) => {
  child.kill("SIGKILL");
  await ended;
};

describe.skipIf(!isInstalled("redis-server"))("two doors and a validator", () => {
  it("lose nothing that was answered, and double nothing, whichever of them is killed", async () => {
    const redis = await startSafeRedis();
    const { home, run, said } = await world(redis.url);
    const key = await said("keys", "create", "--name", "shop", "--history", "keys.db");
    const ports = [await freePort(), await freePort()];
    const openDoor = (port = 0) => run("ingest", "door", "--history", "keys.db", "--events.port", `${port}`);
    const doors = ports.map(openDoor);
    const history = join(home, "history.db");
    const admin = await freePort();
    const judge = () =>
      run("validator", "run", "--wallet.name", "judge", "--history", history, "--admin.port", `${admin}`);
    for (const door of doors) await waitFor(door, "Live conversations are taken");

    const answered = new Set<string>();
    let next = 0;
    /** Sends new events to both doors in turn; one that is away leaves its own to the other, as a proxy would. */
    const send = async (count: number) => {
      for (let i = 0; i < count; i += 50) {
        const events = Array.from({ length: 50 }, () => {
          next += 1;
          const base = { id: `e-${next}`, conversation_id: `c-${next % 100}`, at: new Date().toISOString() };
          return { ...base, type: "message", role: "user", text: "Hello, a table for two?" };
        });
        const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
        const sending = { method: "POST", headers, body: JSON.stringify({ events }) };
        const at = (port = 0) => fetch(`http://127.0.0.1:${port}/v1/events/batch`, sending);
        const turn = (i / 50) % 2;
        const post = () => at(ports[turn]).catch(() => at(ports[1 - turn]));
        let response = await post();
        // What a sender does that was told to come back.
        for (; response.status === 503; response = await post()) await pause(50);
        expect(response.status).toBe(202);
        for (const { id } of events) answered.add(id);
      }
    };
    const stored = async () => {
      const store = await openStore(history, { schemas: [], access: "read" });
      try {
        return new Set(store.sql.all("SELECT id FROM ingest_events").map(({ id }) => String(id)));
      } finally {
        await store.close();
      }
    };
    const missing = async () => {
      const there = await stored();
      return [...answered].filter((id) => !there.has(id)).length;
    };

    // Before the validator has ever run.
    await send(300);
    let validator = judge();
    await waitFor(validator, "Events are taken from a stream");
    await expect.poll(missing, patient).toBe(0);
    // Killed in the middle of taking them, and away while others come.
    const sending = send(4_000);
    await expect.poll(async () => (await stored()).size, { ...patient, interval: 5 }).toBeGreaterThan(500);
    await kill(validator);
    await sending;
    if (doors[0] !== undefined) await kill(doors[0]);
    await send(300);
    expect(await missing()).toBeGreaterThan(0);
    validator = judge();
    await expect.poll(missing, patient).toBe(0);
    expect((await stored()).size).toBe(next);

    // The same id for something else: the door cannot know, the validator does, and the letter says so.
    const other = { id: "e-1", type: "converted", conversation_id: "c-1", at: new Date().toISOString() };
    const headers = { authorization: `Bearer ${key}` };
    const taken = await fetch(`http://127.0.0.1:${ports[1]}/v1/events`, {
      ...{ method: "POST", headers, body: JSON.stringify(other) },
    });
    expect(taken.status).toBe(202);
    const letters = async (...more: string[]) =>
      JSON.parse(await said("ingest", "dead-letters", "--json", ...more)).deadLetters;
    await expect.poll(letters, patient).toMatchObject([{ reason: expect.stringMatching(/^EVENT_CONFLICT: /) }]);
    expect(await letters("--reason", "SINK_FAILED", "--requeue")).toEqual([]);
    expect(await letters("--requeue")).toMatchObject([{ requeued: true }]);

    // Redis is killed: the validator and the door say so, and go on when it is back.
    const reasons = async () => {
      const text = await (await fetch(`http://127.0.0.1:${admin}/readyz`)).text();
      return [...text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);
    };
    const health = async () => (await fetch(`http://127.0.0.1:${ports[1]}/health`)).status;
    await expect.poll(reasons, patient).toEqual([]);
    await redis.kill();
    await expect.poll(reasons, patient).toEqual(["EVENTS_LOST"]);
    await expect.poll(health, patient).toBe(503);
    await redis.start();
    await expect.poll(health, patient).toBe(200);
    await send(300);
    await expect.poll(missing, patient).toBe(0);
    await expect.poll(reasons, patient).toEqual([]);

    await stop(validator);
    expect((await validator.ended).code).toBe(0);
    if (doors[1] !== undefined) await stop(doors[1]);
    expect((await doors[1]?.ended)?.code).toBe(0);
    for (const one of [...doors, validator]) expect(one.text()).not.toContain("a table for two");
  });

  it("say what is missing before they begin", async () => {
    const { said } = await world("redis://127.0.0.1:1");
    await said("keys", "create", "--name", "shop", "--history", "keys.db");
    const failed = (...args: string[]) => expect(said(...args)).rejects;
    await Promise.all([
      failed("ingest", "door", "--history", "none.db").toThrow("There are no keys at"),
      failed("ingest", "door", "--history", "keys.db").toThrow("mend --events.redis"),
      failed("validator", "run", "--wallet.name", "judge", "--no-admin").toThrow("Redis cannot be used"),
    ]);
  });
});
