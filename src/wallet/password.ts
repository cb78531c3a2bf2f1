/** Rows of a keyboard, and the alphabet: a walk along one of them is no secret. */
const WALKS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
/** First guesses of everybody who guesses. Those that are walks or repeats are found without a list. */
const COMMON = new Set(
  "admin1 123123 bitcoin bittensor changeme coldkey dragon football hotkey iloveyou letmein master miner1 monkey opentensor pass123 passw0rd password password1 qwerty123 secret shadow sunshine superman test123 testing tensor validator wallet welcome".split(
    " ",
  ),
);

const reversed = (text: string) => [...text].reverse().join("");

/**
 * What is wrong with a new password, or null: it has at least 6 characters, not the same two over and over, is no walk along the
 * keyboard and none of the first guesses. Files of other tools open with whatever they were made with.
 *
 * @example
 * passwordProblem("aaaaaa"); // "repeats one or two characters"
 */
export function passwordProblem(password: string): string | null {
  const characters = [...password.toLowerCase()];
  if (characters.length < 6) return "has fewer than 6 characters";
  if (new Set(characters).size < 3) return "repeats one or two characters";
  const text = characters.join("");
  if (WALKS.some((walk) => walk.includes(text) || reversed(walk).includes(text))) return "is a walk along the keyboard";
  return COMMON.has(text) ? "is among the first that are guessed" : null;
}
