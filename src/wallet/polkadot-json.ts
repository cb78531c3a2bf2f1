import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import { fromHex, utf8 } from "../core/index.ts";
import type { UnlockModules } from "./encryption.ts";
import { InvalidPolkadotJsonError, KeyfileEncryptedError, WrongPasswordError } from "./errors.ts";
import { type Keypair, keypairFromSecretKey, keypairFromSeed, type Scheme } from "./keypair.ts";
import { NONCE_BYTES, openSecretbox } from "./secretbox.ts";
import { canonicalFromExpanded } from "./sr25519.ts";
import { isAddress } from "./ss58.ts";

const derive = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);
const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
/** Door for an export; `encoding.type` is what it is encrypted with, outermost last. */
const exportSchema = z.object({
  address: z.string().nullish(),
  encoded: z.string(),
  encoding: z.object({ content: oneOrMore, type: oneOrMore, version: z.enum(["2", "3"]) }),
});

const refuse = (problem: string) => new InvalidPolkadotJsonError({ problem });

/** PKCS#8 as polkadot.js writes it: this, the secret, {@link DIVIDER}, the public key. */
const HEADER = fromHex("header", "3053020101300506032b657004220420");
const DIVIDER = fromHex("divider", "a123032100");

function keypairFromPkcs8(bytes: Uint8Array, scheme: Scheme): Keypair {
  const secretBytes = bytes.length - HEADER.length - DIVIDER.length - 32;
  const secret = bytes.slice(HEADER.length, HEADER.length + secretBytes);
  const divider = bytes.subarray(HEADER.length + secretBytes, -32);
  const isWhole =
    Buffer.compare(bytes.subarray(0, HEADER.length), HEADER) === 0 && Buffer.compare(divider, DIVIDER) === 0;
  if (!isWhole || (secretBytes !== 32 && secretBytes !== 64)) throw refuse("does not hold a key in PKCS#8");
  let keypair: Keypair | undefined;
  if (secretBytes === 32) keypair = keypairFromSeed(secret, { scheme });
  else if (scheme === "ed25519") keypair = keypairFromSeed(secret.subarray(0, 32), { scheme });
  else {
    // polkadot.js has the scalar multiplied by the cofactor.
    const canonical = canonicalFromExpanded(secret);
    keypair = canonical && keypairFromSecretKey(canonical);
  }
  if (keypair === undefined || Buffer.compare(keypair.publicKey, bytes.subarray(-32)) !== 0) {
    throw refuse("holds a secret that does not belong to the public key in it");
  }
  return keypair;
}

/** More than any export asks for: 2^18 by 8 is a quarter of a gigabyte. */
const MAX_SCRYPT_BYTES = 2 ** 28;

/** The key behind a password: salt 32, then N, p and r, four bytes each. */
async function scryptKey(password: Uint8Array, header: Uint8Array): Promise<Uint8Array> {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [N, p, r] = [view.getUint32(32, true), view.getUint32(36, true), view.getUint32(40, true)];
  const isSane = N > 1 && (N & (N - 1)) === 0 && p >= 1 && p <= 16 && r >= 1 && 128 * N * r <= MAX_SCRYPT_BYTES;
  if (!isSane) throw refuse("asks for a derivation that no export needs");
  return new Uint8Array(await derive(password, header.slice(0, 32), 64, { N, p, r, maxmem: 256 * N * r }));
}

const SCRYPT_HEADER_BYTES = 44;

async function decrypt(encoded: Uint8Array, types: readonly string[], password: Uint8Array): Promise<Uint8Array> {
  if (!types.includes("xsalsa20-poly1305")) throw refuse("is encrypted with something else than xsalsa20-poly1305");
  const usesScrypt = types.includes("scrypt");
  const rest = usesScrypt ? encoded.subarray(SCRYPT_HEADER_BYTES) : encoded;
  if (rest.length < NONCE_BYTES + 16) throw refuse("ends too early");
  // Before scrypt, the password itself was the key, filled up with zeros.
  const key = usesScrypt
    ? (await scryptKey(password, encoded)).subarray(0, 32)
    : Buffer.concat([password, Buffer.alloc(32)], 32);
  const plain = await openSecretbox(new Uint8Array(key), rest.subarray(0, NONCE_BYTES), rest.subarray(NONCE_BYTES));
  if (plain === null) throw new WrongPasswordError({ encryption: "polkadot.js export" });
  return plain;
}

function parse(json: string): z.infer<typeof exportSchema> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Without the parser's error as a cause: it quotes the text, which may be a secret.
    throw refuse("is not JSON");
  }
  const parsed = exportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(`has a field that cannot be used: ${parsed.error.issues[0]?.path.join(".") || "(whole file)"}`);
}

/**
 * The key of an account that polkadot.js exported as JSON (versions 2 and 3; encrypted by scrypt and xsalsa20-poly1305, or not at all).
 *
 * @param modules `password`: the one it was exported with; an export without encryption needs none.
 * @throws {InvalidPolkadotJsonError | KeyfileEncryptedError | WrongPasswordError}
 * @example
 * (await keypairFromPolkadotJson(text, { password: "its password" })).address; // "5..."
 */
export async function keypairFromPolkadotJson(
  json: string,
  { password: source, signal }: UnlockModules = {},
): Promise<Keypair> {
  const { address, encoded, encoding } = parse(json);
  const scheme = (["sr25519", "ed25519"] as const).find((name) => encoding.content.includes(name));
  if (!encoding.content.includes("pkcs8") || scheme === undefined)
    throw refuse(`is of another kind of key: ${encoding.content.join(", ").slice(0, 60)}`);
  const isHexText = encoded.startsWith("0x");
  if (!(isHexText ? /^0x([0-9a-f]{2})+$/i : /^[A-Za-z0-9+/]+={0,2}$/).test(encoded)) throw refuse("holds no bytes");
  const bytes = new Uint8Array(isHexText ? Buffer.from(encoded.slice(2), "hex") : Buffer.from(encoded, "base64"));
  const isPlain = encoding.type.every((type) => type === "none");
  let plain: Uint8Array = bytes;
  if (!isPlain) {
    const request = { path: "polkadot.js export", encryption: "NaCl secretbox" } as const;
    const password = typeof source === "function" ? await source(request) : source;
    if (password === undefined) throw new KeyfileEncryptedError(request);
    plain = await decrypt(bytes, encoding.type, utf8(password));
    signal?.throwIfAborted();
  }
  const keypair = keypairFromPkcs8(plain, scheme);
  plain.fill(0);
  // Addresses of other networks are of the same key: what it belongs to is told by the public key, checked above.
  if (address && isAddress(address) && address !== keypair.address)
    throw refuse("holds another key than its address says");
  return keypair;
}
