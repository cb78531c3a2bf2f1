import { expect, test } from "vitest";
import * as wallet from "./index.ts";

test("the folder's names change on purpose only", () => {
  expect(Object.keys(wallet)).toMatchInlineSnapshot(`
    [
      "InvalidAddressError",
      "InvalidKeyUriError",
      "InvalidMnemonicError",
      "InvalidWalletNameError",
      "KeyfileEncryptedError",
      "KeyfileInvalidError",
      "KeyfileMismatchError",
      "KeyfileMissingError",
      "WalletExistsError",
      "createWallet",
      "readColdkey",
      "readColdkeyPublic",
      "readHotkey",
      "walletPaths",
      "writeWallet",
      "keypairFromUri",
      "keypairFromSecretKey",
      "keypairFromSeed",
      "generateMnemonic",
      "seedFromMnemonic",
      "decodeAddress",
      "encodeAddress",
      "isAddress",
      "verifySignature",
    ]
  `);
});
