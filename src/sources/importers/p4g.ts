import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Message, Transcript } from "../../schema.ts";
import { ForeignTranscriptError } from "../errors.ts";
import { attempt, type Imported, readText, tidy } from "./importer.ts";

/** A record of a CSV file under its header's names. */
interface Row {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** The records of a CSV file (RFC 4180), the named columns in each. */
function parseCsv(path: string, text: string, columns: readonly string[]): Row[] {
  const records: { line: number; cells: string[] }[] = [];
  let record: string[] = [];
  let line = 1;
  let first = 1;
  for (const [all, quoted, bare = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*?))(,|\r?\n|$)/g)) {
    if (all === "" && record.length === 0) break;
    record.push(quoted?.replaceAll('""', '"') ?? bare);
    line += all.split("\n").length - 1;
    if (end === ",") continue;
    records.push({ line: first, cells: record });
    record = [];
    first = line;
  }
  const header = records[0]?.cells.map((name) => name.replace(/^\uFEFF/, "")) ?? [];
  const missing = columns.find((name) => !header.includes(name));
  if (missing !== undefined) throw new ForeignTranscriptError({ path, line: 1, field: missing, problem: "is missing" });
  return records.slice(1).flatMap(({ line: at, cells }): Row[] => {
    if (cells.length === 1 && cells[0] === "") return [];
    if (cells.length !== header.length) {
      const problem = `has ${cells.length} cells, the header ${header.length}`;
      throw new ForeignTranscriptError({ path, line: at, field: "(line)", problem });
    }
    return [{ line: at, cells: new Map(columns.map((name) => [name, cells[header.indexOf(name)] ?? ""])) }];
  });
}

/** What the persuadee of each dialogue gave in dollars; null = not told. */
function readDonations(path: string, text: string): Map<string, number | null> {
  const donations = new Map<string, number | null>();
  for (const { line, cells } of parseCsv(path, text, ["B2", "B4", "B6"])) {
    if (Number(cells.get("B4")) !== 1) continue;
    const given = (cells.get("B6") ?? "").trim();
    const dollars = given === "" || given.toLowerCase() === "nan" ? null : Number(given);
    if (dollars !== null && !(dollars >= 0 && Number.isFinite(dollars))) {
      throw new ForeignTranscriptError({ path, line, field: "B6", problem: `is no amount: ${given.slice(0, 40)}` });
    }
    donations.set(cells.get("B2") ?? "", dollars);
  }
  return donations;
}

function convert(path: string, dialogue: string, rows: readonly Row[], donations: ReadonlyMap<string, number | null>) {
  const dollars = donations.get(dialogue);
  if (dollars === undefined) return { leftOut: "nobody of it is in full_info.csv" };
  if (dollars === null) return { leftOut: "the donation is not told" };
  const messages = rows.flatMap(({ line, cells }): Message[] => {
    const role = cells.get("B4");
    if (role !== "0" && role !== "1") {
      throw new ForeignTranscriptError({ path, line, field: "B4", problem: "is neither 0 nor 1" });
    }
    const text = tidy(cells.get("Unit") ?? "");
    return text === "" ? [] : [{ role: role === "0" ? "agent" : "user", text, atSeconds: null }];
  });
  if (messages.length === 0) return { leftOut: "nobody spoke" };
  const clock = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)_/.exec(dialogue)?.slice(1);
  const transcript: Transcript = {
    id: `p4g-${dialogue.replace(/_live$/, "")}`,
    source: "ucdavisnlp/persuasionforgood",
    startedAt: clock === undefined ? null : `${clock.slice(0, 3).join("-")}T${clock.slice(3).join(":")}`,
    messages,
    outcome: {
      converted: dollars > 0,
      atSeconds: null,
      afterMessages: dollars > 0 ? messages.length : null,
    },
  };
  return { transcript };
}

async function folderOf(path: string): Promise<string> {
  const kind = await stat(path).catch(() => null);
  const start = kind?.isFile() ? dirname(path) : path;
  for (const folder of [start, join(start, "data", "FullData"), join(start, "FullData"), join(start, "data")]) {
    if (await stat(join(folder, "full_dialog.csv")).catch(() => null)) return folder;
  }
  throw new ForeignTranscriptError({ path, field: "full_dialog.csv", problem: "is not there" });
}

/**
 * PersuasionForGood: two tables, no clock, the start in the name. The persuadee is the user; it converted when the persuadee
 * gave something in the end, at a moment nobody knows.
 *
 * @param path a folder that holds `full_dialog.csv` and `full_info.csv`, a clone, or the first of the two.
 */
export async function* importPersuasion(path: string, signal?: AbortSignal): AsyncGenerator<Imported> {
  const folder = await folderOf(path);
  const [dialogPath, infoPath] = [join(folder, "full_dialog.csv"), join(folder, "full_info.csv")];
  const donations = readDonations(basename(infoPath), await readText(infoPath, signal));
  const dialogues = new Map<string, Row[]>();
  const shown = basename(dialogPath);
  for (const row of parseCsv(shown, await readText(dialogPath, signal), ["Unit", "B4", "B2"])) {
    const id = row.cells.get("B2") ?? "";
    const rows = dialogues.get(id);
    if (rows === undefined) dialogues.set(id, [row]);
    else rows.push(row);
  }
  let count = 0;
  for (const [id, rows] of dialogues) {
    count += 1;
    yield attempt(count / dialogues.size, () => convert(shown, id, rows, donations));
  }
}
