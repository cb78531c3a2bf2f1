import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { errorText, UserError } from "./errors.ts";
import { lockFile } from "./files.ts";

/** A file that finished lines go to; see {@link openLogFile}. */
export interface LogFile {
  readonly path: string;
  /** Appends a line. It never throws: what cannot be written is lost, counted, and told of. */
  write(line: string): void;
  /** Lines that could not be written. */
  readonly lost: number;
  close(): Promise<void>;
}

/** Sizes of a log. */
export interface LogFileOptions {
  readonly path: string;
  /** A line that would make the file larger begins the next one. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Full files that are kept, the newest as `path.1`. Default 5. */
  readonly keep?: number;
  /** What every line begins with: a file that begins otherwise is somebody's, and is left as it is. */
  readonly lineStart?: string;
}

/** As far as a line that a power cut broke off is looked for. */
const TAIL_BYTES = 65_536;
const NEWLINE = 10;

/** Numbers of the full files beside a log. */
function numbersBeside(path: string): number[] {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  if (!existsSync(folder)) return [];
  const numbers = readdirSync(folder).flatMap((name) => {
    const number = name.startsWith(start) ? name.slice(start.length) : "";
    return /^[1-9]\d{0,5}$/.test(number) ? [Number(number)] : [];
  });
  return numbers.sort((a, b) => a - b);
}

/**
 * The files of a log that are there, the oldest first: what `logs` reads.
 *
 * @example
 * logFilesOf("/var/log/miner.log"); // ["/var/log/miner.log.2", "/var/log/miner.log.1", "/var/log/miner.log"]
 */
export function logFilesOf(path: string): readonly string[] {
  const full = numbersBeside(path).map((number) => `${path}.${number}`);
  return [...full.reverse(), ...(existsSync(path) ? [path] : [])];
}

/** Takes off the part of a line at the end that a kill or a power cut left; a line longer than we look is ended. */
function mend(fd: number): void {
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  if (tail.length === 0) return;
  readSync(fd, tail, 0, tail.length, size - tail.length);
  const end = tail.lastIndexOf(NEWLINE);
  if (end === tail.length - 1) return;
  if (end >= 0 || size <= TAIL_BYTES) ftruncateSync(fd, size - tail.length + end + 1);
  else writeSync(fd, "\n");
}

const HINT = "Name a file of its own for the log, and let nothing else be written there.";
const notAFile = (path: string) => new UserError(`${path} is no file: a link, a folder or a device.`, { hint: HINT });
/** Before anything is made beside it. */
function assertFile(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) throw notAFile(path);
}
/** Appends, reads its end, and follows no link that somebody may have put there; Windows has neither of the last two. */
const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** A typing error must not cost a key: its file has no line end, and would be cut as half a line is. */
function assertOurs(fd: number, path: string, lineStart: string): void {
  const head = Buffer.alloc(Buffer.byteLength(lineStart));
  const length = readSync(fd, head, 0, head.length, 0);
  if (lineStart.startsWith(head.toString("utf8", 0, length))) return;
  throw new UserError(`${path} is no log: something else is written there.`, { hint: HINT });
}

/** This user's alone, whole lines only. */
function openPrivate(path: string, lineStart: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (!fstatSync(fd).isFile()) throw notAFile(path);
    assertOurs(fd, path, lineStart);
    fchmodSync(fd, 0o600);
    mend(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * A log in a file (0600) that is never larger than `maxBytes`, with `keep` full ones beside it. A line is written by one call before
 * `write` returns, so a kill loses none; a part of one that a full disk let through is taken back. When the disk is full, or the
 * file cannot be written for another reason, lines are lost and the node goes on.
 *
 * @param onLost told when lines begin to be lost, with why, and `onWritten` when they are written again, with how many were lost.
 * @throws {LockedError} when another process writes to it; {UserError} for a link, a device, or a file that is no log; the system's
 * error when it cannot be opened.
 * @example
 * const file = await openLogFile({ path: "miner.log" }, { onLost: (why) => process.stderr.write(why) });
 * const logger = createLogger({ level: "info", format: "json", write: file.write, nowMs: Date.now });
 */
export async function openLogFile(
  { path, maxBytes = 10 * 2 ** 20, keep = 5, lineStart = "" }: LogFileOptions,
  { onLost, onWritten }: { readonly onLost?: (why: string) => void; readonly onWritten?: (lost: number) => void } = {},
): Promise<LogFile> {
  assertFile(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = await lockFile(path);
  let fd: number | null = null;
  let lost = 0;
  let losing = 0;

  /** The file under our path that has place for so many bytes. */
  const withPlace = (bytes: number): { readonly fd: number; readonly size: number } => {
    fd ??= openPrivate(path, lineStart);
    const { nlink, size } = fstatSync(fd);
    // Somebody removed it: what would be written could not be read.
    const isGone = nlink === 0;
    if (!isGone && (size === 0 || size + bytes <= maxBytes)) return { fd, size };
    closeSync(fd);
    fd = null;
    if (!isGone) rotate();
    fd = openPrivate(path, lineStart);
    return { fd, size: fstatSync(fd).size };
  };
  const rotate = () => {
    for (const number of numbersBeside(path).reverse()) {
      if (number >= keep) rmSync(`${path}.${number}`, { force: true });
      else renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    }
    if (keep > 0) renameSync(path, `${path}.1`);
    else rmSync(path, { force: true });
  };
  const append = (line: Buffer) => {
    const place = withPlace(line.length);
    let written = 0;
    try {
      while (written < line.length) written += writeSync(place.fd, line, written);
    } catch (error) {
      // Half a line would spoil the next one too.
      if (written > 0) ftruncateSync(place.fd, place.size);
      throw error;
    }
  };

  try {
    fd = openPrivate(path, lineStart);
    for (const number of numbersBeside(path)) if (number > keep) rmSync(`${path}.${number}`, { force: true });
  } catch (error) {
    if (fd !== null) closeSync(fd);
    await unlock();
    throw error;
  }
  let closed = false;
  return {
    path,
    write(line) {
      if (closed) return;
      try {
        append(Buffer.from(`${line}\n`));
      } catch (error) {
        lost += 1;
        losing += 1;
        if (losing === 1) onLost?.(errorText(error));
        return;
      }
      if (losing === 0) return;
      const were = losing;
      losing = 0;
      onWritten?.(were);
    },
    get lost() {
      return lost;
    },
    async close() {
      if (closed) return;
      closed = true;
      if (fd !== null) closeSync(fd);
      await unlock();
    },
  };
}
