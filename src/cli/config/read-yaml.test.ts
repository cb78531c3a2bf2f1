import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../program.ts";
import { MAX_BYTES, parseYaml, readYaml } from "./read-yaml.ts";
import { settingsTable } from "./table.ts";

const { sections, keysOf } = settingsTable(createProgram());
const known = { sections: new Set(sections.keys()), keysOf };
const read = (text: string) => parseYaml(text, { path: "c.yaml", known });
const complaints = (text: string) =>
  read(text).problems.map(({ place, problem, hint = "" }) => `${place} ${problem}. ${hint}`.trim());

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yaml-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a configuration file", () => {
  it("says values as they were written, on top and in parts, nested or with dots, each with its place", () => {
    const text = 'netuid: 0x1\naxon: {port: 8_091}\nminer:\n  wallet.hotkey: "007"\n  wires: [btauth, axon]\n';
    expect(read(text)).toEqual({
      entries: [
        { key: "netuid", section: null, texts: ["0x1"], isList: false, place: "c.yaml:1:9", from: "file" },
        { key: "axon.port", section: null, texts: ["8_091"], isList: false, place: "c.yaml:2:14", from: "file" },
        { key: "wallet.hotkey", section: "miner", texts: ["007"], isList: false, place: "c.yaml:4:18", from: "file" },
        { key: "wires", section: "miner", texts: ["btauth", "axon"], isList: true, place: "c.yaml:5:10", from: "file" },
      ],
      problems: [],
    });
  });

  it("takes what a flag that may be given again takes, as a map", () => {
    const { entries, problems } = read("validator:\n  landmarks: [4]\n  landmarks.of: {shop: [2, 6], desk: 3}\n");
    expect(problems).toEqual([]);
    expect(entries.map(({ key, texts }) => [key, texts])).toEqual([
      ["landmarks", ["4"]],
      ["landmarks.of", ["shop=2,6", "desk=3"]],
    ]);
  });

  it("that is something else altogether is not compared with every name for each of its own", () => {
    const all = complaints(Array.from({ length: 200 }, (_, i) => `axon.prot${i}: 1`).join("\n"));
    expect([all.length, all.filter((one) => one.includes("Did you mean")).length]).toEqual([200, 50]);
  });

  it.each(["", "# nothing\n", "miner:\n", "miner:\nvalidator: {}\n"])("may say nothing: %j", (text) => {
    expect(read(text)).toEqual({ entries: [], problems: [] });
  });

  it.each([
    ["a name of nobody", "axon.prot: 1", "c.yaml:1:1 axon.prot is no setting. Did you mean axon.port?"],
    ["a part misspelt", "minr: {}", "c.yaml:1:1 minr is no setting. Did you mean miner?"],
    ["one that stands elsewhere", "speed: 1", "c.yaml:1:1 speed is no setting. It stands under validator."],
    [
      "one of another node",
      "miner: {landmarks: 4}",
      "c.yaml:1:9 landmarks is no setting of miner. It stands under validator.",
    ],
    [
      "the beginning of names",
      "wallet: a",
      "c.yaml:1:1 wallet is no setting. Names begin with it: wallet.name, wallet.hotkey, wallet.path.",
    ],
    ["a part that is a value", "miner: 5", "c.yaml:1:1 miner is a part of the file: its settings stand under it."],
    ["no value", "netuid:", "c.yaml:1:8 netuid has no value."],
    ["a list in a list", "validator: {landmarks: [[1]]}", "c.yaml:1:25 landmarks wants one value, or a list of them."],
    ["the same twice", "netuid: 1\nnetuid: 2", "c.yaml:2:1 is there twice."],
    [
      "the same twice in two spellings",
      "axon: {port: 1}\naxon.port: 2",
      "c.yaml:2:12 axon.port is there twice: also at c.yaml:1:14.",
    ],
    ["a list on top", "- netuid", "c.yaml:1:1 holds no settings: a line looks like `netuid: 1`."],
    ["a text on top", "netuid", "c.yaml:1:1 holds no settings: a line looks like `netuid: 1`."],
    ["a name that is a list", "? [a]\n: b", "c.yaml:1:3 is no name of a setting."],
    [
      "an anchor",
      "netuid: &x 5",
      "c.yaml:1:12 is an anchor or an alias, which is not taken here. Write the value itself.",
    ],
    ["a merge", "<<: *x", "c.yaml:1:5 is an anchor or an alias, which is not taken here. Write the value itself."],
    [
      "a tag",
      "netuid: !!js/function 5",
      "c.yaml:1:23 has a tag (tag:yaml.org,2002:js/function), which is not taken here. Write the value itself.",
    ],
    ["__proto__", "__proto__: {polluted: 1}", "c.yaml:1:1 __proto__ is no setting. `config show` lists every name."],
    ["a nest", "[".repeat(5_000), expect.stringMatching(/^c\.yaml:1:\d+ is nested deeper than anything here\.$/)],
  ])("is refused for %s, with the place", (_, text, said) => {
    expect(complaints(text)).toEqual([said]);
    expect({}).not.toHaveProperty("polluted");
  });

  it("is refused for several documents", () => {
    expect(complaints("netuid: 1\n---\nnetuid: 2\n")[0]).toMatch(/^c\.yaml:2:1 is not YAML: .*multiple documents/);
  });

  it("with aliases that would be gigabytes is refused before anything is made of them", () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i === 0 ? 0 : 9)}1]`);
    const said = complaints(levels.join("\n"));
    expect(said).toHaveLength(12);
    expect(said.every((one) => one.includes("is an anchor or an alias"))).toBe(true);
  });

  it.each([
    ["wallet.password: x", "BT_WALLET_PASSWORD_FILE"],
    ["miner: {admin.token: abc}", "environment"],
    ["mnemonic: x", "environment"],
    ['subtensor.network: "wss://me:hunter2@host"', "environment"],
    [`wallet.name: ${"abandon ".repeat(11)}about`, "wallet"],
    ["validator: {history: 'postgres://me:hunter2@host/db'}", "environment"],
  ])("is refused for a secret, which is not repeated: %s", (text, instead) => {
    const [said = ""] = complaints(text);
    expect(said).toContain("this file is no place for one");
    expect(said).toContain(instead);
    expect(said).not.toMatch(/hunter2|abc|abandon/);
  });

  it("that nobody wrote by hand, or that is no text, is refused unread", async () => {
    const [large, binary] = [join(folder, "large.yaml"), join(folder, "binary.yaml")];
    await writeFile(large, "#".repeat(MAX_BYTES + 1));
    await writeFile(binary, Uint8Array.from([0x6e, 0xff, 0xfe]));
    await expect(readYaml(large, known)).rejects.toThrow("larger than 64 KiB");
    await expect(readYaml(binary, known)).rejects.toThrow("not UTF-8");
    await writeFile(large, `netuid: 1 ${"#".repeat(MAX_BYTES - 10)}`);
    expect((await readYaml(large, known)).entries).toHaveLength(1);
  });
});
