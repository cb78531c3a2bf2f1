import { createHash, timingSafeEqual } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { cryptoRandom, errorText, toHex, withTimeout, writeFileAtomic } from "../../core/index.ts";
import { JobDataError } from "../errors.ts";
import type { SharedPlace } from "./piece.ts";

const FETCH_MS = 600_000;
/** What somebody may be about to read stays, however full the folder is. */
const FRESH_MS = 3_600_000;

export const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const fileOf = (folder: string, hash: string) => join(folder, `${hash}.bin`);

/** Data that is written once, under its hash; what was not used for longest goes when the folder grows past its bound. */
export async function keepInFolder(folder: string, hash: string, bytes: Uint8Array, maxBytes: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await fromFolder(folder, hash)) === null) await writeFileAtomic(fileOf(folder, hash), bytes, { mode: 0o600 });
  await prune(folder, maxBytes);
}

async function prune(folder: string, maxBytes: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.bin$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another worker may have taken it away meanwhile.
      const found = await stat(path).catch(() => null);
      return { path, bytes: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 };
    }),
  );
  let total = 0;
  const newest = Math.max(...files.map(({ usedMs }) => usedMs));
  for (const { path, bytes, usedMs } of files.sort((a, b) => b.usedMs - a.usedMs)) {
    total += bytes;
    if (total > maxBytes && usedMs < newest - FRESH_MS) await rm(path, { force: true });
  }
}

/** Null = it is not there, or is not what its name says. */
export async function fromFolder(folder: string, hash: string): Promise<Uint8Array | null> {
  const bytes = await readFile(fileOf(folder, hash)).catch(() => null);
  if (bytes === null || hashOf(bytes) !== hash) return null;
  const now = new Date();
  await utimes(fileOf(folder, hash), now, now).catch(() => undefined);
  return bytes;
}

/** An HTTP server that gives data by its hash to whoever has the token. */
export interface DataServer {
  readonly address: string;
  readonly token: string;
  /** Until {@link remove}. */
  put(hash: string, bytes: Uint8Array): void;
  remove(hash: string): void;
  close(): Promise<void>;
}

/** @param host bound, and told to workers. */
export async function serveData({ host, port }: { host: string; port: number }): Promise<DataServer> {
  const token = toHex(cryptoRandom.bytes(32));
  const expected = Buffer.from(`Bearer ${token}`);
  const held = new Map<string, { bytes: Uint8Array; runs: number }>();
  const server = createServer((request, response) => {
    const given = Buffer.from(request.headers.authorization ?? "");
    const allowed = given.length === expected.length && timingSafeEqual(given, expected);
    const entry = request.method === "GET" ? held.get((request.url ?? "").slice(1)) : undefined;
    if (!allowed || entry === undefined) {
      response.writeHead(allowed ? 404 : 401).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": entry.bytes.length });
    response.end(entry.bytes);
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  // No process waits for workers that may come.
  server.unref();
  const bound = server.address();
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    address: `http://${shown}:${typeof bound === "object" && bound !== null ? bound.port : port}`,
    token,
    put(hash, bytes) {
      const entry = held.get(hash) ?? { bytes, runs: 0 };
      entry.runs += 1;
      held.set(hash, entry);
    },
    remove(hash) {
      const entry = held.get(hash);
      if (entry === undefined) return;
      entry.runs -= 1;
      if (entry.runs === 0) held.delete(hash);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function download({ from, hash, bytes, token }: SharedPlace, signal: AbortSignal): Promise<Uint8Array> {
  const url = `${from}/${hash}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: "error", signal });
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > bytes) throw new Error("there is more of it than was said");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * The data of a run, wherever it lies, checked against its hash.
 *
 * @throws {JobDataError} when it cannot be had, is too large, or is not what its hash says.
 */
export async function fetchShared(
  place: SharedPlace,
  {
    folder,
    inRedis,
    limits,
    signal,
  }: {
    readonly folder: string;
    readonly inRedis: () => Promise<Uint8Array | null>;
    readonly limits: { readonly maxBytes: number; readonly folderBytes: number };
    readonly signal: AbortSignal;
  },
): Promise<Uint8Array> {
  if (place.bytes > limits.maxBytes) {
    throw new JobDataError({ problem: `it has ${place.bytes} bytes, and at most ${limits.maxBytes} are taken` });
  }
  if (place.from === "redis") {
    const bytes = await inRedis();
    if (bytes !== null && hashOf(bytes) === place.hash) return bytes;
    throw new JobDataError({ problem: "it is not in Redis" });
  }
  const kept = await fromFolder(folder, place.hash);
  if (kept !== null) return kept;
  if (place.from === "folder") {
    throw new JobDataError({
      problem: "it is not in the folder of this worker",
      hint: "Give whoever starts work and all workers a --jobs.data that is the same folder for them.",
    });
  }
  const bytes = await withTimeout((inner) => download(place, AbortSignal.any([signal, inner])), {
    timeoutMs: FETCH_MS,
    what: "Fetching data",
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new JobDataError({
      problem: `it could not be fetched from ${place.from} (${errorText(cause)})`,
      hint: "Let whoever starts work listen where workers reach it: --jobs.listen ADDRESS; or share a folder: --jobs.data.",
      cause,
    });
  });
  if (hashOf(bytes) !== place.hash) throw new JobDataError({ problem: "it is not what its hash says" });
  await keepInFolder(folder, place.hash, bytes, limits.folderBytes);
  return bytes;
}
