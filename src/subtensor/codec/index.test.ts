import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as codec from "./index.ts";

it("hands out these names and no others", () => {
  expect(Object.keys(codec).sort()).toMatchInlineSnapshot(`
    [
      "ChainDecodeError",
      "METAGRAPH_INDEXES",
      "RuntimeLacksError",
      "UnknownExtensionError",
      "createCodec",
      "extrinsicHash",
      "poolAnswer",
      "refusalOf",
      "runRead",
    ]
  `);
});

/** Packages that a file loads with itself, types aside. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const code = readFileSync(new URL(file, import.meta.url), "utf8");
  const imports = [...code.matchAll(/^import (?!type\b)(?:\{([^}]*)\}|[^"]*?) from "([^"]+)"/gms)]
    // A list of types alone loads nothing.
    .filter(([, names]) => names === undefined || names.split(",").some((name) => !/^\s*(?:type\b|$)/.test(name)))
    .map(([, , specifier = ""]) => specifier);
  return imports.flatMap((specifier) =>
    specifier.startsWith("./") ? packagesOf(specifier, seen) : specifier.startsWith("@") ? [specifier] : [],
  );
}

it("of which some are loaded before a chain is reached, and bring no library", () => {
  expect(packagesOf("./codec.ts")).toContain("@polkadot-api/metadata-builders");
  for (const file of ["./errors.ts", "./events.ts", "./pool.ts", "./reads.ts"]) expect(packagesOf(file)).toEqual([]);
});
