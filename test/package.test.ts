import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Rooms that are no part of the public API: what they offer goes through the front door. */
const PRIVATE = ["cli", "core", "demo"];

describe("package.json", () => {
  const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
    exports: Record<string, { types: string; default: string }>;
    main: string;
    types: string;
    bin: Record<string, string>;
  };
  const sourceOf = (built: string) => built.replace("./dist/", "src/").replace(/(\.d)?\.[jt]s$/, ".ts");

  it("exports a source file that is there, under the same name for types and code", () => {
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      expect(sourceOf(target.types), subpath).toBe(sourceOf(target.default));
      expect(existsSync(ROOT + sourceOf(target.default)), sourceOf(target.default)).toBe(true);
    }
    const [main, types, bin] = [manifest.main, manifest.types, manifest.bin["conversion-subnet"] ?? ""];
    for (const file of [main, types, bin]) expect(existsSync(ROOT + sourceOf(`./${file}`)), file).toBe(true);
  });

  it("exports every room but the private ones, under its own name", () => {
    const rooms = readdirSync(`${ROOT}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith(".ts"))
      .map(({ name }) => name.replace(/\.ts$/, ""))
      .filter((name) => !PRIVATE.includes(name) && !name.endsWith(".test"));
    const expected = rooms.map((room) => (room === "index" ? "." : `./${room}`)).sort();
    expect(Object.keys(manifest.exports).sort()).toEqual(expected);
    for (const room of rooms) {
      const file = room === "index" || room === "schema" ? `src/${room}.ts` : `src/${room}/index.ts`;
      expect(sourceOf(manifest.exports[room === "index" ? "." : `./${room}`]?.default ?? "")).toBe(file);
    }
  });
});
