import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFile, writeFileAtomic } from "./files.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe("writeFileAtomic", () => {
  it("writes the whole file, makes its folders, replaces what was there and leaves nothing else", async () => {
    const path = join(folder, "a/b/file.txt");
    await writeFileAtomic(path, "one");
    await writeFileAtomic(path, new Uint8Array([116, 119, 111]));
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(join(folder, "a/b"))).toEqual(["file.txt"]);
  });

  it("gives secrets the mode they need from the first moment", async () => {
    await writeFileAtomic(join(folder, "secret"), "s", { mode: 0o600 });
    await writeFileAtomic(join(folder, "public"), "p");
    expect(await modeOf(join(folder, "secret"))).toBe("600");
    expect(Number.parseInt(await modeOf(join(folder, "public")), 8) & 0o111).toBe(0);
  });

  it("makes an existing file an error where it must not be replaced, and leaves it alone", async () => {
    const path = join(folder, "key");
    await writeFileAtomic(path, "mine", { overwrite: false });
    await expect(writeFileAtomic(path, "theirs", { overwrite: false })).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(path, "utf8")).toBe("mine");
    expect(await readdir(folder)).toEqual(["key"]);
  });

  it("of many writers at once leaves one whole text, never a mixture", async () => {
    const path = join(folder, "state.json");
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    expect(texts).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder)).toEqual(["state.json"]);
  });

  it("that fails leaves neither a temporary file nor a place held", async () => {
    await mkdir(join(folder, "taken/by a folder"), { recursive: true });
    await expect(writeFileAtomic(join(folder, "taken"), "x")).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["taken"]);
    const broken = "text" as unknown as Uint8Array;
    const unwritable = Object.assign(Object.create(null), { broken }) as unknown as string;
    await expect(writeFileAtomic(join(folder, "new"), unwritable, { overwrite: false })).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["taken"]);
  });
});

describe("lockFile", () => {
  it("is held by one at a time, says by whom, and can be had again after its release", async () => {
    const path = join(folder, "deep/hotkey");
    const unlock = await lockFile(path);
    expect(await readFile(`${path}.lock`, "utf8")).toMatch(new RegExp(`^${process.pid} `));
    expect(await modeOf(`${path}.lock`)).toBe("600");
    const second = lockFile(path);
    await expect(second).rejects.toMatchObject({ code: "LOCKED", path });
    await expect(second).rejects.toThrow(`Process: ${process.pid}`);
    await unlock();
    await (await lockFile(path))();
    expect(await readdir(join(folder, "deep"))).toEqual([]);
  });

  const gone = spawnSync(process.execPath, ["-e", ""]).pid;

  it.each([
    ["a process that is gone", `${gone} 12345 0011223344556677`],
    ["a process that is gone, as older versions wrote it", String(gone)],
    ["an earlier life under our own number, as in a container that starts anew", `${process.pid} 1 0011223344556677`],
    ["our own number alone", String(process.pid)],
    ["a crash that left nothing in it", ""],
    ["a file that was never a lock", "-1 x"],
  ])("is taken over from %s", async (_, left) => {
    await writeFile(join(folder, "key.lock"), left);
    const unlock = await lockFile(join(folder, "key"));
    expect(await readFile(join(folder, "key.lock"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
    await unlock();
    expect(await readdir(folder)).toEqual([]);
  });

  it("is not taken over from a process that runs, also where its beginning is not told", async () => {
    await writeFile(join(folder, "key.lock"), `${process.ppid} - 0011223344556677`);
    await expect(lockFile(join(folder, "key"))).rejects.toMatchObject({ code: "LOCKED", pid: process.ppid });
    await writeFile(join(folder, "key.lock"), String(process.ppid));
    await expect(lockFile(join(folder, "key"))).rejects.toMatchObject({ code: "LOCKED", pid: process.ppid });
  });

  it.runIf(process.platform === "linux")("is taken over from a number that another process has by now", async () => {
    await writeFile(join(folder, "key.lock"), `${process.ppid} 1 0011223344556677`);
    await (await lockFile(join(folder, "key")))();
  });

  it("is taken over by one when many find the same holder gone", async () => {
    for (let round = 0; round < 20; round++) {
      const path = join(folder, `key${round}`);
      await writeFile(`${path}.lock`, String(gone));
      const tries = await Promise.allSettled(Array.from({ length: 5 }, () => lockFile(path)));
      expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", ...Array(4).fill("rejected")]);
      for (const one of tries) {
        if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "LOCKED", path, pid: process.pid });
        else await one.value();
      }
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it("is released by its holder only, never in the name of another", async () => {
    const unlock = await lockFile(join(folder, "key"));
    await writeFile(join(folder, "key.lock"), "another's");
    await unlock();
    expect(await readFile(join(folder, "key.lock"), "utf8")).toBe("another's");
  });

  it("hands on an error that is no lock", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(lockFile(join(folder, "file/key"))).rejects.not.toMatchObject({ code: "LOCKED" });
  });
});
