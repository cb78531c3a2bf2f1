import { readFile } from "node:fs/promises";
import { UserError } from "../core/index.ts";
import { KeyfileEncryptedError, type PasswordRequest, passwordProblem, WeakPasswordError } from "../wallet/index.ts";
import { askHidden, isAttended } from "./prompt.ts";
import { createSpinner, type Spinner } from "./spinner.ts";
import { printAside } from "./terminal.ts";

/** The variable in which btwallet keeps the password of one keyfile. */
export function variableOf(path: string): string {
  return `BT_PW_${path.replace(/[/\\.]/g, "_").toUpperCase()}`;
}

/** What btwallet puts into such a variable: base64 of the password, its bytes XORed with the variable's name over and over. */
export function readVariable(name: string, value: string): string {
  const [bytes, mask] = [Buffer.from(value, "base64"), Buffer.from(name)];
  return Buffer.from(bytes.map((byte, i) => byte ^ (mask[i % mask.length] ?? 0))).toString("utf8");
}

async function fromFile(path: string): Promise<string> {
  const text = await readFile(path, "utf8");
  // An editor ends its last line; a password does not end in one.
  return text.replace(/\r?\n$/, "");
}

/** The password of a keyfile out of the environment: its own variable, BT_WALLET_PASSWORD, BT_WALLET_PASSWORD_FILE. */
export async function passwordFromEnvironment(path: string): Promise<string | undefined> {
  const name = variableOf(path);
  const own = process.env[name];
  if (own) return readVariable(name, own);
  const { BT_WALLET_PASSWORD: password, BT_WALLET_PASSWORD_FILE: file } = process.env;
  if (password) return password;
  return file ? fromFile(file) : undefined;
}

const HOW = "Set BT_WALLET_PASSWORD or BT_WALLET_PASSWORD_FILE, or run it on a terminal, where it is asked for";

/** Asks for passwords, and shows that something is done with them until `stop`. */
export interface Asker {
  readonly source: (request: PasswordRequest) => Promise<string>;
  /** Whether the last one was typed: then it can be asked for again. */
  wasTyped(): boolean;
  stop(): void;
}

type Get = (request: PasswordRequest) => Promise<{ readonly password: string; readonly typed: boolean }>;

function createAsker(doing: string, get: Get): Asker {
  let spinner: Spinner | undefined;
  let typed = false;
  return {
    source: async (request) => {
      const got = await get(request);
      typed = got.typed;
      spinner = createSpinner(doing);
      return got.password;
    },
    wasTyped: () => typed,
    stop() {
      spinner?.stop();
      spinner = undefined;
    },
  };
}

/** Gets the password of a keyfile that is there. `what` is "coldkey" or "hotkey". */
export function askPassword(what: string, signal?: AbortSignal): Asker {
  return createAsker(`Unlocking the ${what}...`, async (request) => {
    const known = await passwordFromEnvironment(request.path);
    if (known !== undefined) return { password: known, typed: false };
    if (!isAttended()) throw new KeyfileEncryptedError({ ...request, hint: `${HOW}.` });
    return { password: await askHidden(`Password of the ${what} (${request.path}): `, { signal }), typed: true };
  });
}

/** Gets a new password: out of the environment, or typed twice. */
export function askNewPassword(what: string, signal?: AbortSignal): Asker {
  return createAsker(`Encrypting the ${what}...`, async (request) => {
    const known = await passwordFromEnvironment(request.path);
    if (known !== undefined) {
      const problem = passwordProblem(known);
      if (problem !== null) throw new WeakPasswordError({ problem });
      return { password: known, typed: false };
    }
    if (!isAttended()) {
      const hint = what === "coldkey" ? `${HOW}; --no-password leaves the coldkey plain, for development.` : `${HOW}.`;
      throw new KeyfileEncryptedError({ ...request, hint });
    }
    return { password: await typeTwice(what, signal), typed: true };
  });
}

async function typeTwice(what: string, signal: AbortSignal | undefined): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const password = await askHidden(`New password of the ${what}: `, { signal });
    const problem = passwordProblem(password);
    if (problem !== null) printAside(`It ${problem}; another one, please.`);
    else if ((await askHidden("The same again: ", { signal })) === password) return password;
    else printAside("The two are not the same; once more, please.");
  }
  throw new UserError("No password was agreed upon; nothing was written.");
}

/** Gets the password of a file that comes from elsewhere: out of a file, or typed. */
export function askImportPassword(path: string, passwordFile: unknown, signal?: AbortSignal): Asker {
  return createAsker("Opening the file...", async (request) => {
    if (typeof passwordFile === "string") return { password: await fromFile(passwordFile), typed: false };
    if (!isAttended()) {
      const hint = "Give --import-password-file, or run it on a terminal, where it is asked for.";
      throw new KeyfileEncryptedError({ ...request, path, hint });
    }
    return { password: await askHidden(`Password of ${path}: `, { signal }), typed: true };
  });
}
