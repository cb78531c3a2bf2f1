import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createManualClock } from "../core/index.ts";
import { createKeeper, openToken, readToken, SESSION_SECONDS } from "./token.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "token-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a token", () => {
  it("is read from a file that another names, and nothing else is: it will be shown to whoever is asked", async () => {
    const path = join(folder, "named");
    for (const text of ["-----BEGIN KEY-----\nabcdef0123456789\n", "short", "x".repeat(2_000), ""]) {
      writeFileSync(path, text);
      await expect(readToken(path), text).rejects.toMatchObject({ code: "ADMIN_REFUSED" });
    }
    writeFileSync(path, `${"a".repeat(64)}\n`);
    expect(await readToken(path)).toBe("a".repeat(64));
  });

  it("is made where there is none, for this user alone, and kept", async () => {
    const path = join(folder, "deep", "admin.token");
    const [one, two] = await Promise.all([openToken(path), openToken(path)]);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).toBe(one);
    expect(await openToken(path)).toBe(one);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("of a person's own is taken when nobody can guess it, and its file closed to others", async () => {
    const path = join(folder, "admin.token");
    writeFileSync(path, "correct-horse-battery\n", { mode: 0o644 });
    expect(await openToken(path)).toBe("correct-horse-battery");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const bad of ["", "short", "two words of a token here", "a".repeat(600)]) {
      writeFileSync(path, bad);
      await expect(openToken(path), bad).rejects.toMatchObject({ code: "ADMIN_REFUSED" });
    }
  });

  it("makes sessions that end after a week, and cannot be made longer", () => {
    const clock = createManualClock(1_700_000_000_000);
    const keeper = createKeeper("0123456789abcdef", { clock });
    const session = keeper.session();
    expect(keeper.isSession(session)).toBe(true);
    expect(createKeeper("0123456789abcdeg", { clock }).isSession(session)).toBe(false);
    expect(keeper.isSession(session.replace(/^\d/, "9"))).toBe(false);
    for (const bad of ["", ".", "1.2", `${session}0`, "a".repeat(5_000)]) expect(keeper.isSession(bad)).toBe(false);
    clock.advance(SESSION_SECONDS * 1_000 + 1);
    expect(keeper.isSession(session)).toBe(false);
    expect([keeper.isToken("0123456789abcdef"), keeper.isToken("0123456789abcde"), keeper.isToken("")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
