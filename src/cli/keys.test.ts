import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ADAPTERS, SCOPES } from "../sources/index.ts";
import { openStore } from "../store/index.ts";
import { ADAPTER_NAMES, SCOPE_NAMES } from "./keys-commands.ts";
import { createProgram } from "./program.ts";

let folder = "";
let history = "";
let printed = "";
let aside = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keys-"));
  history = join(folder, "history.db");
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    aside += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});
async function run(...words: string[]): Promise<string> {
  printed = "";
  aside = "";
  await createProgram().parseAsync(["node", "conversion-subnet", "keys", ...words, "--history", history]);
  return printed;
}

describe("keys", () => {
  it("are made, shown once, listed without their secrets, and revoked, beside a validator that runs", async () => {
    const owner = await openStore(history, { schemas: [] });
    const text = (await run("create", "--name", "shop")).trim();
    expect(text).toMatch(/^cs_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(statSync(history).mode & 0o777).toBe(0o600);
    const id = text.slice(3, 19);
    const listed = await run("list");
    expect(listed).toContain(`${id}  shop  shop  events:write  -  since`);
    expect(listed + aside).not.toContain(text.slice(20));
    expect(await run("revoke", id)).toContain(id);
    expect(JSON.parse(await run("list", "--json"))).toMatchObject({ keys: [{ id, revokedAt: expect.any(String) }] });
    await expect(run("revoke", "0123456789abcdef")).rejects.toMatchObject({ code: "UNKNOWN_KEY" });
    await owner.close();
  });

  it("are looked for where a history is, and none is made by looking", async () => {
    for (const words of [["list"], ["revoke", "0123456789abcdef"]])
      await expect(run(...words)).rejects.toThrow(`There is no history at ${history}.`);
    expect(existsSync(history)).toBe(false);
    await run("create", "--name", "shop");
    const info = createProgram().parseAsync(["node", "conversion-subnet", "history", "info", "--history", history]);
    await expect(info).rejects.toThrow(`No validator has written to ${history} yet.`);
  });

  it("of a platform take the platform's own secret, and do not show it", async () => {
    const file = join(folder, "secret.txt");
    writeFileSync(file, "the client secret\n");
    const out = await run("create", "--name", "desk", "--adapter", "intercom", "--signing-secret-file", file);
    expect(aside).toContain("/v1/webhooks/intercom/");
    expect(out + aside).not.toContain("client secret");
    const json = JSON.parse(await run("create", "--name", "own", "--json"));
    expect(json).toMatchObject({ name: "own", source: "own", adapter: null, signingSecret: expect.any(String) });
  });

  it("refuse a name, a scope or a secret that is none", async () => {
    await expect(run("create", "--name", "a/b")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(run("create", "--name", "a", "--scopes", "all")).rejects.toThrow(/scope/);
    const file = join(folder, "empty.txt");
    writeFileSync(file, "");
    await expect(run("create", "--name", "a", "--signing-secret-file", file)).rejects.toThrow(/signing secret/);
  });

  it("have the scopes and platforms of the sources room", () => {
    expect(SCOPE_NAMES).toEqual([...SCOPES]);
    expect(ADAPTER_NAMES).toEqual([...ADAPTERS]);
  });
});
