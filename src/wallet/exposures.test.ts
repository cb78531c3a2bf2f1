import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWallet, walletExposures } from "./index.ts";

let path = "";
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "wallets-"));
});
afterEach(() => rm(path, { recursive: true, force: true }));
const where = () => ({ path, name: "default", hotkey: "default" });

test("a wallet that we made, and one that is not there, are open to nobody", async () => {
  expect(await walletExposures(where())).toEqual([]);
  await createWallet(where());
  expect(await walletExposures(where())).toEqual([]);
});

test.runIf(process.platform !== "win32")("tells what others can read or replace, and how to end it", async () => {
  const { paths } = await createWallet(where());
  await chmod(paths.hotkey, 0o644);
  await chmod(paths.hotkeysFolder, 0o777);
  await chmod(paths.folder, 0o755);
  expect(await walletExposures(where())).toEqual([
    { path: paths.hotkey, problem: "is open to others than its owner", remedy: `chmod 600 ${paths.hotkey}` },
    {
      path: paths.hotkeysFolder,
      problem: "is a folder that anybody may write to",
      remedy: `chmod o-w ${paths.hotkeysFolder}`,
    },
  ]);
});
