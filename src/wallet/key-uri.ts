import { blake2b } from "@noble/hashes/blake2.js";
import { concatBytes, fromHex, utf8 } from "../core/index.ts";
import { ed25519HardSeed } from "./ed25519.ts";
import { InvalidKeyUriError } from "./errors.ts";
import { type Keypair, keypairFromSecretKey, keypairFromSeed, type Scheme } from "./keypair.ts";
import { normaliseMnemonic, seedFromMnemonic } from "./mnemonic.ts";
import { deriveSecret, hardSeed, secretFromSeed } from "./sr25519.ts";

/** The well-known development phrase behind //Alice and //Bob: for tests and local networks, worth nothing elsewhere. */
const DEVELOPMENT_PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
const URI = /^(?<root>[^/]*)(?<path>(?:\/\/?[^/]+)*)(?:\/\/\/(?<password>.*))?$/s;
const MAX_U64 = 2n ** 64n - 1n;

/** The 32-byte chain code of one junction: a number as u64, a text as SCALE string, a long one hashed. */
function chainCode(text: string): Uint8Array {
  const code = new Uint8Array(32);
  if (/^\d+$/.test(text) && BigInt(text) <= MAX_U64) {
    new DataView(code.buffer).setBigUint64(0, BigInt(text), true);
    return code;
  }
  const bytes = utf8(text);
  if (bytes.length >= 1 << 14) throw new InvalidKeyUriError({ problem: "has a junction of more than 16,383 bytes" });
  // SCALE's compact length: two low bits 00 mean one byte, 01 mean two.
  const compact = (bytes.length << 2) | (bytes.length < 64 ? 0 : 1);
  const length = bytes.length < 64 ? Uint8Array.of(compact) : Uint8Array.of(compact & 255, compact >> 8);
  const scale = concatBytes(length, bytes);
  code.set(scale.length > 32 ? blake2b(scale, { dkLen: 32 }) : scale);
  return code;
}

function derive(seed: Uint8Array, path: string, scheme: Scheme): Keypair {
  let seedSoFar: Uint8Array | undefined = seed;
  let secretKey: Uint8Array | undefined;
  for (const [, slashes, text = ""] of path.matchAll(/(\/\/?)([^/]+)/g)) {
    const hard = slashes === "//";
    const code = chainCode(text);
    if (scheme === "ed25519") {
      if (!hard) throw new InvalidKeyUriError({ problem: "has a soft junction, which ed25519 does not have" });
      seedSoFar = ed25519HardSeed(seedSoFar ?? seed, code);
    } else if (hard && seedSoFar) {
      seedSoFar = hardSeed(seedSoFar, code);
    } else {
      secretKey = deriveSecret(secretKey ?? secretFromSeed(seedSoFar ?? seed), code, hard);
      seedSoFar = undefined;
    }
  }
  if (seedSoFar) return keypairFromSeed(seedSoFar, { scheme });
  return keypairFromSecretKey(secretKey ?? secretFromSeed(seed), { scheme });
}

/**
 * The key of a secret URI: `//Alice`, `phrase//hard/soft///password`, or `0x<64 hex>//hard`.
 *
 * @throws {InvalidKeyUriError} when it cannot be read; {@link InvalidMnemonicError} when its phrase is wrong.
 * @example
 * keypairFromUri("//Alice").address; // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export function keypairFromUri(uri: string, { scheme = "sr25519" }: { scheme?: Scheme } = {}): Keypair {
  const groups = URI.exec(uri.trim())?.groups;
  if (!groups) throw new InvalidKeyUriError({ problem: "is not a phrase with junctions" });
  const { root = "", path = "", password } = groups;
  if (root === "" && path === "") throw new InvalidKeyUriError({ problem: "is empty" });
  if (!root.startsWith("0x")) {
    const phrase = root === "" ? DEVELOPMENT_PHRASE : normaliseMnemonic(root);
    const seed = seedFromMnemonic(phrase, password);
    const plain = path === "" && !password;
    return plain ? keypairFromSeed(seed, { scheme, mnemonic: phrase }) : derive(seed, path, scheme);
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(root))
    throw new InvalidKeyUriError({ problem: "has a seed that is not 64 hex digits" });
  if (password !== undefined) throw new InvalidKeyUriError({ problem: "has a password, which a seed cannot have" });
  return derive(fromHex("seed", root, 32), path, scheme);
}
