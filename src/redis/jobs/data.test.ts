import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fetchShared, fromFolder, hashOf, keepInFolder, serveData } from "./data.ts";

const bytes = Buffer.from("some data");
const hash = hashOf(bytes);
const signal = new AbortController().signal;
const limits = { maxBytes: 1_000, folderBytes: 1_000 };
const inRedis = async () => null;

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
async function serve() {
  const server = await serveData({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  server.put(hash, bytes);
  return server;
}

describe("data that is served", () => {
  it("is given by its hash to whoever has the token, and to nobody else", async () => {
    const { address, token } = await serve();
    const ask = (path: string, authorization?: string) =>
      fetch(`${address}${path}`, authorization === undefined ? {} : { headers: { authorization } });
    expect(await (await ask(`/${hash}`, `Bearer ${token}`)).text()).toBe("some data");
    for (const wrong of [undefined, "", "Bearer", `Bearer ${token}0`, `Bearer ${"0".repeat(token.length)}`]) {
      expect((await ask(`/${hash}`, wrong)).status).toBe(401);
    }
    for (const path of ["/", `/${"0".repeat(64)}`, `/../${hash}`, `/${hash}/x`]) {
      expect([200, 404]).toContain((await ask(path, `Bearer ${token}`)).status);
    }
    expect((await ask("/../package.json", `Bearer ${token}`)).status).toBe(404);
  });

  it("is there as long as one run needs it", async () => {
    const server = await serve();
    server.put(hash, bytes);
    const status = async () =>
      (await fetch(`${server.address}/${hash}`, { headers: { authorization: `Bearer ${server.token}` } })).status;
    server.remove(hash);
    expect(await status()).toBe(200);
    server.remove(hash);
    expect(await status()).toBe(404);
  });

  it("is taken only if it is what its hash says, and no more than was said", async () => {
    const { address, token, put } = await serve();
    const folder = scratch();
    const place = { hash, bytes: bytes.length, from: address, token };
    const fetched = (of: Partial<typeof place>) =>
      fetchShared({ ...place, ...of }, { folder, inRedis, limits, signal });
    const other = "1".repeat(64);
    put(other, bytes);
    await expect(fetched({ hash: other })).rejects.toThrow(/not what its hash says/);
    await expect(fetched({ bytes: 3 })).rejects.toThrow(/more of it than was said/);
    await expect(fetched({ token: "" })).rejects.toThrow(/HTTP 401/);
    await expect(fetched({ bytes: 1_001 })).rejects.toThrow(/at most 1000/);
    await expect(fetched({ from: "http://127.0.0.1:1" })).rejects.toThrow(/--jobs\.listen/);
    expect(readdirSync(folder)).toEqual([]);
    expect(Buffer.from(await fetched({})).toString()).toBe("some data");
    expect(readdirSync(folder)).toEqual([`${hash}.bin`]);
  });
});

describe("data in a folder", () => {
  it("goes when the folder grows past its bound, what was used last staying", async () => {
    const folder = scratch();
    const parts = ["a", "b", "c"].map((text) => Buffer.from(text.repeat(400)));
    for (const [i, part] of parts.entries()) {
      await keepInFolder(folder, hashOf(part), part, 1_000_000);
      const used = new Date(1_700_000_000_000 + i * 7_200_000);
      utimesSync(join(folder, `${hashOf(part)}.bin`), used, used);
    }
    // To read it is to use it.
    const [first, second, third] = parts.map(hashOf);
    expect(await fromFolder(folder, first ?? "")).not.toBeNull();
    await keepInFolder(folder, hash, bytes, 500);
    expect(readdirSync(folder).sort()).toEqual([`${first}.bin`, `${hash}.bin`].sort());
    expect(await fromFolder(folder, second ?? third ?? "")).toBeNull();
  });
});
