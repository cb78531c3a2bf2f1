import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { utf8 } from "../core/index.ts";

/** On a thread of Node's own pool: the event loop goes on. */
const derive = promisify(pbkdf2);

/** How a file of one of these kinds could be read, and was not: the one is the user's doing, the other the file's. */
export type Opened = Uint8Array | "wrong password" | "malformed";

function decipher(algorithm: "aes-256-ctr" | "aes-128-cbc", key: Uint8Array, iv: Uint8Array, data: Uint8Array): Opened {
  const cipher = createDecipheriv(algorithm, key, iv).setAutoPadding(false);
  const padded = Buffer.concat([cipher.update(data), cipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > 16 || padding > padded.length) return "malformed";
  return new Uint8Array(padded.subarray(0, padded.length - padding));
}

const isSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && timingSafeEqual(a, b);
const isHex = (text: string) => text.length > 0 && text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text);

/**
 * Opens an ansible-vault text (1.1 or 1.2, AES256): hex lines of the hex of salt, HMAC and AES-256-CTR, keys by PBKDF2-SHA256 in
 * 10,000 rounds.
 */
export async function openAnsibleVault(text: string, password: Uint8Array): Promise<Opened> {
  const [header = "", ...lines] = text.split(/\r?\n/);
  const [, version, cipher] = header.trim().split(";");
  const outer = lines.join("").trim();
  if ((version !== "1.1" && version !== "1.2") || cipher !== "AES256" || !isHex(outer)) return "malformed";
  const inner = Buffer.from(outer, "hex").toString("latin1").split("\n");
  if (inner.length !== 3 || !inner.every(isHex)) return "malformed";
  const [salt = Buffer.of(), mac = Buffer.of(), data = Buffer.of()] = inner.map((hex) => Buffer.from(hex, "hex"));
  const keys = await derive(password, salt, 10_000, 80, "sha256");
  const right = isSame(createHmac("sha256", keys.subarray(32, 64)).update(data).digest(), mac);
  return right ? decipher("aes-256-ctr", keys.subarray(0, 32), keys.subarray(64), data) : "wrong password";
}

/** Chosen by bittensor's first wallets, and part of the format since. */
const FERNET_SALT = utf8("Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins");
/** Rounds of PBKDF2 behind a Fernet keyfile: some seconds. */
export const FERNET_ROUNDS = 10_000_000;

/** Opens a Fernet token (github.com/fernet/spec, version 0x80): HMAC-SHA256 over everything, then AES-128-CBC. */
export async function openFernet(text: string, password: Uint8Array, rounds = FERNET_ROUNDS): Promise<Opened> {
  const token = text.trim();
  if (!/^[\w-]+={0,2}$/.test(token)) return "malformed";
  const bytes = Buffer.from(token, "base64url");
  // Version 1, time 8, IV 16, at least one block, HMAC 32.
  if (bytes.length < 73 || bytes.length % 16 !== 9 || bytes[0] !== 0x80) return "malformed";
  const key = await derive(password, FERNET_SALT, rounds, 32, "sha256");
  const [signed, mac] = [bytes.subarray(0, -32), bytes.subarray(-32)];
  if (!isSame(createHmac("sha256", key.subarray(0, 16)).update(signed).digest(), mac)) return "wrong password";
  return decipher("aes-128-cbc", key.subarray(16), signed.subarray(9, 25), signed.subarray(25));
}
