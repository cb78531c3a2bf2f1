#!/usr/bin/env node
// API documents out of the emitted declarations, one page for each subpath export: node scripts/api-docs.mjs [FOLDER]
// They are some 350 kB and change with every docstring, so they are made by `npm run build` into dist/api and shipped, not committed.
// A declaration file of ours is regular: an index.d.ts lists names, and each name stands in the file it comes from behind its docstring.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EXPORTS = /^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?;/gm;
const IMPORTS = /^import (?:type )?\{([^}]*)\} from "([^"]+)";/gm;
const STARS = /^export \* from "([^"]+)";/gm;

const texts = new Map();
const textOf = (file) => {
  if (!texts.has(file)) texts.set(file, readFileSync(file, "utf8"));
  return texts.get(file);
};
const declarationFile = (from, specifier) => normalize(join(dirname(from), specifier.replace(/\.[jt]s$/, ".d.ts")));
/** `type A, b as c` -> [[A, A], [b, c]]. */
const namesIn = (list) =>
  list
    .split(",")
    .map((one) => one.trim().replace(/^type /, ""))
    .filter((one) => one !== "")
    .map((one) => {
      const [local, exported = local] = one.split(/ as /);
      return [local, exported];
    });

/** Where a declaration ends that begins at `from`: at a semicolon, or a body's last brace, outside of everything. */
function endOf(text, from) {
  let depth = 0;
  for (let i = from; i < text.length; i += 1) {
    const char = text[i];
    if (text.startsWith("/*", i)) i = text.indexOf("*/", i) + 1;
    else if (text.startsWith("//", i)) i = text.indexOf("\n", i);
    else if (char === '"' || char === "'" || char === "`") {
      for (i += 1; text[i] !== char; i += 1) if (text[i] === "\\") i += 1;
    } else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) {
      depth -= 1;
      const head = text.slice(from, from + 60);
      if (depth === 0 && char === "}" && /^export (?:declare )?(?:abstract )?(?:interface|class)/.test(head))
        return i + 1;
    } else if (char === ";" && depth === 0) return i + 1;
  }
  return text.length;
}

/** A name's docstring and its declarations (several, where a function has overloads). */
function declared(file, name) {
  const text = textOf(file);
  const pattern = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:async )?(?:function|const|let|class|interface|type) ${name.replace("$", "\\$")}\\b`,
    "gm",
  );
  const found = [...text.matchAll(pattern)].map(({ index }) => {
    const before = text.slice(0, index).trimEnd();
    const begin = before.endsWith("*/") ? before.lastIndexOf("/**") : -1;
    return { doc: begin < 0 ? "" : before.slice(begin), signature: text.slice(index, endOf(text, index)) };
  });
  if (found.length > 0)
    return {
      doc: found.map(({ doc }) => doc).find((doc) => doc !== "") ?? "",
      signatures: found.map((f) => f.signature),
    };
  for (const [, list, from] of [...text.matchAll(EXPORTS), ...text.matchAll(IMPORTS)]) {
    const local = namesIn(list).find(([, exported]) => exported === name)?.[0];
    if (local !== undefined && from?.startsWith(".")) return declared(declarationFile(file, from), local);
  }
  for (const [, from] of text.matchAll(STARS)) {
    const inner = declared(declarationFile(file, from), name);
    if (inner !== null) return inner;
  }
  return null;
}

/** The names that a file exports, in its order. */
function exportedNames(file) {
  const text = textOf(file);
  const lists = [...text.matchAll(EXPORTS)].flatMap(([, list]) => namesIn(list).map(([, exported]) => exported));
  const stars = [...text.matchAll(STARS)].flatMap(([, from]) => exportedNames(declarationFile(file, from)));
  const own = [
    ...text.matchAll(/^export (?:declare )?(?:abstract )?(?:function|const|let|class|interface|type) (\w+)/gm),
  ];
  return [...new Set([...lists, ...stars, ...own.map(([, name]) => name)])];
}

const unwrapped = (doc) =>
  doc
    .replace(/^\/\*\*\s?|\s*\*\/$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .trim();

/** A docstring as Markdown: its words, its parameters, its example. */
function markdownOf(doc) {
  const [words, ...tags] = unwrapped(doc).split(/^@/m);
  const lines = [words.trim().replace(/\{@link (\w+)\}/g, "`$1`")];
  for (const tag of tags) {
    const [, kind = "", rest = ""] = /^(\w+)\s*([\s\S]*)$/.exec(tag.trim()) ?? [];
    const said = rest.trim();
    if (kind === "example") lines.push(`\`\`\`ts\n${said}\n\`\`\``);
    else if (kind === "param") lines.push(`- ${said.replace(/^(\S+)\s*/, "`$1` ")}`);
    else if (kind !== "module") lines.push(`- ${kind}: ${said}`);
  }
  return lines
    .filter((line) => line !== "")
    .join("\n\n")
    .replaceAll(/\n\n- /g, "\n- ")
    .replace(/\n- /, "\n\n- ");
}

/** What a reader needs of a declaration: no `export declare`, no comments of private members. */
const shown = (signature) =>
  signature
    .replace(/^export (?:declare )?/, "")
    .replaceAll(/^\s*(?:private|#).*;\n/gm, "")
    .trim();

/** @returns Map of page name to Markdown, and of every name that was not found. */
export function apiPages() {
  const { name: packageName, exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const pages = new Map();
  const missing = [];
  const index = [
    "# The API",
    "",
    "One page for each door of the package; made by `npm run build` out of its declarations.",
    "",
  ];
  for (const [subpath, { types }] of Object.entries(exports)) {
    const file = join(ROOT, types);
    if (!existsSync(file)) throw new Error(`${types} is not there: run npm run build first.`);
    const title = packageName + subpath.slice(1);
    const page = `${subpath === "." ? "index" : subpath.slice(2)}.md`;
    const module = /^\/\*\*\s*\n?\s*\*?\s*@module[^\n]*\n([\s\S]*?)\*\//.exec(textOf(file));
    const about = module === null ? "" : markdownOf(`/**${module[1]}*/`);
    const names = exportedNames(file).toSorted((a, b) => a.localeCompare(b, "en"));
    // The front door offers what stands behind other doors: there it is described.
    const elsewhere = subpath === "." ? Object.keys(exports).slice(1) : [];
    const parts = names.map((name) => {
      const door = elsewhere.find((other) => exportedNames(join(ROOT, exports[other].types)).includes(name));
      if (door !== undefined)
        return `## ${name}\n\nSee [${packageName}${door.slice(1)}](${door.slice(2)}.md#${name.toLowerCase()}).`;
      const found = declared(file, name);
      if (found === null) {
        missing.push(`${title}: ${name}`);
        return "";
      }
      const code = `\`\`\`ts\n${found.signatures.map(shown).join("\n")}\n\`\`\``;
      return [`## ${name}`, code, markdownOf(found.doc)].filter((part) => part !== "").join("\n\n");
    });
    pages.set(page, `${[`# ${title}`, about, ...parts].filter((part) => part !== "").join("\n\n")}\n`);
    index.push(`- [${title}](${page}): ${names.length} names`);
  }
  pages.set("README.md", `${index.join("\n")}\n`);
  return { pages, missing };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(ROOT, "dist/api");
  const { pages, missing } = apiPages();
  if (missing.length > 0) console.error(`Names without a declaration: ${missing.join(", ")}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
}
