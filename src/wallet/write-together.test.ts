import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeTogether } from "./write-together.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "together-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const pair = () => [
  { path: at("key"), content: Uint8Array.of(1, 2) },
  { path: at("keypub.txt"), content: "public" },
];
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe("files that belong together", () => {
  it("are all there, readable by their owner only, and nothing else is", async () => {
    await writeTogether([...pair(), { path: at("deep/er/key"), content: "x" }], { overwrite: false });
    expect((await readdir(folder)).toSorted()).toEqual(["deep", "key", "keypub.txt"]);
    expect([...(await readFile(at("key")))]).toEqual([1, 2]);
    expect([await modeOf(at("key")), await modeOf(at("keypub.txt")), await modeOf(at("deep"))]).toEqual([
      "600",
      "600",
      "700",
    ]);
  });

  it("are none when one is there already", async () => {
    await writeFile(at("keypub.txt"), "precious");
    await expect(writeTogether(pair(), { overwrite: false })).rejects.toMatchObject({
      code: "WALLET_EXISTS",
      path: at("keypub.txt"),
    });
    expect(await readdir(folder)).toEqual(["keypub.txt"]);
    expect(await readFile(at("keypub.txt"), "utf8")).toBe("precious");
  });

  it("are the old ones again when the second cannot be replaced", async () => {
    await writeFile(at("key"), "old");
    await chmod(at("key"), 0o600);
    await mkdir(at("keypub.txt/in the way"), { recursive: true });
    await expect(writeTogether(pair(), { overwrite: true })).rejects.toThrow();
    expect(await readFile(at("key"), "utf8")).toBe("old");
    expect((await readdir(folder)).toSorted()).toEqual(["key", "keypub.txt"]);
  });

  it("of two writers at once are one's", async () => {
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
    const tries = texts.map((content) =>
      writeTogether(
        ["a", "b"].map((name) => ({ path: at(name), content })),
        { overwrite: false },
      ),
    );
    const ended = await Promise.allSettled(tries);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const written = await readFile(at("a"), "utf8");
    expect(texts).toContain(written);
    expect(await readFile(at("b"), "utf8")).toBe(written);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "b"]);
  });
});
