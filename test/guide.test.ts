import { describe, expect, it } from "vitest";
import { blocksOf, DOCUMENTS, documentText, programs } from "./support/documents.ts";

const GUIDE = "docs/guide-miner.md";
/** Lines of code in the Python quickstart, comments and blank lines apart. */
const PYTHON_LINES = 46;

describe("the guides", () => {
  const rows = [...documentText(GUIDE).matchAll(/^\| (\d+) \| `([^`]+)` \| (.+) \|$/gm)].map(
    ([, number, python = "", ours = ""]) => ({ number: Number(number), python, ours }),
  );

  it("put a line of ours beside every line of the Python quickstart", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: PYTHON_LINES }, (_, i) => i + 1));
    expect(rows.filter(({ ours }) => ours.trim() === "")).toEqual([]);
  });

  it("have those lines in the program and the commands that are run", () => {
    const program = [...programs(GUIDE).values()].join("\n");
    const commands = blocksOf(GUIDE)
      .filter(({ language, mark }) => language === "bash" || mark === "file")
      .map(({ body }) => body)
      .join("\n");
    // Imports are one line there; what is refused or prose is not in a program.
    const code = rows.flatMap(({ ours }) => [...ours.matchAll(/`([^`]+)`/g)].map(([, line = ""]) => line));
    const strange = code.filter((line) => {
      const [, names] = /^import \{ (.+) \} from/.exec(line) ?? [];
      if (names !== undefined) return !names.split(", ").every((name) => program.includes(name));
      return !program.includes(line) && !commands.includes(line);
    });
    expect(strange).toEqual([
      "git clone",
      "npm install conversion-subnet",
      "cd",
      'device: "cuda"',
      "--subtensor.chain_endpoint",
    ]);
  });

  it("say of each block that is not run why, and there are few of them", () => {
    const marked = DOCUMENTS.flatMap((document) => blocksOf(document).filter(({ mark }) => mark === "not run"));
    expect(marked.filter(({ notes }) => (notes[0] ?? "").length < 10)).toEqual([]);
    expect(marked.length).toBeLessThan(40);
  });
});
