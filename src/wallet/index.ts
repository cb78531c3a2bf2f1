/**
 * @module wallet
 * Row 2: keys. Addresses, mnemonics, secret URIs, signing and verifying with sr25519 and ed25519, and wallets on disk in the
 * layout and the encryption of Bittensor's own tools. It looks up no home directory and asks nobody: a password is given, or a
 * function that gets it. The rest of the program asks for a `Signer`, never for a wallet.
 *
 * @example
 * keypairFromUri("//Alice").address; // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export type { Encryption, PasswordRequest, PasswordSource, UnlockModules } from "./encryption.ts";
export {
  InvalidAddressError,
  InvalidKeyUriError,
  InvalidMnemonicError,
  InvalidPolkadotJsonError,
  InvalidWalletNameError,
  KeyDerivationError,
  KeyfileEncryptedError,
  KeyfileInvalidError,
  KeyfileMismatchError,
  KeyfileMissingError,
  WalletExistsError,
  WeakPasswordError,
  WrongPasswordError,
} from "./errors.ts";
export { type WalletExposure, walletExposures } from "./exposures.ts";
export { type WalletLocation, type WalletPaths, walletPaths } from "./folder.ts";
export { inspectWallet, type KeyfileSummary, listWallets, type WalletSummary } from "./inspect-wallet.ts";
export { keypairFromUri } from "./key-uri.ts";
export { keypairFromPrivateKey, type PublicKeyfile } from "./keyfile.ts";
export { type Keypair, keypairFromSecretKey, keypairFromSeed, type Scheme, type Signer } from "./keypair.ts";
export { generateMnemonic, seedFromMnemonic } from "./mnemonic.ts";
export { passwordProblem } from "./password.ts";
export { keypairFromPolkadotJson } from "./polkadot-json.ts";
export { readColdkey, readColdkeyPublic, readHotkey, readHotkeyPublic, readKeyfile } from "./read-wallet.ts";
export { decodeAddress, encodeAddress, isAddress } from "./ss58.ts";
export { verifySignature } from "./verify.ts";
export { type CreateWalletOptions, createWallet, type WriteModules, writeWallet } from "./write-wallet.ts";
