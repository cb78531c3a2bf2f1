import { closeSync, constants, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { errorText, InvalidArgumentError, lockFile, SubnetError, writeFileAtomic } from "../core/index.ts";
import { firstIssue } from "../schema.ts";
import { toJson } from "./calls.ts";
import { LedgerStateError } from "./errors.ts";
import { applyOperation, type LedgerOperation } from "./operations.ts";
import type { LedgerState } from "./state.ts";
import { journalHeadSchema, operationSchema, STATE_VERSION, snapshotSchema } from "./state-schema.ts";

/** A ledger's state in a folder: snapshots, and a journal of everything since the last. */
export interface LedgerStore {
  /** Bytes of the journal since the last snapshot. */
  readonly journalBytes: number;
  /** Writes an operation down before it happens. */
  append(operation: LedgerOperation): void;
  /** Writes a snapshot; what comes meanwhile goes to the next journal. */
  save(state: LedgerState): Promise<void>;
  /** Lets go of the folder. */
  close(): Promise<void>;
}

/** Empty, and written at its end whatever is cut off it. */
const FRESH = constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_APPEND;
const SNAPSHOT = "ledger.json";
const journalName = (generation: number) => `journal-${generation}.jsonl`;
const JOURNAL = /^journal-(\d{1,15})\.jsonl$/;

function parsed<T>(path: string, text: string, schema: { safeParse(value: unknown): SafeParse<T> }): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LedgerStateError({ path, problem: "it is not JSON", cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { field, problem } = firstIssue(result.error);
  throw new LedgerStateError({ path, problem: `${field}: ${problem}` });
}
type SafeParse<T> = { success: true; data: T } | { success: false; error: Parameters<typeof firstIssue>[0] };

function journalsIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => JOURNAL.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Plays a journal on a state. What the ledger refused then, it refuses again. A last line that was cut off was never answered. */
function replay(path: string, state: LedgerState, isLast: boolean): void {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  if (rest !== "" && !isLast) throw new LedgerStateError({ path, problem: "its last line is cut off" });
  const [first, ...operations] = lines;
  if (first === undefined) {
    if (isLast) return;
    throw new LedgerStateError({ path, problem: "it is empty" });
  }
  const head = parsed(path, first, journalHeadSchema);
  if (head.block !== state.block || head.blockHash !== state.blockHash)
    throw new LedgerStateError({
      path,
      problem: `it goes on from block ${head.block}, the state is at ${state.block}`,
    });
  for (const [index, line] of operations.entries()) {
    const operation = parsed(`${path}:${index + 2}`, line, operationSchema);
    try {
      applyOperation(state, operation, () => undefined);
    } catch (error) {
      if (!(error instanceof SubnetError)) throw error;
    }
  }
}

/** The state that a folder holds, and the number of its newest journal; null = none yet. */
function load(folder: string): { state: LedgerState; generation: number } | null {
  const path = join(folder, SNAPSHOT);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      throw new LedgerStateError({ path, problem: errorText(error), cause: error });
    if (journalsIn(folder).length > 0)
      throw new LedgerStateError({ path, problem: "it is missing, though there is a journal" });
    return null;
  }
  const { state, generation } = parsed(path, text, snapshotSchema);
  const journals = journalsIn(folder).filter((number) => number >= generation);
  for (const [index, number] of journals.entries()) {
    const journal = join(folder, journalName(number));
    if (number !== generation + index)
      throw new LedgerStateError({ path: journal, problem: "the one before it is missing" });
    replay(journal, state, index === journals.length - 1);
  }
  return { state, generation: journals.at(-1) ?? generation };
}

/**
 * Opens the folder of a ledger's state, for this process alone, and takes up what is in it: the snapshot, and everything that the journal
 * says came after. An operation is in the journal before it happens, so a process that is killed loses nothing that it
 * has answered; when the power goes, what the system had not yet written is lost.
 *
 * @param begin the state to begin with where there is none.
 * @throws {LedgerStateError} for a folder whose files are damaged, of another version, or do not belong together.
 * @throws {LockedError} when another process has it.
 * @example
 * const { state, store } = await openLedgerStore("/var/lib/localnet", () => genesis({ seed: 7 }));
 * state.block; // where it was left
 */
export async function openLedgerStore(
  folder: string,
  begin: () => LedgerState,
): Promise<{ state: LedgerState; isNew: boolean; store: LedgerStore }> {
  await mkdir(folder, { recursive: true });
  const release = await lockFile(join(folder, "ledger"));
  try {
    const loaded = load(folder);
    const state = loaded?.state ?? begin();
    let generation = loaded === null ? 0 : loaded.generation;
    let journal: number | null = null;
    let journalBytes = 0;
    /** Writes a line at the end of a file of so many bytes, or nothing; gives the bytes that it has then. */
    const write = (file: number, before: number, line: string): number => {
      const bytes = Buffer.from(`${line}\n`);
      try {
        if (writeSync(file, bytes) !== bytes.length)
          throw new LedgerStateError({ path: folder, problem: "the disk is full" });
      } catch (error) {
        // Half a line would make the next one unreadable.
        ftruncateSync(file, before);
        throw error;
      }
      return before + bytes.length;
    };
    /** A journal that only has its head; on a full disk there is none, and the one before goes on. */
    const beginJournal = (number: number, { block, blockHash }: LedgerState): void => {
      const path = join(folder, journalName(number));
      const next = openSync(path, FRESH, 0o600);
      try {
        journalBytes = write(next, 0, toJson({ version: STATE_VERSION, generation: number, block, blockHash }));
      } catch (error) {
        closeSync(next);
        rmSync(path);
        throw error;
      }
      if (journal !== null) closeSync(journal);
      journal = next;
      generation = number;
    };
    const save = async (now: LedgerState) => {
      // All of this happens at one moment: the snapshot's text, and the journal that goes on from it.
      const number = generation + 1;
      const text = toJson({ version: STATE_VERSION, generation: number, state: now });
      beginJournal(number, now);
      await writeFileAtomic(join(folder, SNAPSHOT), text, { mode: 0o600 });
      for (const old of journalsIn(folder).filter((other) => other < number)) rmSync(join(folder, journalName(old)));
    };
    await save(state);
    const store: LedgerStore = {
      get journalBytes() {
        return journalBytes;
      },
      append(operation) {
        const line = toJson(operation);
        // What could not be read again is not written: a caller in this process has passed no door.
        if (operation.op !== "blocks") {
          const readable = operationSchema.safeParse(JSON.parse(line));
          if (!readable.success) {
            const { field, problem } = firstIssue(readable.error);
            throw new InvalidArgumentError({ argument: field, problem: `is refused: ${problem}` });
          }
        }
        if (journal === null) throw new LedgerStateError({ path: folder, problem: "it is closed" });
        journalBytes = write(journal, journalBytes, line);
      },
      save,
      async close() {
        if (journal !== null) closeSync(journal);
        journal = null;
        await release();
      },
    };
    return { state, isNew: loaded === null, store };
  } catch (error) {
    await release();
    throw error;
  }
}
