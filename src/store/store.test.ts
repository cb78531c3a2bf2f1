import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgetInTables, openStore, pruneTables, type Schema, type Store, tableRules } from "./index.ts";

const EVENTS: Schema = {
  name: "events",
  migrations: [
    { version: 1, why: "events by id", sql: "CREATE TABLE events (id TEXT PRIMARY KEY, at REAL NOT NULL) STRICT" },
  ],
};
const TWO: Schema = {
  name: "events",
  migrations: [
    ...EVENTS.migrations,
    { version: 2, why: "who sent them", sql: "ALTER TABLE events ADD COLUMN sender TEXT" },
  ],
};
const INSERT = "INSERT INTO events (id, at) VALUES (?, ?)";

let folder: string;
let path: string;
const opened: Store[] = [];
const opening = async (options: Partial<Parameters<typeof openStore>[1]> = {}, where = path) => {
  const store = await openStore(where, { schemas: [EVENTS], ...options });
  opened.push(store);
  return store;
};
const count = (store: Store) => Number(store.sql.get("SELECT count(*) AS n FROM events")?.n);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
  path = join(folder, "state", "history.db");
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("openStore", () => {
  it("makes a file of this user alone, with a log, full syncs and foreign keys", async () => {
    const store = await opening();
    store.transaction((sql) => sql.run(INSERT, "a", 1));
    const bits = (name: string) => (statSync(name).mode & 0o777).toString(8);
    expect([bits(join(folder, "state")), bits(path), bits(`${path}-wal`), bits(`${path}-shm`)]).toEqual([
      "700",
      "600",
      "600",
      "600",
    ]);
    expect(store.sql.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
    expect(store.sql.get("PRAGMA synchronous")).toEqual({ synchronous: 2 });
    expect(store.sql.get("PRAGMA foreign_keys")).toEqual({ foreign_keys: 1 });
    expect(store.sql.get("PRAGMA secure_delete")).toEqual({ secure_delete: 1 });
  });

  it("keeps what it was told for the next one who opens it", async () => {
    const first = await opening();
    await first.submit((sql) => sql.run(INSERT, "a", 1.5));
    await first.close();
    const second = await opening();
    expect(second.sql.all("SELECT * FROM events")).toEqual([{ id: "a", at: 1.5 }]);
  });

  it("is owned by one process; others may share or read it", async () => {
    const owner = await opening();
    await expect(opening()).rejects.toMatchObject({ code: "LOCKED" });
    const shared = await opening({ access: "share" });
    shared.transaction((sql) => sql.run(INSERT, "a", 1));
    const reader = await opening({ access: "read" });
    expect([count(owner), count(reader)]).toEqual([1, 1]);
    const closed = owner.close();
    await closed;
    await expect(opening()).resolves.toBeDefined();
  });

  it("gives up its lock when it cannot be opened", async () => {
    await (await opening({ schemas: [TWO] })).close();
    await expect(opening()).rejects.toMatchObject({ code: "STORE_NEWER" });
    await expect(opening({ schemas: [TWO] })).resolves.toBeDefined();
  });
});

describe("migrations", () => {
  it("run once each, in order, and leave what is there", async () => {
    const old = await opening();
    old.transaction((sql) => sql.run(INSERT, "a", 1));
    await old.close();
    const fresh = await opening({ schemas: [TWO] });
    expect(fresh.sql.all("SELECT * FROM events")).toEqual([{ id: "a", at: 1, sender: null }]);
    expect(fresh.sql.get("SELECT version FROM store_schemas WHERE name = 'events'")).toEqual({ version: 2 });
  });

  it("are all or nothing", async () => {
    await (await opening()).close();
    const broken = { version: 3, why: "a mistake", sql: "CREATE TABLE more (a TEXT); CREATE TABLE events (b TEXT)" };
    const three: Schema = { name: "events", migrations: [...TWO.migrations, broken] };
    await expect(opening({ schemas: [three] })).rejects.toMatchObject({ code: "STORE_FAILED" });
    const store = await opening();
    expect(store.sql.all("SELECT name FROM pragma_table_info('events')")).toEqual([{ name: "id" }, { name: "at" }]);
    expect(store.sql.get("SELECT count(*) AS n FROM sqlite_master WHERE name = 'more'")).toEqual({ n: 0 });
  });

  it("refuse names that would be statements, and versions with gaps", async () => {
    const rule = { table: "events; DROP TABLE x", kind: "text", timeColumn: null, conversationColumn: null } as const;
    await expect(opening({ schemas: [{ ...EVENTS, tables: [rule] }] })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const gap: Schema = { name: "gap", migrations: [{ version: 2, why: "none", sql: "SELECT 1" }] };
    await expect(opening({ schemas: [gap] })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("submit", () => {
  it("commits what came in one turn together, and answers after it", async () => {
    const store = await opening();
    const other = await opening({ access: "read" });
    const all = Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const changes = await store.submit((sql) => sql.run(INSERT, `e-${i}`, i));
        // Another connection sees it, so it was committed.
        return [changes, other.sql.get("SELECT 1 AS there FROM events WHERE id = ?", `e-${i}`)?.there];
      }),
    );
    expect(store.waiting).toBe(100);
    expect(count(other)).toBe(0);
    expect(await all).toEqual(Array.from({ length: 100 }, () => [1, 1]));
    expect(store.counts).toMatchObject({ commits: 1, writes: 100 });
  });

  it("takes back a write that throws, and no other", async () => {
    const store = await opening();
    const outcomes = await Promise.allSettled([
      store.submit((sql) => sql.run(INSERT, "a", 1)),
      store.submit((sql) => {
        sql.run(INSERT, "b", 2);
        throw new Error("no");
      }),
      store.submit((sql) => sql.run(INSERT, "a", 3)),
      store.submit((sql) => sql.run(INSERT, "c", 4)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(outcomes[2]).toMatchObject({ reason: { code: "STORE_FAILED", reason: "SQLITE_CONSTRAINT_PRIMARYKEY" } });
    expect(store.sql.all("SELECT id FROM events ORDER BY id")).toEqual([{ id: "a" }, { id: "c" }]);
  });

  it("refuses a write that goes on later", async () => {
    const store = await opening();
    await expect(store.submit(async (sql) => sql.run(INSERT, "a", 1))).rejects.toMatchObject({ argument: "write" });
    expect(count(store)).toBe(0);
  });

  it("commits in portions, so that a flood leaves others their turn", async () => {
    const store = await opening();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => store.submit((sql) => sql.run(INSERT, `${i}`, i))));
    clearInterval(timer);
    expect(store.counts.commits).toBeGreaterThanOrEqual(10);
    expect(turns).toBeGreaterThan(2);
  });

  it("commits what waits when it is closed, and refuses more", async () => {
    const store = await opening();
    const waiting = store.submit((sql) => sql.run(INSERT, "a", 1));
    await store.close();
    expect(await waiting).toBe(1);
    await expect(store.submit(() => 1)).rejects.toMatchObject({ code: "STORE_CLOSED" });
    expect(() => store.sql.get("SELECT 1")).toThrow("The store is closed.");
    expect(count(await opening())).toBe(1);
  });

  it("rejects all of a commit that another process holds up for too long", async () => {
    const store = await opening({ busyTimeoutMs: 30 });
    const other = await opening({ access: "share", busyTimeoutMs: 30 });
    const held = other.transaction((sql) => {
      sql.run(INSERT, "x", 1);
      try {
        store.transaction((inner) => inner.run(INSERT, "a", 1));
        return null;
      } catch (error) {
        return error;
      }
    });
    expect(held).toMatchObject({ code: "STORE_FAILED", reason: "SQLITE_BUSY" });
    expect(await store.submit((sql) => sql.run(INSERT, "a", 1))).toBe(1);
  });
});

describe("values", () => {
  it.each([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a text with NUL", "a\0b"],
    ["a yes", true],
    ["nothing at all", undefined],
    ["an object", {}],
  ])("refuses %s", async (_, value) => {
    const store = await opening({}, ":memory:");
    // A caller without types.
    const write = () => store.transaction((sql) => sql.run(INSERT, "a", value as number));
    expect(write).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(count(store)).toBe(0);
  });

  it("gives back texts, numbers and bytes as they were", async () => {
    const store = await opening({}, ":memory:");
    const bytes = new Uint8Array([0, 1, 255]);
    const row = store.sql.get("SELECT ? AS a, ? AS b, ? AS c, ? AS d", "ä 😀", 0.1, bytes, null);
    expect(row).toEqual({ a: "ä 😀", b: 0.1, c: Buffer.from(bytes), d: null });
  });

  it("reads row by row, also the same query twice at once, and while others write", async () => {
    const store = await opening();
    store.transaction((sql) => {
      for (let i = 0; i < 1_000; i++) sql.run(INSERT, String(i).padStart(4, "0"), i);
    });
    let pairs = 0;
    for (const outer of store.sql.iterate("SELECT at FROM events WHERE at < ? ORDER BY id", 3)) {
      for (const inner of store.sql.iterate("SELECT at FROM events WHERE at < ? ORDER BY id", 3)) {
        pairs += Number(outer.at) <= Number(inner.at) ? 1 : 0;
        if (pairs === 2) store.transaction((sql) => sql.run("UPDATE events SET at = at WHERE id = '0000'"));
      }
    }
    expect(pairs).toBe(6);
    const [first] = store.sql.iterate("SELECT id FROM events ORDER BY id");
    expect(first).toEqual({ id: "0000" });
  });
});

describe("backup", () => {
  it("is one whole file of this user alone, also while others own and write the store", async () => {
    const store = await opening();
    store.transaction((sql) => sql.run(INSERT, "a", 1));
    const reader = await opening({ access: "read" });
    const target = join(folder, "backups", "it's one.db");
    const size = await reader.backup(target);
    expect([size, (statSync(target).mode & 0o777).toString(8)]).toEqual([statSync(target).size, "600"]);
    store.transaction((sql) => sql.run(INSERT, "b", 2));
    expect(readdirSync(join(folder, "backups"))).toEqual(["it's one.db"]);
    const copy = await opening({}, target);
    expect([count(copy), copy.check()]).toEqual([1, []]);
    // It still refuses to write.
    expect(() => reader.transaction((sql) => sql.run(INSERT, "c", 1))).toThrow("could not");
  });

  it("has what was submitted before it, and replaces nothing that it was not told to", async () => {
    const store = await opening();
    const target = join(folder, "copy.db");
    const waiting = store.submit((sql) => sql.run(INSERT, "a", 1));
    await store.backup(target);
    await waiting;
    await expect(store.backup(target)).rejects.toMatchObject({ code: "USER_ERROR" });
    store.transaction((sql) => sql.run(INSERT, "b", 1));
    await store.backup(target, { overwrite: true });
    expect(count(await opening({}, target))).toBe(2);
  });
});

describe("rows that go", () => {
  const CHATS: Schema = {
    name: "chats",
    migrations: [
      {
        version: 1,
        why: "chats",
        sql: `CREATE TABLE chats (said TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
              CREATE TABLE chat_names (who TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (who, n)) STRICT, WITHOUT ROWID`,
      },
    ],
    tables: [
      { table: "chats", kind: "text", timeColumn: "at", conversationColumn: "who" },
      { table: "chat_names", kind: "detail", timeColumn: null, conversationColumn: "who" },
    ],
  };
  const filled = async () => {
    const store = await opening({ schemas: [CHATS] });
    store.transaction((sql) => {
      for (let i = 0; i < 1_500; i++) sql.run("INSERT INTO chats VALUES (?, ?, ?)", `text ${i}`, `c-${i % 3}`, i);
      for (let i = 0; i < 9; i++) sql.run("INSERT INTO chat_names VALUES (?, ?)", `c-${i % 3}`, i);
    });
    await store.close();
    // Whoever opens it knows the rules from the file.
    return opening({ schemas: [] });
  };

  it("by age, where a rule says which column tells it", async () => {
    const store = await filled();
    expect(tableRules(store.sql).map(({ table }) => table)).toEqual(["chat_names", "chats"]);
    expect(await pruneTables(store, { kind: "text", beforeMs: 1_200 })).toEqual({ chats: 1_200 });
    expect(await pruneTables(store, { kind: "detail", beforeMs: 1_200 })).toEqual({});
    expect(store.sql.get("SELECT min(at) AS first FROM chats")).toEqual({ first: 1_200 });
  });

  it("by conversation, so that no byte of it is left", async () => {
    const store = await filled();
    expect(await forgetInTables(store, "c-1")).toEqual({ chats: 500, chat_names: 3 });
    expect(store.sql.get("SELECT count(*) AS n FROM chats")).toEqual({ n: 1_000 });
    expect(store.tidy()).toBe(true);
    const bytes = readFileSync(path, "latin1") + readFileSync(`${path}-wal`, "latin1");
    expect([bytes.includes("text 4c-1"), bytes.includes("text 3c-0")]).toEqual([false, true]);
  });
});

describe("what goes wrong", () => {
  it("a file that is no store, in words", async () => {
    writeFileSync(join(folder, "x.db"), "not a store ".repeat(1_000));
    const error = await opening({}, join(folder, "x.db")).catch((reason: Error) => reason);
    expect((error as Error).message.replaceAll(folder, "")).toMatchInlineSnapshot(`
      "The store is damaged, or is no store.

      Path:   /x.db
      Reason: file is not a database

      Hint: Move it aside together with its -wal and -shm files, and put the latest backup in its place."
    `);
  });

  it("a newer store, in words", async () => {
    await (await opening({ schemas: [TWO] })).close();
    const error = await opening().catch((reason: Error) => reason);
    expect((error as Error).message.replaceAll(folder, "")).toMatchInlineSnapshot(`
      "The store was written by a later version of this program.

      Path:        /state/history.db
      Part:        events
      Its version: 2
      Known up to: 1

      Hint: Install the version that wrote it, or name another file; nothing was changed."
    `);
  });

  it("a damaged page, when it is read", async () => {
    const store = await opening();
    store.transaction((sql) => {
      for (let i = 0; i < 2_000; i++) sql.run(INSERT, `event number ${i}`, i);
    });
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4_096, bytes.length);
    writeFileSync(path, bytes);
    await expect(opening().then((again) => count(again))).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });

  it("a folder that cannot be", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(opening({}, join(folder, "file", "x.db"))).rejects.toThrow();
  });

  it("a statement that is wrong, with the statement", async () => {
    const store = await opening({}, ":memory:");
    let text = "";
    try {
      store.sql.get("SELECT nothing FROM nowhere");
    } catch (error) {
      text = (error as Error).message;
    }
    expect(text).toMatchInlineSnapshot(`
      "The store could not do: SELECT nothing FROM nowhere.

      Path:   :memory:
      Reason: near "nothing": syntax error
      Code:   SQLITE_ERROR

      Hint: Nothing of that write was kept; what was stored before is unharmed."
    `);
  });
});

describe("kill -9", () => {
  it("loses no write that was answered", { timeout: 20_000 }, async () => {
    const script = join(folder, "writer.mjs");
    const store = new URL("../../dist/store/index.js", import.meta.url).href;
    writeFileSync(
      script,
      `import { openStore } from ${JSON.stringify(store)};
       const store = await openStore(${JSON.stringify(path)}, { schemas: ${JSON.stringify([EVENTS])} });
       let n = 0;
       setTimeout(() => process.kill(process.pid, "SIGKILL"), 150);
       for (;;) await Promise.all(Array.from({ length: 8 }, async () => {
         const id = "e-" + n++;
         await store.submit((sql) => sql.run(${JSON.stringify(INSERT)}, id, n));
         process.stdout.write(id + "\\n");
       }));`,
    );
    const { stdout, stderr, signal } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect([signal, stderr]).toEqual(["SIGKILL", ""]);
    const told = stdout.split("\n").slice(0, -1);
    expect(told.length).toBeGreaterThan(50);
    const again = await opening();
    const kept = new Set(again.sql.all("SELECT id FROM events").map(({ id }) => id));
    expect(told.filter((id) => !kept.has(id))).toEqual([]);
  });
});
