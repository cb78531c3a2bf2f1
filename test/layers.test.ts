import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 400;

/** The rows: a room imports only from rooms with a smaller number. */
const ROWS: Readonly<Record<string, number>> = {
  core: 0,
  "schema.ts": 1,
  jobs: 1,
  store: 1,
  telemetry: 1,
  wallet: 2,
  features: 2,
  scoring: 2,
  protocol: 3,
  chain: 3,
  learning: 3,
  sources: 3,
  miner: 4,
  validator: 4,
  localnet: 4,
  subtensor: 4,
  redis: 4,

  dashboard: 5,
  postgres: 5,
  demo: 5,
  "index.ts": 6,
  cli: 7,
};
/** Imports inside a row, each with its reason. */
const SAME_ROW: Readonly<Record<string, string>> = {};
/** Imports past a folder's door, each with its reason. */
const PAST_THE_DOOR: Readonly<Record<string, string>> = {
  "src/cli/run.ts -> src/core/errors.ts": "`--help` loads nothing more: 2 ms in place of 10",
  "src/cli/run.ts -> src/core/printable.ts": "the same",
};
/** The rooms in which each library may be imported; zod may be anywhere. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  // The messages of an ONNX file, which onnx-buf describes.
  "@bufbuild/protobuf": ["learning"],
  "@hono/node-server": ["protocol"],
  "@noble/ciphers": ["wallet"],
  // The pairing of timelock encryption.
  "@noble/curves": ["chain"],
  "@noble/hashes": ["wallet", "chain"],
  // What metadata says, and its hashes.
  // Spans, for whatever SDK is registered.
  "@opentelemetry/api": ["telemetry"],
  "@polkadot-api/metadata-builders": ["subtensor"],
  "@polkadot-api/substrate-bindings": ["subtensor"],
  "@polkadot-labs/schnorrkel-wasm": ["wallet"],
  "@scure/bip39": ["wallet"],
  commander: ["cli"],
  fflate: ["learning"],
  "hash-wasm": ["wallet"],
  // The ledger is an app of its own, made of protocol's middleware.
  hono: ["protocol", "localnet"],
  // SQLite, its binary prebuilt for each platform.
  libsql: ["store"],
  "onnx-buf": ["learning"],
  pickleparser: ["learning"],
  // The page that Prometheus reads, and what a process says of itself.
  "prom-client": ["telemetry"],
  // JSON-RPC with a Substrate node; Node 20 has no WebSocket of its own.
  ws: ["subtensor"],
  // Configuration files, with the line and column of every value.
  yaml: ["cli"],
  zod: Object.keys(ROWS),
};
/** The page runs in browsers: from the rest it takes types of what the node says, and one library, which the build copies beside it. */
const PAGE = "src/dashboard/page/";
const PAGE_LIBRARIES: Readonly<Record<string, string>> = { uplot: `${PAGE}plot.ts` };
const PAGE_TYPES = /^src\/dashboard\/views(-\w+)?\.ts$/;
/** Ways by which a text becomes markup or code: strangers' texts are on this page. */
const MARKUP =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser|srcdoc)\b|\bdocument\.write|\beval\(|\bnew Function\b/;

/** What only the command line may touch. */
const CLI_ONLY = /\bprocess\.(argv|env|exit|exitCode|stdin|stdout|stderr|on|once)\b|\bconsole\.|\bhomedir\b/;

interface SourceFile {
  /** From the root: `src/core/wait.ts`. */
  readonly path: string;
  readonly text: string;
}

function filesUnder(folder: string, ending = ".ts"): SourceFile[] {
  if (!existsSync(ROOT + folder)) return [];
  return readdirSync(ROOT + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => {
      const path = `${entry.parentPath}/${entry.name}`.slice(ROOT.length);
      return { path, text: readFileSync(ROOT + path, "utf8") };
    });
}

/** AssemblyScript: another language, compiled by scripts/build-kernels.mjs, imported by nothing. */
const isAssembly = ({ path }: SourceFile) => path.startsWith("src/learning/kernels/assembly/");
const isTest = ({ path }: SourceFile) => /\.(test|long)\.ts$/.test(path);
const roomOf = (path: string) => path.split("/")[1] ?? "";

/** The code without its comments; texts are left alone, so `//` counts only after a blank. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** What a file imports, re-exports, or loads later. */
function importsOf(code: string): string[] {
  const statements = code.matchAll(/^\s*(?:import|export)\b(?:[^;"'`()]*?\bfrom)?\s*["']([^"']+)["']/gm);
  const calls = code.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...statements, ...calls].map(([, specifier]) => specifier ?? "");
}

function resolved(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** What a file of the page may not import, or what imports the page. */
function complainOfPage(path: string, target: string, typesOnly: boolean): string | null {
  if (!path.startsWith(PAGE)) return target.startsWith(PAGE) ? `${path} imports the page` : null;
  if (target.startsWith(PAGE)) return null;
  return typesOnly && PAGE_TYPES.test(target) ? null : `${path} imports ${target}, which no browser has`;
}

function complainOfRelative(path: string, target: string): string | null {
  const [here, there] = [roomOf(path), roomOf(target)];
  if (!target.startsWith("src/")) return `${path} imports ${target}, which is not in src/`;
  if (here === there) return null;
  const [row, other] = [ROWS[here], ROWS[there]];
  if (row === undefined || other === undefined) return `${path} or ${target} is in no row`;
  const key = `${path} -> ${target}`;
  if (other >= row && !(key in SAME_ROW)) return `${key}: row ${row} may not import row ${other}`;
  const door = there.endsWith(".ts") ? `src/${there}` : `src/${there}/index.ts`;
  return target === door || key in PAST_THE_DOOR ? null : `${key}: only ${door} may be imported`;
}

function complainOfLibrary(path: string, specifier: string): string | null {
  if (specifier.startsWith("node:")) return null;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (path.startsWith(PAGE)) return PAGE_LIBRARIES[name] === path ? null : `${path} imports ${name}`;
  const rooms = LIBRARIES[name];
  if (rooms === undefined) return `${path} imports ${name}, which is in no table`;
  return rooms.includes(roomOf(path)) ? null : `${path} imports ${name}, which belongs to ${rooms.join(", ")}`;
}

/** What breaks the rows in one file of src/. */
function complainOfImports({ path, text }: SourceFile): string[] {
  const code = withoutComments(text);
  const types = new Set(importsOf((code.match(/^\s*(?:import|export) type\b[^;]*;/gm) ?? []).join("\n")));
  return importsOf(code).flatMap((specifier) => {
    const target = resolved(path, specifier);
    const complaint = specifier.startsWith(".")
      ? (complainOfPage(path, target, types.has(specifier)) ?? complainOfRelative(path, target))
      : complainOfLibrary(path, specifier);
    return complaint === null ? [] : [complaint];
  });
}

const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a default export", /^\s*export\s+default\b|\bas\s+default\b/m],
  ["an enum", /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/m],
  ["any", /(?::|\bas|<|\||&|,|=>|=)\s*any\s*(?:[[\]>,;)=|&{]|$)|\bany\[\]/m],
];

/** What breaks the house rules on the text of any file. */
function complainOfText({ path, text }: SourceFile): string[] {
  const code = withoutComments(text).replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
  const lines = text.split("\n").length - 1;
  const complaints = FORBIDDEN.flatMap(([what, pattern]) => (pattern.test(code) ? [`${path} holds ${what}`] : []));
  if (path.startsWith(PAGE) && MARKUP.test(code)) complaints.push(`${path} makes markup or code of texts`);
  if (lines > MAX_LINES) complaints.push(`${path} has ${lines} lines`);
  return complaints;
}

function complainOfWorld({ path, text }: SourceFile): string[] {
  const found = roomOf(path) === "cli" ? null : CLI_ONLY.exec(withoutComments(text));
  return found ? [`${path} touches ${found[0]}`] : [];
}

const sources = filesUnder("src").filter((file) => !isTest(file) && !isAssembly(file));
const everything = ["src", "test", "bench", "examples"].flatMap((folder) => filesUnder(folder));
const rooms = [...new Set(sources.map(({ path }) => roomOf(path)))];

describe("the rows", () => {
  it("name every room, and no room that is not there", () => {
    expect(rooms.sort()).toEqual(Object.keys(ROWS).sort());
  });

  it("are kept: imports go to rows above, through the other folder's index.ts, libraries to their room", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap(({ text }) => importsOf(withoutComments(text))).length).toBeGreaterThan(300);
    expect(sources.flatMap(complainOfImports)).toEqual([]);
  });

  it("have no exception that nobody needs", () => {
    const imports = sources.flatMap(({ path, text }) =>
      importsOf(withoutComments(text)).map((specifier) => `${path} -> ${resolved(path, specifier)}`),
    );
    for (const key of [...Object.keys(PAST_THE_DOOR), ...Object.keys(SAME_ROW)]) expect(imports).toContain(key);
    const libraries = sources.flatMap(({ path, text }) =>
      importsOf(withoutComments(text)).flatMap((s) =>
        Object.keys(LIBRARIES)
          .filter((name) => s === name || s.startsWith(`${name}/`))
          .map((name) => `${name} in ${roomOf(path)}`),
      ),
    );
    for (const [name, places] of Object.entries(LIBRARIES)) {
      if (name === "zod") continue;
      for (const place of places) expect(libraries).toContain(`${name} in ${place}`);
    }
  });

  it("list the libraries that package.json installs, and no other", () => {
    const manifest: unknown = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
    expect(manifest).toMatchObject({ dependencies: expect.any(Object) });
    const { dependencies } = manifest as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies).sort()).toEqual(Object.keys(LIBRARIES).sort());
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d/);
  });
});

describe("the house rules", () => {
  it("argv, env, exit, console, streams and home directories occur in cli/ only", () => {
    expect(sources.flatMap(complainOfWorld)).toEqual([]);
  });

  it(`no file is longer than ${MAX_LINES} lines, has a default export, an enum or any`, () => {
    expect(everything.length).toBeGreaterThan(sources.length);
    expect(everything.flatMap(complainOfText)).toEqual([]);
    const styles = filesUnder("src", ".css");
    expect(styles.length).toBeGreaterThan(0);
    expect(styles.filter(({ text }) => text.split("\n").length - 1 > MAX_LINES).map(({ path }) => path)).toEqual([]);
  });

  it("every folder has an index.ts that opens with its @module paragraph and an example", () => {
    const doors = rooms
      .filter((room) => room !== "cli")
      .map((room) => (room.endsWith(".ts") ? room : `${room}/index.ts`));
    for (const door of doors) {
      const text = sources.find(({ path }) => path === `src/${door}`)?.text ?? "";
      const name = door === "index.ts" ? "conversion-subnet" : door.replace(/\.ts$|\/index\.ts$/g, "");
      expect(text.startsWith(`/**\n * @module ${name}\n * `), door).toBe(true);
      expect(text.slice(0, text.indexOf("*/")), door).toContain("@example");
    }
  });

  it("folders are at most two deep below src: a room and its shelves", () => {
    expect(sources.filter(({ path }) => path.split("/").length > 4).map(({ path }) => path)).toEqual([]);
  });
});

describe("the checker catches", () => {
  const complaints = (path: string, text: string) => complainOfImports({ path, text });

  it.each([
    ["a lower row", "src/core/x.ts", 'import { y } from "../wallet/index.ts";'],
    ["the same row", "src/miner/x.ts", 'import { y } from "../validator/index.ts";'],
    ["a type from a lower row", "src/chain/x.ts", 'import type { Y } from "../miner/index.ts";'],
    ["a list over several lines", "src/core/x.ts", 'import {\n  a,\n  b,\n} from "../schema.ts";'],
    ["a re-export", "src/scoring/index.ts", 'export { a } from "../learning/index.ts";\n'],
    ["a re-export of everything", "src/scoring/index.ts", 'export * from "../learning/index.ts";\n'],
    ["an import for its effect", "src/core/x.ts", 'import "../demo/index.ts";'],
    ["a later import", "src/miner/x.ts", 'const y = await import("../cli/main.ts");'],
    ["another folder's inside", "src/miner/x.ts", 'import { y } from "../chain/port.ts";'],
    ["the front door from within", "src/demo/x.ts", 'import { y } from "../index.ts";'],
    ["the command line from the front door", "src/index.ts", 'export { y } from "./cli/run.ts";'],
    ["a file outside src", "src/demo/x.ts", 'import { y } from "../../bench/main.ts";'],
    ["a library in the wrong room", "src/miner/x.ts", 'import { Hono } from "hono";'],
    ["a part of a library in the wrong room", "src/core/x.ts", 'import { sha256 } from "@noble/hashes/sha2.js";'],
    ["a library of no table", "src/cli/x.ts", 'import chalk from "chalk";'],
    ["the page from the node", "src/dashboard/x.ts", 'import { y } from "./page/main.ts";'],
    ["the node's code from the page", `${PAGE}x.ts`, 'import { y } from "../feed.ts";'],
    ["more than types of what the node says", `${PAGE}x.ts`, 'import { y } from "../views.ts";'],
    ["a library from the page", `${PAGE}x.ts`, 'import { z } from "zod";'],
  ])("%s", (_, path, text) => {
    expect(complaints(path, text)).toHaveLength(1);
  });

  it("nothing in what is allowed, or in a comment", () => {
    const text = [
      '// import { a } from "../demo/index.ts";',
      '/** @example\n * import { a } from "../demo/index.ts";\n */',
      'import { readFile } from "node:fs/promises";',
      'import { z } from "zod";',
      'import { type A, b } from "../core/index.ts";',
      'import { c } from "../schema.ts";',
      'export { d } from "./port.ts";',
    ].join("\n");
    expect(complaints("src/chain/x.ts", text)).toEqual([]);
  });

  it.each([
    ["a default export", "export default function a() {}"],
    ["a default by another name", "export { a as default };"],
    ["an enum", "export enum A { B }"],
    ["a const enum", "const enum A { B }"],
    ["any as a type", "function a(b: any) {}"],
    ["any as a cast", "const a = b as any;"],
    ["a list of any", "let a: any[] = [];"],
    ["any in a generic", "const a = new Map<string, any>();"],
    ["401 lines", "\n".repeat(MAX_LINES + 1)],
  ])("%s", (_, text) => {
    expect(complainOfText({ path: "src/core/x.ts", text })).toHaveLength(1);
  });

  it.each(["a.innerHTML = b;", "document.write(a);", "new Function(a);"])("on the page, %s", (text) => {
    expect(complainOfText({ path: `${PAGE}x.ts`, text })).toHaveLength(1);
    expect(complainOfText({ path: "src/core/x.ts", text })).toEqual([]);
  });

  it.each(["process.env.HOME", "process.argv[2]", "process.exit(1)", "console.log(1)", "homedir()"])("%s", (text) => {
    expect(complainOfWorld({ path: "src/core/x.ts", text })).toHaveLength(1);
    expect(complainOfWorld({ path: "src/cli/x.ts", text })).toEqual([]);
  });
});
