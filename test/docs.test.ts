/**
 * What the documents say is held against the program: links, commands and their flags, error codes, the generated tables. The
 * parts between `<!-- generated: NAME -->` and `<!-- end -->` are written by `UPDATE_DOCS=1 npx vitest run test/docs.test.ts`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { CHAIN_REFUSALS } from "../src/chain/index.ts";
import { settingsMarkdown } from "../src/cli/config/table.ts";
import { createProgram } from "../src/cli/program.ts";
import { EXIT, EXIT_MEANINGS } from "../src/cli/run.ts";
import { ADMIN_REFUSALS } from "../src/dashboard/index.ts";
import { REFUSALS } from "../src/protocol/index.ts";
import { featureTableMarkdown } from "../src/schema.ts";
import { INGEST_REFUSALS } from "../src/sources/index.ts";
import { metricsMarkdown } from "../src/telemetry/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const program = createProgram();

/** Every command that does something, with its path: `["miner", "run"]`. */
function leaves(command: Command, path: readonly string[] = []): { path: readonly string[]; command: Command }[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

/** GitHub's name of a heading. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

const withoutCode = (text: string) => text.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "");
const headings = (text: string) =>
  [...text.replace(/```[\s\S]*?```/g, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slug(heading));

/** What stands in bash blocks and in code within lines, continued lines joined. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/```bash\n([\s\S]*?)```/g)].flatMap(([, body = ""]) =>
    body.replace(/\\\n\s*/g, "").split("\n"),
  );
  const inline = [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return [...blocks, ...inline].flatMap((line) => {
    const [, rest] = /^\s*(?:npx )?conversion-subnet (.*)$/.exec(line) ?? [];
    return rest === undefined ? [] : [rest.replace(/\s+#.*$/, "")];
  });
}

/** What is wrong with a command line; null when the program would take it. */
function complaint(line: string): string | null {
  let command: Command = program;
  const words = line.trim().split(/\s+/);
  for (const [i, word] of words.entries()) {
    const flag = /^--?[a-zA-Z][\w.-]*/.exec(word)?.[0];
    if (flag !== undefined) {
      const known = [...command.options, ...program.options].some(({ long, short }) => long === flag || short === flag);
      if (!known && flag !== "--help" && flag !== "-h") return `${line}: no flag ${flag}`;
      continue;
    }
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child !== undefined) command = child;
    else if (command.commands.length > 0) return `${line}: no command "${words.slice(0, i + 1).join(" ")}"`;
  }
  return null;
}

const chainRefusals = () =>
  [
    "| refusal | what it means | what to do |",
    "|---|---|---|",
    ...Object.entries(CHAIN_REFUSALS).map(([name, [sentence, hint]]) => `| ${name} | ${sentence} | ${hint} |`),
  ].join("\n");
/** Parts of documents that are made from tables of the program. */
const GENERATED: Readonly<Record<string, () => string>> = {
  "docs/features.md features": featureTableMarkdown,
  "docs/errors.md chain refusals": chainRefusals,
  "docs/cli.md exit codes": () =>
    [
      "| code | meaning |",
      "|---|---|",
      ...EXIT_MEANINGS.map(([name, meaning]) => `| ${EXIT[name]} | ${meaning} |`),
    ].join("\n"),
  "docs/metrics.md metrics of a miner": () => metricsMarkdown("miner"),
  "docs/metrics.md metrics of a validator": () => metricsMarkdown("validator"),
  "docs/metrics.md metrics of both": () => metricsMarkdown("both"),
  "docs/configuration.md settings": () => settingsMarkdown(program),
  ...Object.fromEntries(
    leaves(program).map(({ path, command }) => [
      `docs/cli.md ${path.join(" ")}`,
      () => `\`\`\`text\n${command.helpInformation().trim()}\n\`\`\``,
    ]),
  ),
};
const markers = (name: string) =>
  new RegExp(`(<!-- generated: ${name.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&")} -->\n)([\\s\\S]*?)(\n<!-- end -->)`);

describe("generated parts", () => {
  it.each(Object.entries(GENERATED))("%s is what the program says", (key, make) => {
    const [path = "", ...name] = key.split(" ");
    const pattern = markers(name.join(" "));
    if (process.env.UPDATE_DOCS) {
      const text = read(path);
      writeFileSync(
        join(ROOT, path),
        text.replace(pattern, (_, open, __, close) => open + make() + close),
      );
    }
    expect(pattern.exec(read(path))?.[2]).toBe(make());
  });
});

describe.each(DOCUMENTS)("%s", (path) => {
  const text = read(path);

  it("links to what is there", () => {
    const broken = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file = "", anchor] = target.split("#");
      const destination = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(ROOT, destination))) return [target];
      return anchor === undefined || headings(read(destination)).includes(anchor) ? [] : [target];
    });
    expect(broken).toEqual([]);
  });

  it("names commands and flags that exist", () => {
    expect(commandLines(text).flatMap((line) => complaint(line) ?? [])).toEqual([]);
  });

  it("names no path of one machine", () => {
    expect(text).not.toMatch(/\/(?:work|home|root|tmp|Users|shared)\//);
  });
});

describe("docs/cli.md", () => {
  it("has a heading for every command", () => {
    const found = headings(read("docs/cli.md"));
    expect(leaves(program).filter(({ path }) => !found.includes(path.join("-")))).toEqual([]);
  });
});

describe("docs/errors.md", () => {
  it("has a heading for every error code", () => {
    const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
    );
    const literals = sources.flatMap((name) => {
      const code = read(join("src", name)).replace(/^\s*(?:\/\*\*|\*).*$/gm, "");
      return [...code.matchAll(/\bcode: "([A-Z_]+)"/g)].map(([, literal = ""]) => literal);
    });
    const tables = [REFUSALS, INGEST_REFUSALS, ADMIN_REFUSALS].flatMap((table) => Object.keys(table));
    const codes = new Set([...literals, ...tables]);
    const found = new Set([...read("docs/errors.md").matchAll(/^#+ ([A-Z_]+)$/gm)].map(([, heading = ""]) => heading));
    expect([...codes].filter((code) => !found.has(code))).toEqual([]);
    expect([...found].filter((code) => !codes.has(code))).toEqual([]);
  });
});
