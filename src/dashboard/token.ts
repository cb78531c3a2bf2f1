import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { chmod, open, readFile } from "node:fs/promises";
import { type Clock, cryptoRandom, sleep, toHex, writeFileAtomic } from "../core/index.ts";
import { AdminRefusedError } from "./errors.ts";

const SHORTEST = 16;
const LONGEST = 512;
/** How long a browser that gave the token is let in. */
export const SESSION_SECONDS = 7 * 86_400;

/**
 * The token, when it is fit for one: 16 to 512 visible characters without blanks.
 *
 * @param where where it was found, for the message: "in state/admin-token".
 * @throws {AdminRefusedError} for what anybody could guess, or no header could carry.
 * @example
 * assertToken("6f1d0c5b9e3a7742", "in admin-token"); // "6f1d0c5b9e3a7742"
 */
export function assertToken(token: string, where: string): string {
  if (token.length >= SHORTEST && token.length <= LONGEST && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AdminRefusedError({
    problem: `the token ${where} must be ${SHORTEST} to ${LONGEST} visible characters without blanks`,
    hint: "Remove the file to have one made, or make one: openssl rand -hex 32",
  });
}

/**
 * The token in a file; made (64 hex digits, 0600) where there is none.
 *
 * @param waitMs how long a file without a letter in it may be somebody's that is writing it.
 * @throws {AdminRefusedError} when what is there is no token.
 * @example
 * (await openToken("/home/me/.conversion-subnet/admin.token")).length; // 64
 */
export async function openToken(path: string, { waitMs = 500 }: { readonly waitMs?: number } = {}): Promise<string> {
  const found = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found === null) {
    const token = toHex(cryptoRandom.bytes(32));
    try {
      await writeFileAtomic(path, `${token}\n`, { mode: 0o600, overwrite: false });
      return token;
    } catch (error) {
      // Two nodes may begin at the same moment: the other's it is.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return openToken(path, { waitMs });
    }
  }
  // Its maker has taken the name and not written yet.
  if (found === "" && waitMs > 0) {
    await sleep(10);
    return openToken(path, { waitMs: waitMs - 10 });
  }
  // It may have been made by an editor, for all to read.
  await chmod(path, 0o600).catch(() => undefined);
  return assertToken(found.trim(), `in ${path}`);
}

/**
 * The token in a file that may be anything: what is no token is shown to nobody.
 *
 * @throws {AdminRefusedError} when it is none; the system's error when it cannot be read.
 */
export async function readToken(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2 * LONGEST), 0, 2 * LONGEST, 0);
    return assertToken(buffer.toString("utf8", 0, bytesRead).trim(), `in ${path}`);
  } finally {
    await file.close();
  }
}

/** Hashed first, so that the length is not told either. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Who may look; see {@link createKeeper}. */
export interface Keeper {
  /** Whether the token is the one; compared in constant time. */
  isToken(text: string): boolean;
  /** What a browser that gave the token is handed: good for a week, and nothing of the token is in it. */
  session(): string;
  isSession(text: string): boolean;
}

/**
 * Knows a token, and makes sessions of it: `EXPIRES.HMAC`. A restart keeps them, another token ends them.
 *
 * @example
 * const keeper = createKeeper("0123456789abcdef", { clock: systemClock });
 * keeper.isSession(keeper.session()); // true
 */
export function createKeeper(token: string, { clock }: { readonly clock: Pick<Clock, "nowMs"> }): Keeper {
  const sign = (expires: string) =>
    createHmac("sha256", token).update(`conversion-subnet/session/1\n${expires}`).digest("hex");
  return {
    isToken: (text) => same(text, token),
    session() {
      const expires = String(Math.floor(clock.nowMs() / 1_000) + SESSION_SECONDS);
      return `${expires}.${sign(expires)}`;
    },
    isSession(text) {
      const [, expires = "", mac = ""] = /^(\d{1,12})\.([0-9a-f]{64})$/.exec(text) ?? [];
      const known = same(mac, sign(expires));
      return known && Number(expires) * 1_000 > clock.nowMs();
    },
  };
}
