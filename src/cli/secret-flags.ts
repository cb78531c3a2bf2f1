import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { fromHex, UserError } from "../core/index.ts";
import {
  type Keypair,
  keypairFromPolkadotJson,
  keypairFromPrivateKey,
  keypairFromSeed,
  keypairFromUri,
  readKeyfile,
  type Scheme,
} from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { askImportPassword } from "./password.ts";
import { askHidden, isAttended } from "./prompt.ts";
import { printAside } from "./terminal.ts";

/** `--crypto-type` and its like; commander has checked the choice. */
export function schemeOf(value: unknown): Scheme {
  return value === "ed25519" ? "ed25519" : "sr25519";
}

type Make = (text: string, scheme: Scheme) => Keypair;
/** Secrets that a key is made of: the flag that has it on the command line; `NAME-file` names a file with it. */
const SECRETS: Readonly<Record<string, Make>> = {
  mnemonic: (text, scheme) => keypairFromUri(text, { scheme }),
  seed: (text, scheme) => keypairFromSeed(fromHex("seed", text, 32), { scheme }),
  privateKey: (text, scheme) => keypairFromPrivateKey(text, { scheme }),
};

/** `-` is stdin. */
async function readSecret(path: string): Promise<string> {
  return (path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8")).trim();
}

/** The key behind the one secret that the flags give; on a terminal the mnemonic is asked for when they give none. */
export async function keypairOf(flags: Flags, signal: AbortSignal): Promise<Keypair> {
  const scheme = schemeOf(flags.cryptoType);
  const given: (() => Promise<Keypair>)[] = [];
  for (const [name, make] of Object.entries(SECRETS)) {
    const [text, file] = [flags[name], flags[`${name}File`]];
    if (typeof text === "string") {
      given.push(async () => {
        printAside(
          "Warning: a secret on the command line is seen by others on this machine and kept by the shell; --help names files instead.",
        );
        return make(text.trim(), scheme);
      });
    }
    if (typeof file === "string") given.push(async () => make(await readSecret(file), scheme));
  }
  const { jsonPath } = flags;
  if (typeof jsonPath === "string") given.push(() => importedKeypair(jsonPath, flags, signal));
  const [only, another] = given;
  if (another !== undefined) throw new UserError("More than one secret was given.", { hint: "Give one of them." });
  if (only !== undefined) return only();
  if (!isAttended()) {
    const hint = "Give --mnemonic-file, --seed-file, --private-key-file or --json-path; a file of - is stdin.";
    throw new UserError("No secret was given to make the key of.", { hint });
  }
  return keypairFromUri(await askHidden("Mnemonic, with //hard/soft///password where it has them: ", { signal }), {
    scheme,
  });
}

const isPolkadotJson = (text: string) => /^\s*\{/.test(text) && /"encoded"/.test(text) && /"encoding"/.test(text);

/** The key of a file from elsewhere: an export of polkadot.js, or a keyfile of any kind. */
export async function importedKeypair(path: string, flags: Flags, signal: AbortSignal): Promise<Keypair> {
  const text = await readFile(path, "utf8");
  const asker = askImportPassword(path, flags.importPasswordFile, signal);
  const modules = { password: asker.source, signal };
  try {
    return isPolkadotJson(text) ? await keypairFromPolkadotJson(text, modules) : await readKeyfile(path, modules);
  } finally {
    asker.stop();
  }
}
