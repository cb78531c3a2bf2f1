import { describe, expect, it } from "vitest";
import { trialFold } from "../../learning/index.ts";
import { pieceSchema, taskIdOf } from "./piece.ts";

const ROOT = new URL("../../../", import.meta.url).href;

describe("the name of a task", () => {
  it("is its place within the package, built or not, and its name", () => {
    expect(taskIdOf(trialFold)).toBe("learning/sweep/trial#trialFold");
    const built = { module: `${ROOT}dist/learning/sweep/trial.js`, name: "trialFold" };
    expect(taskIdOf(built)).toBe(taskIdOf(trialFold));
  });

  it("is nothing that could be loaded, for a module from elsewhere", () => {
    for (const module of ["file:///tmp/evil.mjs", "data:text/javascript,1", `${ROOT}node_modules/x/index.js`]) {
      expect(taskIdOf({ module, name: "task" })).toMatch(/^module [0-9a-f]{16}#task$/);
    }
  });
});

describe("a piece in Redis", () => {
  const shared = { hash: "0".repeat(64), bytes: 1, from: "redis", token: "" };
  const piece = { run: "0".repeat(32), index: 0, task: "a#b", version: "1", shared };

  it("is strictly what we write", () => {
    expect(pieceSchema.parse(piece)).toEqual(piece);
    const hash = "../../etc/passwd";
    for (const wrong of [{ run: "../x" }, { index: -1 }, { more: 1 }, { shared: { ...shared, hash } }, { task: 7 }]) {
      expect(pieceSchema.safeParse({ ...piece, ...wrong }).success).toBe(false);
    }
  });
});
