/**
 * The documents do what they say: their commands are typed, in order, in a folder and a home of their own; their programs are compiled and
 * run; what they show as output is looked for in what was printed. A comment before a block says what is special about it:
 *
 * - `<!-- run: terminal 2; refused -->`: the last of its commands is to be refused (exit code 1);
 * - `<!-- program: NAME -->`: blocks of one name are one program; `<!-- file: NAME -->`: it is written to that file;
 * - `<!-- output: exact -->`: each line was printed by the command before; `numbers vary` compares all but the digits;
 * - `<!-- not run: REASON -->`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Block, blocksOf, DOCUMENTS } from "../support/documents.ts";
import { environment, ROOT, start } from "../support/processes.ts";
import { commandsOf, createScene, type Scene, type Typed } from "../support/scene.ts";
import { FULL, SETTINGS } from "./settings.ts";
import { leaveWorld } from "./world.ts";

const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const RUNNABLE = ["bash", "ts", "js"];

const plain = (text: string) =>
  text
    .replaceAll(/\b5[1-9A-HJ-NP-Za-km-z]{47}\b/g, "ADDRESS")
    .replaceAll(/[ \t]+/g, " ")
    .trim();
const withoutNumbers = (text: string) => plain(text).replaceAll(/\d[\d.,]*/g, "#");

function expectPrinted(block: Block, last: Typed | undefined): void {
  const form = !FULL || block.notes.includes("numbers vary") ? withoutNumbers : plain;
  const printed = new Set((last?.text() ?? "").split("\n").map(form));
  const missing = block.body
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s*\.\.\.\s*$/.test(line) && !printed.has(form(line)));
  expect(missing, `${last?.command}\n${last?.text()}`).toEqual([]);
}

async function typeAll(scene: Scene, block: Block, typed: Typed[]): Promise<void> {
  const commands = commandsOf(block.body);
  const { copy = (command: string) => command } = SETTINGS[block.document] ?? {};
  for (const [i, command] of commands.entries()) {
    const last = await scene.type(await copy(command, typed));
    typed.push(last);
    const refused = block.mark === "run" && block.notes.includes("refused") && i === commands.length - 1;
    // A doctor that finds something says so with 1; that it has looked is what is asked here.
    if (command.includes("conversion-subnet doctor ")) expect(last.text()).toMatch(/"counts"|\d+ ok\b/);
    else if (last.ended !== null)
      expect(last.ended.code, `${block.document}: ${command}\n${last.text()}`).toBe(refused ? 1 : 0);
    else expect(refused, `${command} was to be refused`).toBe(false);
  }
}

/** Compiles one program in a folder inside the package and runs it. */
async function runProgram(folder: string, name: string, text: string): Promise<void> {
  const compilerOptions = {
    noEmit: false,
    noEmitOnError: true,
    noUnusedLocals: false,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: false,
    paths: {},
    rootDir: ".",
    outDir: "out",
  };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: [`${name}.ts`] }),
  );
  await writeFile(join(folder, `${name}.ts`), text);
  const env = environment(folder);
  const compiled = await start(process.execPath, [TSC, "-p", folder], folder, env).ended;
  expect(compiled, compiled.stdout).toMatchObject({ code: 0 });
  const ran = await start(process.execPath, [`out/${name}.js`], folder, env).ended;
  expect(ran, `${name}: ${ran.stderr}`).toMatchObject({ code: 0 });
  // What a comment at a line's end promises of a value is shown by the room's own tests; here it runs.
}

/** Runs the blocks of a document, or of one heading of it, in one scene. */
async function walk(document: string, blocks: readonly Block[]): Promise<void> {
  const { prepare, swap = [], after } = SETTINGS[document] ?? {};
  const scene = await createScene(swap);
  try {
    await prepare?.(scene, blocks[0]?.heading ?? "");
    const typed: Typed[] = [];
    const programs = new Map<string, string>();
    for (const block of blocks) {
      const [name = ""] = block.notes;
      if (block.mark === "not run") continue;
      if (block.mark === "output") expectPrinted(block, typed.at(-1));
      else if (block.mark === "file") await writeFile(join(scene.folder, name), block.body);
      else if (block.mark === "program") programs.set(name, (programs.get(name) ?? "") + block.body);
      else if (block.language === "bash") await typeAll(scene, block, typed);
    }
    for (const [name, text] of programs) await runProgram(scene.folder, name, text);
    await after?.(scene, typed);
  } finally {
    await scene.leave();
  }
}

afterAll(leaveWorld);

describe.each(DOCUMENTS.filter((document) => blocksOf(document).some(({ language }) => RUNNABLE.includes(language))))(
  "%s",
  (document) => {
    const blocks = blocksOf(document);

    it("says of each block that is not run why", () => {
      const silent = blocks.filter(
        ({ language, mark, notes }) =>
          RUNNABLE.includes(language) &&
          ((language !== "bash" && !["program", "file", "not run"].includes(mark ?? "")) ||
            (mark === "not run" && (notes[0] ?? "").length < 10)),
      );
      expect(silent.map(({ heading, body }) => `${heading}: ${body.split("\n")[0]}`)).toEqual([]);
    });

    if (SETTINGS[document]?.each === "heading") {
      const headings = [...new Set(blocks.filter(({ language }) => language === "bash").map(({ heading }) => heading))];
      it.each(headings)("does what it says: %s", { timeout: 600_000 }, async (heading) => {
        await walk(
          document,
          blocks.filter((block) => block.heading === heading),
        );
      });
    } else {
      it("does what it says", { timeout: 1_200_000 }, async () => {
        await walk(document, blocks);
      });
    }
  },
);
