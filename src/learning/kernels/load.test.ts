import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { hasRelaxedSimd, instantiate, loadModule } from "./load.ts";

describe("loadModule", () => {
  it("compiles a module once", () => {
    const module = loadModule("network", { deterministic: true });
    expect(module).not.toBeNull();
    expect(loadModule("network", { deterministic: true })).toBe(module);
  });

  it("takes the relaxed twin where Node has relaxed SIMD, and never when asked for the same bits everywhere", () => {
    const relaxed = (deterministic: boolean) => {
      const module = loadModule("network", { deterministic });
      if (module === null) throw new Error("network.wasm is not built");
      const exports = instantiate(module) as { relaxed(): number };
      return exports.relaxed();
    };
    expect(relaxed(true)).toBe(0);
    expect(relaxed(false)).toBe(hasRelaxedSimd() ? 1 : 0);
    expect(hasRelaxedSimd()).toBe(Number(process.versions.node.split(".")[0]) >= 22);
  });

  it("gives null for a file that is not there, and tells of one that is damaged", () => {
    expect(loadModule("nowhere", { deterministic: true })).toBeNull();
    expect(loadModule("network", { deterministic: true, folders: ["./nowhere/"] })).toBeNull();
    const folder = mkdtempSync(join(tmpdir(), "kernels-"));
    writeFileSync(join(folder, "network.wasm"), "not a module");
    const folders = [`${pathToFileURL(folder).href}/`];
    expect(() => loadModule("network", { deterministic: true, folders })).toThrow(
      /kernels of this package are damaged/,
    );
    rmSync(folder, { recursive: true });
  });
});
