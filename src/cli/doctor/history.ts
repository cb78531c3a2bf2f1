import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { cryptoRandom, lockHolder, systemClock } from "../../core/index.ts";
import { createKeyStore, INGEST_SCHEMA } from "../../sources/index.ts";
import { openStore, StoreDamagedError, StoreNewerError } from "../../store/index.ts";
import { HISTORY_SCHEMA } from "../../validator/index.ts";
import { historyPathOf } from "../history-file.ts";
import { type Check, type Finding, failed, failedBy, notTested, ok, warning } from "./check.ts";
import { type Facts, quoted } from "./facts.ts";
import { portProblem } from "./probe.ts";

/** A larger file is not read whole: that takes longer than anybody waits. */
const MOST_CHECKED_BYTES = 1e9;
const SCHEMAS = [HISTORY_SCHEMA, INGEST_SCHEMA];
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** How to name the history of these flags to another command. */
function historyWords({ flags, netuid }: Facts): string {
  if (typeof flags.history === "string") return `--history ${quoted(flags.history)}`;
  return `--netuid ${netuid} --wallet.name ${quoted(String(flags["wallet.name"]))} --wallet.hotkey ${quoted(String(flags["wallet.hotkey"]))}`;
}

async function lookInto(facts: Facts, path: string): Promise<Finding> {
  const { size: bytes } = await stat(path);
  const heldBy = await lockHolder(path);
  const store = await openStore(path, { schemas: SCHEMAS, access: "read" });
  try {
    const versions = new Map(
      store.sql.get("SELECT 1 FROM sqlite_master WHERE name = 'store_schemas'") === undefined
        ? []
        : store.sql
            .all("SELECT name, version FROM store_schemas")
            .map((row) => [String(row.name), Number(row.version)]),
    );
    for (const { name, migrations } of SCHEMAS) {
      const found = versions.get(name) ?? 0;
      if (found > migrations.length) throw new StoreNewerError({ path, schema: name, found, known: migrations.length });
    }
    const old = SCHEMAS.filter(({ name, migrations }) => (versions.get(name) ?? 0) < migrations.length);
    const problems = bytes > MOST_CHECKED_BYTES ? null : store.check();
    const values = { path, bytes, heldBy, checked: problems !== null, schema: versions.get(HISTORY_SCHEMA.name) ?? 0 };
    if (problems !== null && problems.length > 0) throw new StoreDamagedError({ path, cause: problems.join("; ") });
    const text = `${path}, ${megabytes(bytes)}${heldBy === null ? "" : `, held by process ${heldBy}`}`;
    if (problems === null)
      return warning(
        `${text}: too large to be read whole here`,
        values,
        `npx conversion-subnet history info --check ${historyWords(facts)}`,
      );
    if (old.length > 0)
      return warning(`${text}, sound; the next start brings it to the form of this version`, values, [
        `npx conversion-subnet history backup history-before.db ${historyWords(facts)}`,
      ]);
    return ok(`${text}, sound`, values);
  } finally {
    await store.close();
  }
}

async function checkHistory(facts: Facts): Promise<Finding> {
  const path = historyPathOf(facts.flags);
  if (path === ":memory:")
    return warning(
      "--history :memory: keeps nothing: a restart forgets every average",
      { path },
      "# name a file: --history history.db",
    );
  if (!existsSync(path)) return ok(`${path} is not there yet: the first run makes it`, { path, bytes: 0 });
  try {
    return await lookInto(facts, path);
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) return failedBy(error);
    const aside = ["", "-wal", "-shm"].map((end) => `${quoted(path)}${end}`);
    return failedBy(error, [
      `mkdir damaged && mv -f ${aside.join(" ")} damaged/ ; cp BACKUP.db ${quoted(path)}`,
      "# BACKUP.db is the latest of: npx conversion-subnet history backup",
    ]);
  }
}

async function activeKeys(facts: Facts): Promise<number> {
  const path = historyPathOf(facts.flags);
  if (path === ":memory:" || !existsSync(path)) return 0;
  const store = await openStore(path, { schemas: SCHEMAS, access: "read" });
  try {
    if (store.sql.get("SELECT 1 FROM sqlite_master WHERE name = 'ingest_keys'") === undefined) return 0;
    const keys = createKeyStore({ store, clock: systemClock, random: cryptoRandom }).list();
    return keys.filter(({ revokedAtMs }) => revokedAtMs === null).length;
  } finally {
    await store.close();
  }
}

/** Who may bring conversations, and whether they find the door. */
async function checkEvents(facts: Facts): Promise<Finding> {
  const port = facts.flags["events.port"];
  if (typeof port !== "number") return notTested("no conversations are taken by HTTP: --events.port is not given");
  const host = String(facts.flags["events.host"] ?? "127.0.0.1");
  const keys = await activeKeys(facts);
  const problem = await portProblem(host, port);
  const running = problem === null ? null : await facts.holder();
  const values = { host, port, keys, problem, process: running };
  const text = `${host}:${port}, ${keys} keys`;
  if (problem !== null && running === null)
    return failed(`${text}: the port is taken by another program (${problem})`, values, [
      `ss -ltnp 'sport = :${port}'`,
      `# choose another: --events.port ${port + 1}`,
    ]);
  if (keys === 0)
    return warning(
      `${text}: nobody may send conversations`,
      values,
      `npx conversion-subnet keys create --name shop ${historyWords(facts)}`,
    );
  return ok(`${text}, ${problem === null ? "free" : `in use by process ${running}`}`, values);
}

/** What a validator remembers, and how conversations reach it. */
export const historyChecks = (facts: Facts): Check[] => [
  { name: "history", run: () => checkHistory(facts) },
  {
    name: "events",
    run: () =>
      checkEvents(facts).catch((error: unknown) =>
        notTested(`the keys cannot be read: ${String(error).split("\n")[0]}`),
      ),
  },
];
