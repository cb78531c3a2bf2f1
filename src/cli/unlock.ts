import { type Keypair, readColdkey, readHotkey, WrongPasswordError } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { askPassword } from "./password.ts";
import { printAside } from "./terminal.ts";
import { walletOf } from "./wallet.ts";

/** How often a typed password may be wrong. */
const TRIES = 3;

/** The key that the flags name, unlocked with the password of the environment or of the person at the terminal. */
export async function unlockKey(flags: Flags, which: "coldkey" | "hotkey", signal?: AbortSignal): Promise<Keypair> {
  const read = which === "coldkey" ? readColdkey : readHotkey;
  for (let tries = 1; ; tries++) {
    const asker = askPassword(which, signal);
    try {
      return await read(walletOf(flags), { password: asker.source, signal });
    } catch (error) {
      const again = error instanceof WrongPasswordError && asker.wasTyped() && tries < TRIES;
      if (!again) throw error;
      asker.stop();
      printAside("The password does not open the file; once more, please.");
    } finally {
      asker.stop();
    }
  }
}
