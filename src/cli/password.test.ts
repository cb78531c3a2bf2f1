import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { askNewPassword, passwordFromEnvironment, readVariable, variableOf } from "./password.ts";

const vectors = JSON.parse(await readFile(new URL("../../test/vectors/keyfiles.json", import.meta.url), "utf8"));
const { path, name, value, password } = vectors.environment;
afterEach(() => vi.unstubAllEnvs());

test("btwallet's variable of a keyfile is named and read as btwallet writes it", () => {
  expect(variableOf(path)).toBe(name);
  expect(readVariable(name, value)).toBe(password);
  const long = "пароль ".repeat(20);
  const mask = Buffer.from(name);
  const hidden = Buffer.from(Buffer.from(long).map((byte, i) => byte ^ (mask[i % mask.length] ?? 0)));
  expect(readVariable(name, hidden.toString("base64"))).toBe(long);
});

test("a keyfile's own variable comes first, then BT_WALLET_PASSWORD, then the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "password-"));
  const file = join(folder, "password");
  await writeFile(file, " of the file \n");
  expect(await passwordFromEnvironment(path)).toBeUndefined();
  vi.stubEnv("BT_WALLET_PASSWORD_FILE", file);
  expect(await passwordFromEnvironment(path)).toBe(" of the file ");
  vi.stubEnv("BT_WALLET_PASSWORD", "of all");
  expect(await passwordFromEnvironment(path)).toBe("of all");
  vi.stubEnv(name, value);
  expect(await passwordFromEnvironment(path)).toBe(password);
  expect(await passwordFromEnvironment("/another/coldkey")).toBe("of all");
  await rm(folder, { recursive: true });
});

test("a new password out of the environment is held to the policy as well", async () => {
  vi.stubEnv("BT_WALLET_PASSWORD", "123456");
  const asker = askNewPassword("coldkey");
  await expect(asker.source({ path: "/w/coldkey", encryption: null })).rejects.toMatchObject({
    code: "WEAK_PASSWORD",
    message: expect.not.stringContaining("123456"),
  });
});
