/** The code blocks of the documents, each with what the comment before it says of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./processes.ts";

/** `<!-- run: terminal 2; refused -->` and the fence below it. */
export interface Block {
  readonly document: string;
  readonly language: string;
  readonly body: string;
  /** `run`, `program`, `not run`, `output`, ... : the comment's first word or words. */
  readonly mark: string | null;
  /** What stands behind the colon, in its parts. */
  readonly notes: readonly string[];
  /** The nearest heading above. */
  readonly heading: string;
}

/** README.md and everything in docs, but for what is made out of declarations. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const PIECE = /^(?:(#{1,4} .+)|(?: *<!-- ([a-z][a-z ]*?): ([^>]*?) -->\n+)?( *)```([a-z]*)\n([\s\S]*?)^ *```)$/gm;

export const documentText = (document: string): string => readFileSync(join(ROOT, document), "utf8");

export function blocksOf(document: string): Block[] {
  let heading = "";
  const found: Block[] = [];
  for (const match of documentText(document).matchAll(PIECE)) {
    const [, title, mark, notes = "", indent = "", language = "", body = ""] = match;
    if (title !== undefined) heading = title.replace(/^#+ /, "");
    else {
      const text = indent === "" ? body : body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
      const parts = notes.split(";").map((note) => note.trim());
      found.push({ document, language, body: text, mark: mark ?? null, notes: parts, heading });
    }
  }
  return found;
}

/** The TypeScript blocks of a document, those of one name put one after another: `<!-- program: training -->`. */
export function programs(document: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { mark, notes, language, body } of blocksOf(document)) {
    const [name = ""] = notes;
    if (language === "ts" && mark === "program") found.set(name, (found.get(name) ?? "") + body);
  }
  return found;
}
