import { concatBytes, cryptoRandom, utf8 } from "../core/index.ts";
import { type Argon2Cost, deriveArgon2Key, SENSITIVE } from "./argon2.ts";
import { KeyfileEncryptedError, KeyfileInvalidError, WrongPasswordError } from "./errors.ts";
import { FERNET_ROUNDS, type Opened, openAnsibleVault, openFernet } from "./legacy-encryption.ts";
import { NONCE_BYTES, openSecretbox, sealSecretbox } from "./secretbox.ts";

/** How a keyfile is encrypted. Written is the first only; the others are of older wallets. */
export type Encryption = "NaCl secretbox" | "Ansible vault" | "Fernet";

const PREFIXES: Readonly<Record<Encryption, string>> = {
  "NaCl secretbox": "$NACL",
  "Ansible vault": "$ANSIBLE_VAULT",
  Fernet: "gAAAAA",
};

/** What is encrypted says so in its first bytes. */
export function encryptionOf(bytes: Uint8Array): Encryption | null {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  if (start.startsWith(PREFIXES["NaCl secretbox"])) return "NaCl secretbox";
  if (start.startsWith(PREFIXES["Ansible vault"])) return "Ansible vault";
  return start.startsWith(PREFIXES.Fernet) ? "Fernet" : null;
}

/** Which password is wanted, and what for. */
export interface PasswordRequest {
  readonly path: string;
  /** Of the file to be opened; null for a file that is about to be written. */
  readonly encryption: Encryption | null;
}

/** A password, or who is asked for one: only when it is needed, so that a plain keyfile never asks. */
export type PasswordSource = string | ((request: PasswordRequest) => string | Promise<string>);

/** What may be needed beside a wallet's place. */
export interface UnlockModules {
  readonly password?: PasswordSource | undefined;
  /** Ends a derivation at once. */
  readonly signal?: AbortSignal | undefined;
}

/** The price of a password. Tests pay less. */
export interface DerivationCosts {
  readonly argon2?: Argon2Cost;
  readonly fernetRounds?: number;
}

async function passwordFrom(source: PasswordSource | undefined, request: PasswordRequest): Promise<Uint8Array> {
  const password = typeof source === "function" ? await source(request) : source;
  if (password === undefined || password === "") throw new KeyfileEncryptedError(request);
  return utf8(password);
}

async function openNacl(bytes: Uint8Array, password: Uint8Array, options: KeyOptions): Promise<Opened> {
  const [start, end] = [PREFIXES["NaCl secretbox"].length, PREFIXES["NaCl secretbox"].length + NONCE_BYTES];
  if (bytes.length < end + 16) return "malformed";
  const key = await deriveArgon2Key(password, options);
  const plain = await openSecretbox(key, bytes.subarray(start, end), bytes.subarray(end));
  key.fill(0);
  return plain ?? "wrong password";
}

interface KeyOptions {
  readonly cost: Argon2Cost;
  readonly signal: AbortSignal | undefined;
}

/**
 * The plain bytes of a keyfile, be it encrypted or not.
 *
 * @throws {KeyfileEncryptedError} without a password; {@link WrongPasswordError}; {@link KeyfileInvalidError} for a damaged file.
 */
export async function decryptKeyfile(
  path: string,
  bytes: Uint8Array,
  { password: source, signal, argon2 = SENSITIVE, fernetRounds = FERNET_ROUNDS }: UnlockModules & DerivationCosts,
): Promise<Uint8Array> {
  const encryption = encryptionOf(bytes);
  if (encryption === null) return bytes;
  const password = await passwordFrom(source, { path, encryption });
  const text = () => Buffer.from(bytes).toString("latin1");
  const opened =
    encryption === "NaCl secretbox"
      ? await openNacl(bytes, password, { cost: argon2, signal })
      : encryption === "Ansible vault"
        ? await openAnsibleVault(text(), password)
        : await openFernet(text(), password, fernetRounds);
  password.fill(0);
  signal?.throwIfAborted();
  if (opened === "wrong password") throw new WrongPasswordError({ path, encryption });
  if (opened === "malformed") throw new KeyfileInvalidError({ path, problem: `is damaged (${encryption})` });
  return opened;
}

/** Encrypts keyfiles as btwallet does. Files under one password share a derivation: its salt is fixed, so the key is the same. */
export function createSealer({ signal, argon2 = SENSITIVE }: { signal?: AbortSignal | undefined } & DerivationCosts) {
  const keys = new Map<string, Uint8Array>();
  return {
    async seal(path: string, plain: Uint8Array, source: PasswordSource): Promise<Uint8Array> {
      const password = await passwordFrom(source, { path, encryption: null });
      const name = Buffer.from(password).toString("latin1");
      const key = keys.get(name) ?? (await deriveArgon2Key(password, { cost: argon2, signal }));
      keys.set(name, key);
      password.fill(0);
      const nonce = cryptoRandom.bytes(NONCE_BYTES);
      return concatBytes(utf8(PREFIXES["NaCl secretbox"]), nonce, await sealSecretbox(key, nonce, plain));
    },
    /** Forgets the keys. */
    forget(): void {
      for (const key of keys.values()) key.fill(0);
      keys.clear();
    },
  };
}
