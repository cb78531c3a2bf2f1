import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, createDeferred, type Deferred, errorText, type Logger, lockFile } from "../core/index.ts";
import { type Feedback, feedbackToWire, RequestRefusedError } from "../protocol/index.ts";
import { type FeedbackFile, openFeedbackFile, writtenAtMs } from "./feedback-file.ts";

/** Feedback on disk, bounded. */
export interface FeedbackStore {
  /**
   * Keeps feedback; resolves when it is on disk, with false when it was there already.
   *
   * @throws {RequestRefusedError} 503 when too much is waiting, or the disk refuses.
   */
  add(validator: string, feedback: Feedback, facts: { readonly holds: boolean | null }): Promise<boolean>;
  close(): Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly line: string;
  readonly kept: Deferred<boolean>;
}

const HOTKEY = /^[1-9A-HJ-NP-Za-km-z]{40,60}$/;
const FILE = /^([1-9A-HJ-NP-Za-km-z]{40,60})\.jsonl$/;
const overloaded = (problem: string) => new RequestRefusedError({ code: "OVERLOADED", problem });

/**
 * A folder with one JSON Lines file a validator, so that whoever sends much pushes out nobody else's. Mode 0600 in 0700: it tells how well
 * this miner does. Lines that come together are written together, and answered when they are on disk.
 *
 * @param maxBytes of one validator; the older half goes when it is full.
 * @param maxValidators files; the one written longest ago goes first.
 * @param maxPending lines that wait for the disk; one more is refused.
 * @throws {LockedError} when another process has the folder.
 * @example
 * const store = await openFeedbackStore({ folder: "feedback" }, { clock: systemClock, logger });
 * await store.add(validator, feedback, { holds: true }); // true
 */
export async function openFeedbackStore(
  {
    folder,
    maxBytes = 64 * 2 ** 20,
    maxValidators = 32,
    maxPending = 256,
  }: { folder: string; maxBytes?: number; maxValidators?: number; maxPending?: number },
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<FeedbackStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFile(join(folder, "feedback"));
  const files = new Map<string, FeedbackFile>();
  const waiting = new Map<string, Waiting[]>();
  let pending = 0;
  let writing: Promise<void> | null = null;
  let closed = false;
  const pathOf = (validator: string) => join(folder, `${validator}.jsonl`);

  /** Makes room for one more validator. */
  const makeRoom = async (validator: string) => {
    const names = (await readdir(folder)).flatMap((name) => FILE.exec(name)?.[1] ?? []);
    if (names.includes(validator) || names.length < maxValidators) return;
    const ages = await Promise.all(names.map(async (name) => ({ name, atMs: await writtenAtMs(pathOf(name)) })));
    const [oldest] = ages.sort((a, b) => a.atMs - b.atMs);
    if (oldest === undefined) return;
    await files.get(oldest.name)?.close();
    files.delete(oldest.name);
    await rm(pathOf(oldest.name), { force: true });
    await rm(join(folder, `${oldest.name}.1.jsonl`), { force: true });
    logger.warn("Feedback of a validator was dropped: there are too many of them", { validator: oldest.name });
  };
  const fileOf = async (validator: string): Promise<FeedbackFile> => {
    const found = files.get(validator);
    if (found !== undefined) return found;
    await makeRoom(validator);
    const file = await openFeedbackFile(pathOf(validator), { maxBytes });
    files.set(validator, file);
    return file;
  };

  const writeOne = async (validator: string, entries: readonly Waiting[]) => {
    try {
      const file = await fileOf(validator);
      const fresh = new Map<string, Waiting>();
      for (const entry of entries) if (!file.has(entry.id) && !fresh.has(entry.id)) fresh.set(entry.id, entry);
      if (fresh.size > 0) await file.append([...fresh.values()]);
      for (const entry of entries) entry.kept.resolve(fresh.get(entry.id) === entry);
    } catch (error) {
      // Opened anew the next time: that mends a line that was cut, and reads what is there.
      await files
        .get(validator)
        ?.close()
        .catch(() => undefined);
      files.delete(validator);
      logger.error("Feedback could not be kept", { validator, error: errorText(error) });
      for (const { kept } of entries) kept.reject(overloaded("feedback cannot be kept now"));
    }
  };
  const writeAll = async () => {
    while (waiting.size > 0) {
      const all = [...waiting];
      waiting.clear();
      for (const [validator, entries] of all) {
        await writeOne(validator, entries);
        pending -= entries.length;
      }
    }
    writing = null;
  };

  return {
    async add(validator, feedback, { holds }) {
      if (closed) throw overloaded("this miner is stopping");
      if (!HOTKEY.test(validator)) throw overloaded("the caller's hotkey names no file");
      if (pending >= maxPending) throw overloaded("too much feedback is waiting");
      const id = feedback.question.sessionId;
      const line = JSON.stringify({ id, at: clock.nowMs(), validator, holds, ...feedbackToWire(feedback) });
      const kept = createDeferred<boolean>();
      pending += 1;
      const own = waiting.get(validator);
      if (own === undefined) waiting.set(validator, [{ id, line, kept }]);
      else own.push({ id, line, kept });
      writing ??= writeAll();
      return kept.promise;
    },
    async close() {
      closed = true;
      await writing;
      for (const file of files.values()) await file.close();
      files.clear();
      await unlock();
    },
  };
}
