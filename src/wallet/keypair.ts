import { assertBytes, concatBytes, InvalidArgumentError } from "../core/index.ts";
import { ed25519Public, ed25519Sign } from "./ed25519.ts";
import { assertSecretKey, publicFromSecret, secretFromSeed, sr25519Sign } from "./sr25519.ts";
import { encodeAddress } from "./ss58.ts";

/** Kinds of key: sr25519 is the chain's default. */
export type Scheme = "sr25519" | "ed25519";

/** What the rest of the program sees of a key: it can sign, and has no secret to lose. */
export interface Signer {
  readonly address: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly scheme: Scheme;
  /** A signature of 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/** A key with its secrets. They are hidden from `JSON.stringify`, `util.inspect` and `{...spread}`. */
export interface Keypair {
  readonly scheme: Scheme;
  readonly publicKey: Uint8Array;
  readonly address: string;
  readonly signer: Signer;
  /** 64 bytes. sr25519: canonical scalar, then nonce, as in a keyfile; ed25519: seed, then public key. */
  readonly secretKey: Uint8Array;
  /** 32 bytes; unknown behind a soft junction and for a key made from its secret key. */
  readonly seed: Uint8Array | undefined;
  /** The phrase from which the key was made without any junction or password. */
  readonly mnemonic: string | undefined;
}

interface Parts {
  readonly scheme: Scheme;
  readonly secretKey: Uint8Array;
  readonly seed?: Uint8Array | undefined;
  readonly mnemonic?: string | undefined;
}

function build({ scheme, secretKey, seed, mnemonic }: Parts): Keypair {
  const publicKey = scheme === "ed25519" ? secretKey.slice(32) : publicFromSecret(secretKey);
  const address = encodeAddress(publicKey);
  const sign = scheme === "ed25519" ? ed25519Sign(secretKey.slice(0, 32)) : sr25519Sign(secretKey, publicKey);
  const keypair: Keypair = {
    scheme,
    publicKey,
    address,
    signer: { address, publicKey, scheme, sign },
    get secretKey() {
      return secretKey.slice();
    },
    get seed() {
      return seed?.slice();
    },
    get mnemonic() {
      return mnemonic;
    },
  };
  for (const secret of ["secretKey", "seed", "mnemonic"]) Object.defineProperty(keypair, secret, { enumerable: false });
  return Object.freeze(keypair);
}

/**
 * The key of a 32-byte seed (mini-secret).
 *
 * @throws {InvalidArgumentError} when the seed is not 32 bytes long.
 * @example
 * keypairFromSeed(cryptoRandom.bytes(32)).address; // "5..."
 */
export function keypairFromSeed(
  seed: Uint8Array,
  { scheme = "sr25519", mnemonic }: { scheme?: Scheme; mnemonic?: string | undefined } = {},
): Keypair {
  const own = assertBytes("seed", seed, 32).slice();
  const secretKey = scheme === "ed25519" ? concatBytes(own, ed25519Public(own)) : secretFromSeed(own);
  return build({ scheme, secretKey, seed: own, mnemonic });
}

/**
 * The key of a 64-byte secret key, as a keyfile's `privateKey` holds it.
 *
 * @throws {InvalidArgumentError} when it is not 64 bytes long or not a secret key of that scheme.
 * @example
 * keypairFromSecretKey(keypair.secretKey).address === keypair.address; // true
 */
export function keypairFromSecretKey(secretKey: Uint8Array, { scheme = "sr25519" }: { scheme?: Scheme } = {}): Keypair {
  if (scheme === "sr25519") return build({ scheme, secretKey: assertSecretKey("secretKey", secretKey).slice() });
  const keypair = keypairFromSeed(assertBytes("secretKey", secretKey, 64).slice(0, 32), { scheme });
  if (Buffer.compare(keypair.publicKey, secretKey.subarray(32)) === 0) return keypair;
  throw new InvalidArgumentError({ argument: "secretKey", problem: "does not end in its own ed25519 public key" });
}
