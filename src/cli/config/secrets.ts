const SECRET_WORD =
  /(^|[._-])(password|passphrase|passwd|pw|mnemonic|secret|token|credentials?|api[_-]?key|private[_-]?key|seed[_-]?phrase)$/i;
/** Whatever stands before an @ may be one, slashes and all, and some addresses carry theirs behind the question mark. */
const WITH_PASSWORD = [
  /^[a-z][a-z0-9+.-]*:\/\/[^@]*:[^@]*@/i,
  /^rediss?:\/\/[^@]+@/i,
  /[?&]([\w-]*(password|secret|token|auth|key))=[^&]/i,
];
const WORDS = new Set([12, 15, 18, 21, 24]);

/** Why a value must not stand in a file that people copy, show and check in; null = it may. */
export function secretIn(key: string, text: string): { readonly problem: string; readonly hint: string } | null {
  if (SECRET_WORD.test(key)) {
    const isPassword = /pass|pw$/i.test(key);
    return {
      problem: "is a secret, and this file is no place for one: it is copied, shown and checked in",
      hint: isPassword
        ? "Set BT_WALLET_PASSWORD_FILE to a file that only you can read, or BT_WALLET_PASSWORD."
        : "Give it by the environment, or name a file that only you can read where the command has a flag for one.",
    };
  }
  if (WITH_PASSWORD.some((shape) => shape.test(text))) {
    return {
      problem: "holds a password in its address, and this file is no place for one",
      hint: "Give the address by the environment instead.",
    };
  }
  const words = text.trim().split(/\s+/);
  if (WORDS.has(words.length) && words.every((word) => /^[a-z]{3,8}$/.test(word))) {
    return {
      problem: "looks like the phrase of a key, and this file is no place for one",
      hint: "Keep keys in a wallet: `wallet regen-hotkey` makes one of a phrase.",
    };
  }
  return null;
}
