import {
  errorText,
  type LoadPackage,
  type Logger,
  loadPackage,
  SubnetError,
  sleep,
  systemClock,
} from "../core/index.ts";
import type { Servers } from "./address.ts";
import { PostgresRefusedError, PostgresUnavailableError } from "./errors.ts";

const PACKAGE = { name: "pg", version: "8.23.1", work: "--history.postgres" };
/** Between two attempts: 50 ms, 100, ... at most a second. */
const RETRY_MS = { step: 50, most: 1_000 };

/** A row as pg gives it: bigint is a text, bytea a Buffer. */
export type PgRow = Readonly<Record<string, string | number | null | Uint8Array>>;
type PgValue = string | number | null | Uint8Array | readonly (string | number | null | Uint8Array)[];
interface PgResult {
  readonly rows: readonly PgRow[];
  readonly rowCount: number | null;
}
interface PgClient {
  connect(): Promise<void>;
  query(text: string | { name: string; text: string; values: readonly PgValue[] }): Promise<PgResult | PgResult[]>;
  on(event: "error", listener: (error: unknown) => void): unknown;
  end(): Promise<void>;
  readonly connection: { readonly stream: { destroy(): void } };
}
interface Pg {
  readonly Client: new (config: Readonly<Record<string, unknown>>) => PgClient;
}

/** Asks in the connection at hand. With values the statement is prepared once; without it may be several. */
export type Query = (text: string, values?: readonly PgValue[]) => Promise<{ rows: readonly PgRow[]; count: number }>;

/** How long what may take. */
export interface SessionTimes {
  /** One statement, and one attempt to connect. */
  readonly timeoutMs: number;
  /** Until then what a lost connection interrupted is done again. */
  readonly retryMs: number;
}

/** How one work is waited for. */
interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** In place of the session's own. */
  readonly retryMs?: number;
}
/** One connection, one work at a time, made again whenever it is lost. */
export interface Session {
  /**
   * Does a work in the connection; it is done again in a new one when that broke, so it must be safe to repeat.
   *
   * @throws {PostgresUnavailableError} at the deadline; {PostgresRefusedError}; what the work throws.
   */
  run<T>(work: (query: Query) => Promise<T>, options?: RunOptions): Promise<T>;
  close(): Promise<void>;
}

const stateOf = (error: unknown): string | null =>
  error instanceof Error && "code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : null;
/** What passes: lost connections (08), a server that ends, starts or is full, deadlocks and timeouts; and a standby (25006). */
const PASSING = /^(08...|57P0[1-4]|57014|53300|40001|40P01|55P03|25006|25P0[123])$/;

/** Whether the same may work a moment later, in a new connection. */
export function passes(error: unknown): boolean {
  if (error instanceof SubnetError) return false;
  const state = stateOf(error);
  // A server of PostgreSQL names every refusal by a state; what has none comes from the way to it.
  if (state === null) return error instanceof Error && !(error instanceof TypeError);
  return PASSING.test(state);
}

/** Loads the package, or says how to install it. */
export const loadPg = async (load?: LoadPackage): Promise<Pg> => (await loadPackage(PACKAGE, load)) as Pg;

/**
 * A connection to the first server that takes writes. Nothing is connected before it is used.
 *
 * @param onConnect makes a new connection ready; where it throws what passes, another attempt follows.
 */
export function createSession(
  pg: Pg,
  servers: Servers,
  times: SessionTimes,
  { onConnect, logger }: { readonly onConnect: (query: Query) => Promise<void>; readonly logger: Logger },
): Session {
  const { address } = servers;
  const { timeoutMs } = times;
  const names = new Map<string, string>();
  let client: PgClient | null = null;
  let isClosed = false;
  let told = "";
  let turn: Promise<unknown> = Promise.resolve();

  const drop = () => {
    client?.connection.stream.destroy();
    client = null;
  };
  const queryOf =
    (one: PgClient): Query =>
    async (text, values) => {
      let found: PgResult | PgResult[];
      if (values === undefined) found = await one.query(text);
      else {
        const name = names.get(text) ?? `s${names.size}`;
        names.set(text, name);
        found = await one.query({ name, text, values });
      }
      const last = Array.isArray(found) ? found.at(-1) : found;
      return { rows: last?.rows ?? [], count: last?.rowCount ?? 0 };
    };
  const connect = async (): Promise<PgClient> => {
    let [problem, refusal]: unknown[] = [null, null];
    const { urls, preferred } = servers;
    for (const i of urls.keys()) {
      const at = (i + preferred) % urls.length;
      const connectionString = urls[at];
      const one = new pg.Client({
        connectionString,
        connectionTimeoutMillis: timeoutMs,
        // The server ends a statement first, unless nothing comes back from it at all.
        query_timeout: timeoutMs + 2_000,
        keepAlive: true,
        application_name: "conversion-subnet",
      });
      one.on("error", () => {
        if (client === one) client = null;
      });
      try {
        await one.connect();
        const query = queryOf(one);
        const { rows } = await query("SELECT pg_is_in_recovery()::int AS standby");
        if (Number(rows[0]?.standby) === 1) throw new Error("it is a standby, which takes no writes");
        await query(`SET statement_timeout = ${timeoutMs}; SET lock_timeout = ${Math.ceil(timeoutMs / 2)};
          SET idle_in_transaction_session_timeout = ${timeoutMs}; SET tcp_keepalives_idle = 10;
          SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET search_path = conversion_subnet, pg_catalog;
          SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')`);
        await onConnect(query);
        told = "";
        servers.preferred = at;
        return one;
      } catch (error) {
        one.connection.stream.destroy();
        if (error instanceof SubnetError) refusal = error;
        else problem = error;
      }
    }
    // What one server refuses, one that is away may take.
    throw problem ?? refusal;
  };
  const attempt = async <T>(work: (query: Query) => Promise<T>): Promise<T> => {
    client ??= await connect();
    return work(queryOf(client));
  };
  const persist = async <T>(
    work: (query: Query) => Promise<T>,
    { signal, retryMs = times.retryMs }: RunOptions,
  ): Promise<T> => {
    const untilMs = systemClock.monotonicMs() + retryMs;
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      if (isClosed) throw new PostgresUnavailableError({ address, problem: "this history is closed" });
      try {
        return await attempt(work);
      } catch (error) {
        if (error instanceof SubnetError) throw error;
        drop();
        if (!passes(error)) throw new PostgresRefusedError({ address, sqlState: stateOf(error), cause: error });
        if (systemClock.monotonicMs() > untilMs) {
          const problem = `it did not do it within ${retryMs / 1_000} s`;
          throw new PostgresUnavailableError({ address, problem, cause: error });
        }
        const text = errorText(error);
        if (text !== told) logger.warn("PostgreSQL is lost, trying again", { address, error: text });
        told = text;
        await sleep(Math.min(attempts * RETRY_MS.step, RETRY_MS.most), { signal });
      }
    }
  };
  return {
    run(work, options = {}) {
      const result = turn.then(() => persist(work, options));
      turn = result.catch(() => undefined);
      return result;
    },
    async close() {
      isClosed = true;
      await turn;
      await client?.end().catch(() => undefined);
      client = null;
    },
  };
}
