import { describe, expect, it } from "vitest";
import { apiPages } from "../scripts/api-docs.mjs";

describe("the API documents", () => {
  const { pages, missing } = apiPages();
  const entries = [...pages].flatMap(([page, text]) =>
    text
      .split(/^## /m)
      .slice(1)
      .map((entry) => ({ name: `${page}: ${entry.split("\n")[0]}`, entry })),
  );

  it("have a declaration of every public name", () => {
    expect(missing).toEqual([]);
    expect(entries.length).toBeGreaterThan(700);
    expect(entries.filter(({ entry }) => !/```ts\n|See \[/.test(entry)).map(({ name }) => name)).toEqual([]);
  });

  it("have words about every public name", () => {
    const wordless = entries.filter(({ entry }) => /^```\s*$/m.test(entry) && !/^```\n\n\S/m.test(entry.trim()));
    expect(wordless.map(({ name }) => name)).toEqual([]);
  });

  it("show of every function a call and the value it gives", () => {
    const functions = entries.filter(({ entry }) => /^.*\n+```ts\n(?:async )?function /.test(entry));
    const valueless = functions.filter(({ entry }) => {
      // The first block is the declaration, the last one the example; no function is excepted.
      const [, ...examples] = [...entry.matchAll(/^```ts\n([\s\S]*?)\n```$/gm)].map(([, code]) => code);
      return !/(?:^|; )\/\/ \S/m.test(examples.at(-1) ?? "");
    });
    expect(functions.length).toBeGreaterThan(300);
    expect(valueless.map(({ name }) => name)).toEqual([]);
  });

  it("show signatures whole, with examples and parameters as they were written", () => {
    const page = pages.get("wallet.md") ?? "";
    expect(page).toContain("function generateMnemonic(words?: number,");
    expect(page).toContain("generateMnemonic().split");
    expect(page).toMatch(/^# conversion-subnet\/wallet\n\nRow 2: keys\./);
  });

  it("send the reader of the front door to the door behind", () => {
    expect(pages.get("index.md")).toContain("## loadData\n\nSee [conversion-subnet/learning](learning.md#loaddata).");
  });
});
