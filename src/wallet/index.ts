/**
 * @module wallet
 * Row 2: keys. Addresses, mnemonics, secret URIs, signing and verifying with sr25519 and ed25519, and wallets on disk in the
 * layout of Bittensor's own tools. It reads and writes plain keyfiles only, looks up no home directory and asks no password.
 * The rest of the program asks for a `Signer`, never for a wallet.
 *
 * @example
 * keypairFromUri("//Alice").address; // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export {
  InvalidAddressError,
  InvalidKeyUriError,
  InvalidMnemonicError,
  InvalidWalletNameError,
  KeyfileEncryptedError,
  KeyfileInvalidError,
  KeyfileMismatchError,
  KeyfileMissingError,
  WalletExistsError,
} from "./errors.ts";
export { type WalletExposure, walletExposures } from "./exposures.ts";
export {
  createWallet,
  readColdkey,
  readColdkeyPublic,
  readHotkey,
  type WalletLocation,
  type WalletPaths,
  walletPaths,
  writeWallet,
} from "./folder.ts";
export { keypairFromUri } from "./key-uri.ts";
export type { PublicKeyfile } from "./keyfile.ts";
export { type Keypair, keypairFromSecretKey, keypairFromSeed, type Scheme, type Signer } from "./keypair.ts";
export { generateMnemonic, seedFromMnemonic } from "./mnemonic.ts";
export { decodeAddress, encodeAddress, isAddress } from "./ss58.ts";
export { verifySignature } from "./verify.ts";
