import { randomUUID } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { newQuestion, REPLIES, SETTLED } from "../support/history-records.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { expectPlayed, open, play, standing } from "../support/postgres-history.ts";

describe.skipIf(!hasPostgres)("a history in PostgreSQL", () => {
  it("goes on with the standby when the primary is killed, and does not go back: what was acknowledged is there, once", async () => {
    const primary = await startPostgres();
    onTestFinished(() => primary.end());
    const standby = await primary.standby();
    onTestFinished(() => standby.end());
    primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.sql("SELECT pg_reload_conf()");
    const url = `postgres://test@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`;
    const validator = randomUUID();
    const history = await open({ url, validator });
    for (let number = 1; number <= 20; number++) await play(history, number);
    const playing = (async () => {
      for (let number = 21; number <= 60; number++) await play(history, number);
    })();
    await primary.kill();
    standby.promote();
    await playing;
    await expectPlayed(history, 60);
    expect(standby.sql("SELECT pg_is_in_recovery()")).toBe("f");

    // The former primary comes back, and knows nothing of what its successor has taken.
    await primary.start();
    await standby.kill();
    const going = play(history, 61);
    await new Promise((later) => setTimeout(later, 1_000));
    await standby.start();
    await going;
    await expectPlayed(history, 61);
    expect(primary.sql("SELECT max(number) < 60 FROM conversion_subnet.history_questions")).toBe("t");
  });

  it("takes a round of 256 answers", async () => {
    const server = await startPostgres();
    onTestFinished(() => server.end());
    const history = await open({ url: server.url });
    const hotkeys = Array.from({ length: 256 }, (_, i) => `5Grwva${String(i).padStart(42, "x")}`);
    const [reply, score] = [REPLIES.get("hk-b"), SETTLED.scores.get("hk-b")];
    if (reply === undefined || score === undefined) throw new Error("There are such.");
    const replies = new Map(hotkeys.map((hotkey) => [hotkey, reply]));
    const scores = new Map(hotkeys.map((hotkey) => [hotkey, score]));
    const times: number[] = [];
    for (let number = 1; number <= 60; number++) {
      await history.recordQuestion(newQuestion(number, { asked: hotkeys }));
      const startedMs = performance.now();
      await history.recordReplies(number, replies);
      const standings = hotkeys.map((hotkey) => ({ ...standing(number), hotkey }));
      await history.recordSettled(number, { ...SETTLED, scores }, standings);
      times.push(performance.now() - startedMs);
    }
    // What the disk takes for a round's two commits alone, while this machine is as busy.
    const path = join(tmpdir(), `sync-${randomUUID()}`);
    const file = openSync(path, "wx");
    unlinkSync(path);
    const syncs = times.map(() => {
      const startedMs = performance.now();
      for (const _ of [1, 2]) fdatasyncSync(writeSync(file, Buffer.alloc(16_384)) > 0 ? file : -1);
      return performance.now() - startedMs;
    });
    closeSync(file);
    const at = (all: number[], share: number) => all.sort((a, b) => a - b)[Math.floor(all.length * share)]?.toFixed(1);
    const [p10, p50, p90] = [at(times, 0.1), at(times, 0.5), at(times, 0.9)];
    process.stdout.write(
      `A round of 256 answers, stored and scored in PostgreSQL: p10 ${p10}, p50 ${p50}, p90 ${p90} ms; two syncs of the disk alone: p50 ${at(syncs, 0.5)} ms.\n`,
    );
    expect((await history.question(60))?.settled?.scores.size).toBe(256);
  });
});
