import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { silentLogger, sleep } from "../../src/core/index.ts";
import { copyHistory, createPostgresHistory } from "../../src/postgres/index.ts";
import { openStore } from "../../src/store/index.ts";
import {
  createSqliteHistory,
  forgetConversation,
  HISTORY_SCHEMA,
  type HistoryStore,
} from "../../src/validator/index.ts";
import { commandLine } from "../support/command.ts";
import { MODE, newQuestion, REPLIES, SETTLED, testHistoryStore } from "../support/history-store.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { expectPlayed, open, play, shares, standing } from "../support/postgres-history.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

describe.skipIf(!hasPostgres)("a history in PostgreSQL", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.end());
  const proxied = async () => {
    const proxy = await startTcpProxy(server.port);
    onTestFinished(() => proxy.end());
    return { proxy, url: `postgres://test@127.0.0.1:${proxy.port}/postgres` };
  };

  testHistoryStore("in PostgreSQL", async () => {
    const validator = randomUUID();
    const start = () => createPostgresHistory({ url: server.url, validator }, { logger: silentLogger });
    let history = await start();
    return {
      history,
      async reopen() {
        await history.close();
        history = await start();
        return history;
      },
      close: () => history.close(),
    };
  });

  it("says which package is missing, and how to get it", async () => {
    const load = () => Promise.reject(new Error("Cannot find package"));
    await expect(open({ url: server.url, load })).rejects.toMatchObject({
      code: "PACKAGE_MISSING",
      message: expect.stringContaining("npm install --save-prod pg@"),
    });
  });

  it("names the address, without its password, where nobody is, and where it is refused", async () => {
    const refused = (url: string) => open({ url }).then(String, (error) => `${error.code} ${error.message}`);
    const nobody = await refused("postgres://me:secret@127.0.0.1:1,127.0.0.1:2/db?application_name=secret");
    expect(nobody).toMatch(/^POSTGRES_UNAVAILABLE [\s\S]*postgres:\/\/127\.0\.0\.1:1,127\.0\.0\.1:2\/db\n/);
    const missing = await refused(server.url.replace("test@", "test:secret@").replace(/postgres$/, "nothing"));
    expect(missing).toMatch(/^POSTGRES_REFUSED [\s\S]*database "nothing" does not exist/);
    expect(nobody + missing).not.toContain("secret");
    expect(await refused("mysql://127.0.0.1/db")).toMatch(/^INVALID_ARGUMENT/);
    expect(await refused("postgres://127.0.0.1")).toMatch(/^INVALID_ARGUMENT/);
  });

  it("is begun by several processes at once, in an empty database, and kept apart by validator", async () => {
    server.sql("CREATE DATABASE fresh");
    const url = server.url.replace(/postgres$/, "fresh");
    const histories = await Promise.all(["a", "b", "c", "d"].map((validator) => open({ url, validator })));
    await Promise.all(
      histories.map(async (history, i) => {
        for (let number = 1; number <= 10 + i; number++) await play(history, number);
      }),
    );
    for (const [i, history] of histories.entries()) await expectPlayed(history, 10 + i);
  });

  it("is recorded by one process of a validator: another is refused, until the first is killed", async () => {
    const validator = randomUUID();
    const child = spawn(process.execPath, ["test/support/record-history.mjs", server.url, validator]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const acknowledged: number[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => acknowledged.push(Number(line)));
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(50), { timeout: 30_000 });
    await expect(open({ url: server.url, validator })).rejects.toMatchObject({ code: "HISTORY_TAKEN" });
    const beside = await open({ url: server.url, validator, access: "read" });
    expect(await beside.lastNumber()).toBeGreaterThan(50);
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGKILL");
    await ended;
    const history = await open({ url: server.url, validator });
    const found = (await history.latest(1e6)).reverse();
    expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(found.length - acknowledged.length).toBeLessThan(2);
  });

  it("loses and doubles nothing when the server is killed in the middle, and starts again", async () => {
    const validator = randomUUID();
    const history = await open({ url: server.url, validator });
    let number = 0;
    const playUntil = async (last: number) => {
      while (number < last) await play(history, ++number);
    };
    for (const last of [50, 100, 150]) {
      const playing = playUntil(last);
      await vi.waitFor(() => expect(number).toBeGreaterThan(last - 40), { interval: 1, timeout: 20_000 });
      await server.kill();
      await server.start();
      await playing;
    }
    await expectPlayed(history, 150);
    await history.close();
    await expectPlayed(await open({ url: server.url, validator }), 150);
  });

  it("does not take another transaction for one that a kill took back before its COMMIT came", async () => {
    const { proxy, url } = await proxied();
    const history = await open({ url });
    await play(history, 1);
    let swallowed = 0;
    proxy.swallow = (piece) => piece.includes("COMMIT") && ++swallowed > 0;
    const playing = play(history, 2);
    await vi.waitFor(() => expect(swallowed).toBe(1));
    await server.kill();
    proxy.swallow = () => false;
    // The server gives the same number to the next transaction.
    await server.start();
    await playing;
    await expectPlayed(history, 2);
  });

  it("loses and doubles nothing when connections are cut at any moment, nor where only the answer to a COMMIT is lost", async () => {
    const { proxy, url } = await proxied();
    const history = await open({ url });
    for (let number = 1; number <= 40; number++) {
      const cutting = setInterval(() => proxy.cut(), 3 + (number % 7));
      setTimeout(() => clearInterval(cutting), 12);
      await play(history, number);
    }
    let lost = 0;
    proxy.cutAfter = (piece) => piece.includes("COMMIT") && ++lost % 2 === 1;
    for (let number = 41; number <= 60; number++) await play(history, number);
    expect(lost).toBeGreaterThan(40);
    expect((await history.weights(99)).length).toBe(60);
    // What was committed tells how many there were, though it is done once.
    expect([await history.forget("c7"), await history.forget("c8")]).toEqual([1, 1]);
    expect(await history.prune({ beforeMs: newQuestion(11).askedAtMs, keep: 50 })).toBe(10);
    expect((await history.info()).pruned).toBe(10);
    proxy.cutAfter = () => false;
    expect(await history.latest(99)).toEqual(Array.from({ length: 50 }, (_, i) => 60 - i));
  });

  it("goes on over a slow way, and where nothing comes back for longer than a statement may take", async () => {
    const { proxy, url } = await proxied();
    const history = await open({ url, timeoutMs: 1_000 });
    await play(history, 1);
    proxy.delayMs = 40;
    await play(history, 2);
    proxy.delayMs = 20_000;
    const playing = play(history, 3);
    await sleep(1_500);
    proxy.delayMs = 0;
    await playing;
    await expectPlayed(history, 3);
  });

  it("says so when it is away for too long, records again when it is back, and stops where another has taken its place", async () => {
    const { proxy, url } = await proxied();
    const validator = randomUUID();
    const history = await open({ url, validator, retryMs: 500 });
    await play(history, 1);
    const isOpen = (open: boolean) => {
      proxy.isOpen = open;
      if (!open) proxy.cut();
    };
    isOpen(false);
    await expect(history.recordQuestion(newQuestion(2))).rejects.toMatchObject({ code: "POSTGRES_UNAVAILABLE" });
    isOpen(true);
    await play(history, 2);
    await expectPlayed(history, 2);
    isOpen(false);
    const other = await open({ url: server.url, validator });
    await play(other, 3);
    isOpen(true);
    await expect(history.recordQuestion(newQuestion(4))).rejects.toMatchObject({ code: "HISTORY_TAKEN" });
    await expectPlayed(other, 3);
  });

  it("has a part for each month, made ahead, and drops those that nobody needs", async () => {
    const at = (number: number, month: string) =>
      newQuestion(number, { askedAtMs: Date.parse(`${month}-20T00:00:00Z`) });
    const months = () =>
      server.sql(`SELECT string_agg(right(relname, 7), ' ' ORDER BY relname) FROM pg_class c JOIN pg_inherits ON inhrelid = c.oid
        WHERE inhparent = 'conversion_subnet.history_scores'::regclass AND relname LIKE '%_scores_2031_%'`);
    const [one, two] = [await open({ url: server.url }), await open({ url: server.url })];
    for (const [history, month] of [
      [one, "2031-03"],
      [one, "2031-04"],
      [two, "2031-03"],
    ] as const) {
      const number = (await history.lastNumber()) + 1;
      await history.recordQuestion(at(number, month));
      await history.recordReplies(number, REPLIES);
      await history.recordSettled(number, SETTLED, []);
    }
    expect(months()).toBe("2031_03 2031_04 2031_05");
    const beforeMs = Date.parse("2031-05-01");
    expect(await one.prune({ beforeMs, keep: 0 })).toBe(2);
    expect(months()).toBe("2031_03 2031_05");
    expect([(await one.info()).answers, (await two.info()).answers]).toEqual([0, 3]);
    expect(await two.prune({ beforeMs, keep: 0 })).toBe(1);
    expect(months()).toBe("2031_05");
    await one.recordQuestion(at(3, "2031-03"));
    await two.recordQuestion(at(2, "2031-03"));
    expect([(await one.latest(9)).length, (await two.latest(9)).length, months()]).toEqual([
      1,
      1,
      "2031_03 2031_04 2031_05",
    ]);
  });

  describe("that was kept in SQLite before", () => {
    const heard = commandLine();
    /** Questions of two modes and two months: settled, void, known, open, pruned, forgotten. */
    const filled = async () => {
      const folder = mkdtempSync(join(tmpdir(), "history-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const path = join(folder, "history.db");
      const store = await openStore(path, { schemas: [HISTORY_SCHEMA] });
      const history = createSqliteHistory(store);
      for (let number = 1; number <= 330; number++) {
        const mode = number % 5 === 0 ? { ...MODE, version: 2 } : MODE;
        await history.recordQuestion(newQuestion(number, { mode, askedAtMs: 1_700_000_000_000 + number * 9_000_000 }));
        if (number % 7 !== 0) await history.recordReplies(number, REPLIES);
        if (number % 11 === 0) await history.recordTruth(number, SETTLED);
        else if (number % 13 !== 0) {
          const settled =
            number % 3 === 0 ? { truth: null, reason: "void: lost", atSeconds: 1, scores: new Map() } : SETTLED;
          await history.recordSettled(number, settled, [standing(number)]);
        }
        if (number % 50 === 0) await history.recordWeights({ setAtMs: number, block: number, shares });
      }
      await history.setValue("salt", "s");
      await history.prune({ beforeMs: newQuestion(1).askedAtMs + 9_000_000 * 40, keep: 100 });
      await forgetConversation({ store, history }, "c99");
      return { path, store, history };
    };
    const everything = async (history: HistoryStore) => {
      const all = async <T>(items: AsyncIterable<T>) => {
        const found: T[] = [];
        for await (const item of items) found.push(item);
        return found;
      };
      return {
        asked: await all(history.records({ order: "asked" })),
        settled: (await all(history.records())).map(({ open }) => open.number),
        open: await history.open(),
        truths: await all(history.truths()),
        strata: await history.prunedStrata(),
        standings: [await history.standings(MODE), await history.standings({ ...MODE, version: 2 })],
        weights: await history.weights(99),
        values: [await history.value("salt"), await history.value("copied up to")],
        last: [await history.lastNumber(), await history.latest(999)],
        info: await history.info(),
      };
    };

    it("is copied by `history migrate` as it is, twice the same, and not over what a validator recorded", async () => {
      const { path, store, history } = await filled();
      const wanted = await everything(history);
      expect([wanted.info.pruned, wanted.info.questions, wanted.info.open, wanted.asked.length]).toEqual([
        34, 296, 53, 296,
      ]);
      await store.close();
      const validator = randomUUID();
      const there = ["--history.postgres", server.url, "--history.validator", validator];
      const migrate = () =>
        heard.run("history", "migrate", "--from", path, "--to", server.url, "--history.validator", validator, "--json");
      for (const _ of [1, 2]) {
        await migrate();
        expect(JSON.parse(heard.heard.stdout)).toEqual({ from: path, validator, questions: 296, resumedAt: 0 });
        const copy = await createPostgresHistory(
          { url: server.url, validator, access: "read" },
          { logger: silentLogger },
        );
        expect(await everything(copy)).toEqual(wanted);
        await copy.close();
      }
      await heard.run("history", "info", "--json", ...there);
      expect(JSON.parse(heard.heard.stdout)).toMatchObject({ validator, questions: 296, pruned: 34 });
      await heard.run("explain", "329", "hk-a", "--json", ...there);
      expect(JSON.parse(heard.heard.stdout)).toMatchObject({ hotkey: "hk-a" });
      await heard.run("history", "forget", "c98", "--history", path, ...there, "--json");
      // In the copy, and in the file.
      expect(JSON.parse(heard.heard.stdout)).toMatchObject({ rows: { questions: 2 } });

      const run = await open({ url: server.url, validator });
      await run.recordQuestion(newQuestion(331, { conversationId: "c99" }));
      expect((await run.question(331))?.open.conversationId).toBe("");
      await run.close();
      await expect(migrate()).rejects.toMatchObject({ code: "HISTORY_BEGUN" });
    });

    it("goes on where an interrupted copy stopped, and nobody records in a half one", async () => {
      const { store, history } = await filled();
      const wanted = await everything(history);
      const to = { url: server.url, validator: randomUUID() };
      const controller = new AbortController();
      const stop = { signal: controller.signal, onProgress: () => controller.abort(new Error("stop")) };
      await expect(copyHistory(store, to, { logger: silentLogger, ...stop })).rejects.toThrow("stop");
      await expect(open(to)).rejects.toMatchObject({ code: "COPY_UNFINISHED" });
      const steps: number[] = [];
      const onProgress = (done: number) => steps.push(done);
      expect(await copyHistory(store, to, { logger: silentLogger, onProgress })).toEqual({
        questions: 296,
        resumedAt: wanted.asked[99]?.open.number,
      });
      expect(steps).toEqual([200, 296]);
      expect(await everything(await open(to))).toEqual(wanted);
      await store.close();
    });
  });
});
