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
    expect(await readFile(`${path}.lock`, "utf8")).toBe(String(process.pid));
    expect(await modeOf(`${path}.lock`)).toBe("600");
    const second = lockFile(path);
    await expect(second).rejects.toMatchObject({ code: "LOCKED", path });
    await expect(second).rejects.toThrow(`Process: ${process.pid}`);
    await unlock();
    await (await lockFile(path))();
    expect(await readdir(join(folder, "deep"))).toEqual([]);
  });

  it("is taken over from a process that is gone", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    await writeFile(join(folder, "key.lock"), String(pid));
    const unlock = await lockFile(join(folder, "key"));
    expect(await readFile(join(folder, "key.lock"), "utf8")).toBe(String(process.pid));
    await unlock();
  });

  it("is not taken from somebody who is just writing his number into it", async () => {
    await writeFile(join(folder, "key.lock"), "");
    await expect(lockFile(join(folder, "key"))).rejects.toThrow("Process: unknown");
    expect(await readFile(join(folder, "key.lock"), "utf8")).toBe("");
  });

  it("hands on an error that is no lock", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(lockFile(join(folder, "file/key"))).rejects.not.toMatchObject({ code: "LOCKED" });
  });
});
