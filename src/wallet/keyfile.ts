import { z } from "zod";
import { fromHex, SubnetError, toHex, utf8 } from "../core/index.ts";
import { KeyfileInvalidError, KeyfileMismatchError } from "./errors.ts";
import { type Keypair, keypairFromSecretKey, keypairFromSeed, type Scheme } from "./keypair.ts";
import { normaliseMnemonic, seedFromMnemonic } from "./mnemonic.ts";
import { canonicalFromExpanded, isCanonical } from "./sr25519.ts";
import { decodeAddress, encodeAddress } from "./ss58.ts";

/** Door for a keyfile; keys may come in any order. Old files have a key with a leading space, newer ones a `cryptoType`. */
const keyfileSchema = z.object({
  publicKey: z.string().nullish(),
  privateKey: z.string().nullish(),
  secretPhrase: z.string().nullish(),
  secretSeed: z.string().nullish(),
  ss58Address: z.string().nullish(),
  cryptoType: z.union([z.literal(0), z.literal(1), z.literal("0"), z.literal("1")]).nullish(),
});
type Keyfile = z.infer<typeof keyfileSchema>;

function readJson(path: string, text: string): Keyfile {
  const bare = text.trim();
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(bare)) return { secretSeed: bare };
  if (/^(0x)?[0-9a-fA-F]{128}$/.test(bare)) return { privateKey: bare };
  if (/^[a-z]+( [a-z]+){11,23}$/.test(bare)) return { secretPhrase: bare };
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch {
    // Without the parser's error as a cause: it quotes the text, which is a secret.
    throw new KeyfileInvalidError({ path, problem: "is not JSON, a seed or a mnemonic" });
  }
  if (typeof value === "object" && value !== null) {
    if ("encoded" in value && "encoding" in value) {
      const hint = "It belongs elsewhere: npx conversion-subnet wallet import FILE makes a keyfile of it.";
      throw new KeyfileInvalidError({ path, problem: "is a polkadot.js export, not a Bittensor keyfile", hint });
    }
    value = Object.fromEntries(Object.entries(value).map(([key, item]) => [key.trim(), item]));
  }
  const parsed = keyfileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "(whole file)";
  throw new KeyfileInvalidError({ path, problem: `has a field that cannot be used: ${field}` });
}

/** btwallet writes a seed as raw text behind the 0x, in older versions without it, where its bytes happen to be valid UTF-8. */
function seedBytes(text: string): Uint8Array {
  const raw = [text, text.replace(/^0x/, "")].map(utf8).find((bytes) => bytes.length === 32);
  return raw ?? fromHex("secretSeed", text, 32);
}

function fromPhraseOrSeed(file: Keyfile, scheme: Scheme): Keypair | undefined {
  if (file.secretPhrase) {
    const mnemonic = normaliseMnemonic(file.secretPhrase);
    return keypairFromSeed(seedFromMnemonic(mnemonic), { scheme, mnemonic });
  }
  if (file.secretSeed) return keypairFromSeed(seedBytes(file.secretSeed), { scheme });
  return undefined;
}

/** The keys that a private key may stand for: which of them, its address tells. Never none: then this throws. */
function fromPrivateKey(hex: string, scheme: Scheme): readonly [Keypair, ...Keypair[]] {
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(hex)) {
    // btwallet and bittensor 11 write an ed25519 key as its 32-byte seed.
    return [keypairFromSeed(fromHex("privateKey", hex, 32), { scheme: "ed25519" })];
  }
  const bytes = fromHex("privateKey", hex, 64);
  if (scheme === "ed25519") return [keypairFromSecretKey(bytes, { scheme })];
  // polkadot.js has the scalar times 8. Fresh from a seed it cannot be taken for ours; behind soft junctions it can.
  const expanded = canonicalFromExpanded(bytes);
  if (expanded === undefined) return [keypairFromSecretKey(bytes)];
  return isCanonical(bytes)
    ? [keypairFromSecretKey(bytes), keypairFromSecretKey(expanded)]
    : [keypairFromSecretKey(expanded)];
}

/**
 * The key of a private key in hex: 64 bytes as keyfiles hold it, or with the scalar times 8 as polkadot.js has it (told apart where
 * the scalar tells; else it is taken for a keyfile's); for ed25519 the 32-byte seed, or seed and public key.
 *
 * @throws {InvalidArgumentError} when it is neither.
 * @example
 * keypairFromPrivateKey("0x33a6f309...").address; // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export function keypairFromPrivateKey(hex: string, { scheme = "sr25519" }: { scheme?: Scheme } = {}): Keypair {
  if (scheme === "sr25519") fromHex("privateKey", hex, 64);
  return fromPrivateKey(hex, scheme)[0];
}

/** What a keyfile's secret may be, most likely first. */
function* candidates(file: Keyfile, declared: Scheme): Generator<Keypair> {
  const first = fromPhraseOrSeed(file, declared);
  if (first !== undefined) {
    yield first;
    const second = fromPhraseOrSeed(file, declared === "sr25519" ? "ed25519" : "sr25519");
    if (second !== undefined) yield second;
  } else if (file.privateKey) yield* fromPrivateKey(file.privateKey, declared);
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isOurs = error instanceof KeyfileInvalidError || error instanceof KeyfileMismatchError;
    if (isOurs || !(error instanceof SubnetError)) throw error;
    throw new KeyfileInvalidError({ path, problem: "holds a value that cannot be used", cause: error });
  }
}

/**
 * The key in a keyfile's text: from its phrase, else its seed, else its private key, and checked against its address.
 * A file that names no scheme, or the wrong one, is tried as the other before it is refused.
 */
export function parseKeyfile(path: string, text: string): Keypair {
  const file = readJson(path, text);
  const declared: Scheme = String(file.cryptoType ?? 1) === "0" ? "ed25519" : "sr25519";
  return guarded(path, () => {
    const expected = publicPart(file);
    let likely: Keypair | undefined;
    for (const candidate of candidates(file, declared)) {
      if (expected === undefined || expected.address === candidate.address) return candidate;
      likely ??= candidate;
    }
    if (likely === undefined || expected === undefined)
      throw new KeyfileInvalidError({ path, problem: "holds no secret" });
    throw new KeyfileMismatchError({ path, expected: expected.address, derived: likely.address });
  });
}

/** A key without its secret. */
export interface PublicKeyfile {
  readonly address: string;
  readonly publicKey: Uint8Array;
}

function publicPart(file: Keyfile): PublicKeyfile | undefined {
  if (file.ss58Address) return { address: file.ss58Address, publicKey: decodeAddress(file.ss58Address) };
  if (!file.publicKey) return undefined;
  const publicKey = fromHex("publicKey", file.publicKey, 32);
  return { address: encodeAddress(publicKey), publicKey };
}

/** The public key in the text of a public (or any plain) keyfile. */
export function parsePublicKeyfile(path: string, text: string): PublicKeyfile {
  const file = readJson(path, text);
  const found = guarded(path, () => publicPart(file));
  if (!found) throw new KeyfileInvalidError({ path, problem: "holds no address" });
  return found;
}

/** Which scheme, where that must be said: see {@link formatKeyfile}. */
const cryptoTypeOf = (scheme: Scheme) => (scheme === "ed25519" ? { cryptoType: 0 } : {});

/** The text of a public keyfile. */
export function formatPublicKeyfile({ address, publicKey, scheme }: PublicKeyfile & { scheme: Scheme }): string {
  const hex = `0x${toHex(publicKey)}`;
  return JSON.stringify({ accountId: hex, publicKey: hex, ss58Address: address, ...cryptoTypeOf(scheme) });
}

/**
 * The text of a keyfile with its secrets. `cryptoType` is left out for sr25519: btwallet up to 4.0.1 cannot read a file that
 * has it, and newer readers take sr25519 where it is absent.
 */
export function formatKeyfile(keypair: Keypair): string {
  const { mnemonic, seed, publicKey, secretKey, address, scheme } = keypair;
  const hex = `0x${toHex(publicKey)}`;
  return JSON.stringify({
    accountId: hex,
    publicKey: hex,
    privateKey: `0x${toHex(scheme === "ed25519" ? secretKey.subarray(0, 32) : secretKey)}`,
    ...(mnemonic === undefined ? {} : { secretPhrase: mnemonic }),
    ...(seed === undefined ? {} : { secretSeed: `0x${toHex(seed)}` }),
    ss58Address: address,
    ...cryptoTypeOf(scheme),
  });
}
