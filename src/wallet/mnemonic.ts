import { pbkdf2Sync } from "node:crypto";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { cryptoRandom, InvalidArgumentError, type Random, utf8 } from "../core/index.ts";
import { InvalidMnemonicError } from "./errors.ts";

/**
 * A new phrase of 12, 15, 18, 21 or 24 English words.
 *
 * @throws {InvalidArgumentError} for another number of words.
 * @example
 * generateMnemonic().split(" ").length; // 12
 */
export function generateMnemonic(words = 12, { random = cryptoRandom }: { random?: Random } = {}): string {
  if (![12, 15, 18, 21, 24].includes(words)) {
    throw new InvalidArgumentError({ argument: "words", problem: "must be 12, 15, 18, 21 or 24", value: words });
  }
  return entropyToMnemonic(random.bytes((words * 4) / 3), wordlist);
}

/** Lower case, single spaces. */
export function normaliseMnemonic(phrase: string): string {
  return phrase.trim().toLowerCase().split(/\s+/).join(" ");
}

/**
 * The 32-byte mini-secret of a phrase, as Substrate makes it: PBKDF2 over the *entropy*, which is not BIP-39's own seed.
 *
 * @throws {InvalidMnemonicError} when a word or the checksum is wrong.
 * @example
 * seedFromMnemonic("bottom drive obey lake curtain smoke basket hold race lonely fit walk")[0]; // 0xfa
 */
export function seedFromMnemonic(phrase: string, password = ""): Uint8Array {
  const words = normaliseMnemonic(phrase).split(" ");
  let entropy: Uint8Array;
  try {
    entropy = mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    // The library's own error is not passed on as a cause: it may quote words of the secret.
    const unknown = words.findIndex((word) => !wordlist.includes(word));
    const problem = unknown >= 0 ? `has an unknown word (number ${unknown + 1})` : "has a wrong length or checksum";
    throw new InvalidMnemonicError({ words: words.length, problem });
  }
  return new Uint8Array(pbkdf2Sync(entropy, utf8(`mnemonic${password}`), 2048, 64, "sha512").subarray(0, 32));
}
