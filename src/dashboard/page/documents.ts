import type { ErrorView } from "../views.ts";

/** Why a document could not be read, in words. */
export interface Problem {
  /** The HTTP status; null = nobody answered. */
  readonly status: number | null;
  readonly message: string;
}
/** A document as far as it is here. The old one stays while a new one is on its way, and when that fails. */
export interface Doc<T> {
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
}
interface Entry {
  data: unknown;
  problem: Problem | undefined;
  reading: boolean;
  stale: boolean;
  readAtMs: number;
  /** Number of the drawing that last looked at it. */
  wantedBy: number;
}

/** A document is read again at most this often, however often events say that it has changed. */
const MIN_INTERVAL_MS = 2_000;
/** One that is made of a whole history costs the node more. */
const HISTORY_INTERVAL_MS = 10_000;
/** After a failure. */
const RETRY_MS = 3_000;

/** Live things the documents need. */
export interface DocumentModules {
  readonly read: (path: string) => Promise<unknown>;
  readonly changed: () => void;
  readonly now: () => number;
  readonly later: (run: () => void, ms: number) => void;
}
export interface Documents {
  /** The document at a path, which is read when it is not here; to be called while drawing. */
  ask<T>(path: string): Doc<T>;
  /** Changes a document that is here: what an event told of it. */
  mend<T>(path: string, change: (data: T) => T): void;
  /** What is here is not the newest: read again when somebody looks. */
  stale(path: string | ((path: string) => boolean)): void;
  /** Says that a drawing begins: what is not asked for until the next one is forgotten. */
  begin(): void;
}

/** What a page has read, by path. Drawing asks for what it needs, so nothing is read that nobody looks at. */
export function createDocuments({ read, changed, now, later }: DocumentModules): Documents {
  const entries = new Map<string, Entry>();
  let drawing = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  /** Looks again when something may be read; one timer for all, the soonest. */
  const wake = (ms: number) => {
    const atMs = now() + ms;
    if (atMs >= wakeAtMs) return;
    wakeAtMs = atMs;
    later(() => {
      if (wakeAtMs === atMs) wakeAtMs = Number.POSITIVE_INFINITY;
      changed();
    }, ms);
  };

  const fetchInto = (path: string, entry: Entry) => {
    Object.assign(entry, { reading: true, stale: false, readAtMs: now() });
    const done = (change: Partial<Entry>) => {
      Object.assign(entry, { reading: false, ...change });
      changed();
    };
    read(path).then(
      (data) => done({ data, problem: undefined }),
      (problem: Problem) => done({ problem, stale: true }),
    );
  };
  /** How long until it may be read again; null = there is no need. */
  const waitOf = (path: string, { reading, stale, problem, readAtMs, data }: Entry): number | null => {
    if (reading || !stale) return null;
    const usual = path.includes("points=") ? HISTORY_INTERVAL_MS : MIN_INTERVAL_MS;
    const wait = problem !== undefined ? RETRY_MS : data === undefined ? 0 : usual;
    return Math.max(0, readAtMs + wait - now());
  };
  return {
    ask<T>(path: string): Doc<T> {
      let entry = entries.get(path);
      if (entry === undefined) {
        entry = { data: undefined, problem: undefined, reading: false, stale: true, readAtMs: -1e9, wantedBy: drawing };
        entries.set(path, entry);
      }
      entry.wantedBy = drawing;
      const wait = waitOf(path, entry);
      if (wait === 0) fetchInto(path, entry);
      else if (wait !== null) wake(wait);
      // What is at a path is what the contract says is there.
      return { data: entry.data as T | undefined, problem: entry.problem };
    },
    mend<T>(path: string, change: (data: T) => T) {
      const entry = entries.get(path);
      if (entry === undefined) return;
      // What is being read this moment may be older than the event.
      if (entry.reading) entry.stale = true;
      if (entry.data !== undefined) entry.data = change(entry.data as T);
      changed();
    },
    stale(path) {
      const match = typeof path === "string" ? (candidate: string) => candidate === path : path;
      for (const [candidate, entry] of entries) if (match(candidate)) entry.stale = true;
      changed();
    },
    begin() {
      for (const [path, { wantedBy, reading }] of entries) {
        if (wantedBy < drawing - 1 && !reading) entries.delete(path);
      }
      drawing++;
    },
  };
}

/** Reads a document of the node; a refusal is thrown as a {@link Problem}. Where a token is asked for, the page goes and gets one. */
export async function readDocument(path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { accept: "application/json" }, cache: "no-cache" });
  } catch {
    throw { status: null, message: "The node does not answer. Is its process running?" } satisfies Problem;
  }
  if (response.status === 401) location.assign("login");
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const told = body as Partial<ErrorView> | null;
  throw {
    status: response.status,
    message: typeof told?.message === "string" ? told.message : `The node answered with status ${response.status}.`,
  } satisfies Problem;
}
