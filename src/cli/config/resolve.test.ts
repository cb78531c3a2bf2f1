import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandLine } from "../../../test/support/command.ts";
import { isNode, keyOf, leavesOf, pathOf, settingsOf } from "../config-flags.ts";
import { createProgram } from "../program.ts";
import { rereadConfig } from "./apply.ts";
import { distance, nearest } from "./nearest.ts";
import { configFile, effectiveOf, flagsOf, readConfig } from "./resolve.ts";
import { envOf, settingsTable } from "./table.ts";
import { templateOf } from "./template.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "config-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const written = async (text: string) => {
  const file = join(folder, "c.yaml");
  await writeFile(file, text);
  return file;
};

/** A command line that was typed, up to the command's work. */
function typed(line: string): Command {
  const program = createProgram();
  let command = program;
  let { operands, unknown } = program.parseOptions(line.split(" "));
  while (command.commands.length > 0) {
    const child = command.commands.find((one) => one.name() === operands[0]);
    if (child === undefined) throw new Error(`${line} is no command`);
    command = child;
    ({ operands, unknown } = command.parseOptions([...operands.slice(1), ...unknown]));
  }
  return command;
}
/** What the flags of a typed command are in the end, and where they come from. */
async function effective(line: string, { text, env = {} }: { text?: string; env?: NodeJS.ProcessEnv }) {
  const file = text === undefined ? undefined : await written(text);
  const command = typed(line);
  const config = await readConfig(command, { env, file });
  const all = effectiveOf(command, config);
  const at = (key: string) => {
    const one = all.find(({ option }) => keyOf(option) === key);
    return one === undefined ? undefined : [one.value, one.from];
  };
  return { at, problems: config.problems, flags: flagsOf(command, all) };
}

describe("a setting", () => {
  const text = "axon.port: 1\naxon.external_port: 2\nblacklist.min_stake: 3\nminer: {axon.port: 4, model: a}\n";

  it("is as typed, else of the environment, else of its part of the file, else of the file's top, else the default", async () => {
    const env = { CONVERSION_SUBNET_AXON_PORT: "5", CONVERSION_SUBNET_BLACKLIST_MIN_STAKE: "6" };
    const { at, problems } = await effective("miner run --blacklist.min_stake 7", { text, env });
    expect(problems).toEqual([]);
    expect(at("blacklist.min_stake")).toEqual([7, "flag"]);
    expect(at("axon.port")).toEqual([5, "env"]);
    expect(at("model")).toEqual(["a", "file"]);
    expect(at("axon.external_port")).toEqual([2, "file"]);
    expect(at("feedback.max_mb")).toEqual([64, "default"]);
    expect((await effective("miner run", { text })).at("axon.port")).toEqual([4, "file"]);
  });

  it("that a file switches on is switched off by the command line, and the other way round", async () => {
    const on = "logging.debug: true\nminer: {blacklist: {force_validator_permit: false}}\n";
    const { at } = await effective("miner run", { text: on });
    expect([at("logging.debug"), at("blacklist.force_validator_permit")]).toEqual([
      [true, "file"],
      [false, "file"],
    ]);
    const off = await effective("miner run --no-logging.debug --blacklist.force_validator_permit", { text: on });
    expect([off.at("logging.debug"), off.at("blacklist.force_validator_permit")]).toEqual([
      [false, "flag"],
      [true, "flag"],
    ]);
  });

  it("of one node is not another's, and what is common reaches those who ask", async () => {
    const one =
      "netuid: 9\nhistory: h.db\nminer: {netuid: 3, wires: btauth}\nvalidator: {wires: axon, wallet.hotkey: v}\n";
    expect((await effective("validator run", { text: one })).at("wires")).toEqual([["axon"], "file"]);
    expect((await effective("validator run", { text: one })).at("netuid")).toEqual([9, "file"]);
    expect((await effective("subnets show", { text: one })).at("netuid")).toEqual([9, "file"]);
    const history = await effective("history info", { text: one });
    expect([history.at("history"), history.at("wallet.hotkey")]).toEqual([
      ["h.db", "file"],
      ["v", "file"],
    ]);
  });

  it("of the environment is refused by the flag's own parser and under its own name; empty it says nothing", async () => {
    const env = { CONVERSION_SUBNET_AXON_PORT: "many", CONVERSION_SUBNET_NETUID: "", CONVERSION_SUBNET_AXON_PROT: "1" };
    expect((await effective("miner run", { env })).problems).toEqual([
      {
        place: "CONVERSION_SUBNET_AXON_PROT",
        problem: "is no setting",
        hint: "Did you mean CONVERSION_SUBNET_AXON_PORT?",
      },
      {
        place: "CONVERSION_SUBNET_AXON_PORT",
        problem: 'axon.port is refused: "many". It must be a whole number of at least 0.',
      },
    ]);
  });

  it("is not what Kubernetes tells every container of a service called conversion-subnet", async () => {
    const env = {
      CONVERSION_SUBNET_SERVICE_HOST: "10.0.0.1",
      CONVERSION_SUBNET_SERVICE_PORT_AXON: "8091",
      CONVERSION_SUBNET_PORT: "tcp://10.0.0.1:8091",
      CONVERSION_SUBNET_PORT_8091_TCP_ADDR: "10.0.0.1",
    };
    expect((await effective("localnet", { env })).problems).toEqual([]);
  });

  it("may be a list, or given again, where the flag may", async () => {
    const lists = "validator:\n  landmarks: [4, 8]\n  landmarks.of: {shop: [2, 6], desk: 3}\n";
    const { at } = await effective("validator run", { text: lists });
    expect([at("landmarks"), at("landmarks.of")]).toEqual([
      [[4, 8], "file"],
      [{ shop: [2, 6], desk: [3] }, "file"],
    ]);
  });

  it("that names the network puts out an address from a lower place, and stands behind one from its own", async () => {
    const lower = { CONVERSION_SUBNET_SUBTENSOR_CHAIN_ENDPOINT: "ws://a" };
    expect(
      (await effective("miner run --subtensor.network test", { env: lower })).at("subtensor.chain_endpoint"),
    ).toEqual([undefined, "default"]);
    const same = await effective("miner run", { text: "subtensor: {network: test, chain_endpoint: ws://b}\n" });
    expect(same.at("subtensor.chain_endpoint")).toEqual(["ws://b", "file"]);
  });

  it("of Bittensor's own variables counts as the environment, behind ours", async () => {
    const file = "subtensor.network: finney\nwallet.path: /a\n";
    const env = { BT_SUBTENSOR_NETWORK: "test", BT_WALLET_PATH: "/b", CONVERSION_SUBNET_WALLET_PATH: "/c" };
    const { at } = await effective("miner run", { text: file, env });
    expect([at("subtensor.network"), at("wallet.path")]).toEqual([
      ["test", "env"],
      ["/c", "env"],
    ]);
  });

  it("is read again for a node that runs: what was typed stays, and what has changed is named", async () => {
    const file = await written("blacklist.min_stake: 1\naxon.port: 5\n");
    const command = typed(`miner run --axon.port 7 --config ${file}`);
    const before = flagsOf(command, effectiveOf(command, await readConfig(command, { env: {}, file })));
    await written("blacklist.min_stake: 2\naxon.port: 6\nwallet.name: other\n");
    const { flags, changed } = await rereadConfig(command, before);
    expect(changed.toSorted()).toEqual(["blacklist.min_stake", "wallet.name"]);
    expect([flags["axon.port"], flags["blacklist.min_stake"]]).toEqual([7, 2]);
    await written("blacklist.min_stake: few\n");
    await expect(rereadConfig(command, before)).rejects.toMatchObject({ code: "CONFIG_REFUSED" });
  });
});

describe("the table of settings", () => {
  const program = createProgram();
  const { settings, sections } = settingsTable(program);

  it("has one variable for each name", () => {
    expect(new Set([...settings.values()].map(({ env }) => env)).size).toBe(settings.size);
    expect(envOf("axon.external_ip")).toBe("CONVERSION_SUBNET_AXON_EXTERNAL_IP");
  });

  it("holds every flag of every node but those that are said at each call, and none that must be typed", () => {
    for (const node of leavesOf(program).filter(isNode)) {
      const left = node.options.filter((one) => !one.hidden && !settings.has(keyOf(one))).map(keyOf);
      expect([pathOf(node).join(" "), left.filter((key) => key !== "json" && key !== "dry-run")]).toEqual([
        pathOf(node).join(" "),
        [],
      ]);
      expect(settingsOf(node).filter(({ mandatory }) => mandatory)).toEqual([]);
    }
    expect([...sections.keys()].slice(0, 3)).toEqual(["miner", "validator", "localnet"]);
  });

  it.each(["miner", "validator", "owner"])(
    "makes a file for a %s whose lines all hold once the # is gone",
    async (role) => {
      const text = templateOf(role, settingsTable(program));
      const bare = text.replace(/^( *)# ((?:[a-z_-]+\.)*[a-z_-]+: [^A-Z\n].*)$/gm, (line, indent, rest) =>
        settings.has(rest.split(":")[0] ?? "") ? `${indent}${rest}` : line,
      );
      expect(bare.split("\n").filter((line) => /^ *[a-z]/.test(line)).length).toBeGreaterThan(15);
      const config = await readConfig(program, { env: {}, file: await written(bare) });
      expect(config.problems).toEqual([]);
      for (const one of effectiveOf(leavesOf(program).filter(isNode)[0] as Command, config))
        if (one.from === "file" && one.option.defaultValue !== undefined)
          expect(one.value).toEqual(one.option.defaultValue);
    },
  );
});

describe("config", () => {
  const { heard, run } = commandLine();

  it("init writes a file that only its owner reads, and writes over none", async () => {
    const out = join(folder, "new", "m.yaml");
    await run("config", "init", "miner", "--out", out);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    await expect(run("config", "init", "miner", "--out", out)).rejects.toThrow("is there already");
    await run("config", "init", "owner", "--out", out, "--overwrite", "--json");
    expect(JSON.parse(heard.stdout)).toEqual({ file: out, role: "owner" });
  });

  it("show says every value and where it comes from, and no secret", async () => {
    const file = await written("netuid: 4\nminer: {model: m.safetensors}\n");
    vi.stubEnv("CONVERSION_SUBNET_SUBTENSOR_CHAIN_ENDPOINT", "wss://me:hunter2@host");
    await run("config", "show", "miner", "--config", file, "--json");
    vi.unstubAllEnvs();
    expect(heard.stdout).not.toContain("hunter2");
    expect(JSON.parse(heard.stdout)).toMatchObject({
      file,
      problems: [],
      settings: {
        miner: {
          netuid: { value: 4, from: "file", place: `${file}:1:9` },
          model: { value: "m.safetensors", from: "file", place: `${file}:2:16` },
          "subtensor.chain_endpoint": { value: "(hidden)", from: "env" },
          "axon.port": { value: 8091, from: "default", place: null },
        },
      },
    });
  });

  it("check says all mistakes at once and ends with 1", async () => {
    const file = await written("netuid: -1\nminer: {axon.prot: 1}\n");
    await run("config", "check", "--config", file);
    expect(heard.stdout).toBe(
      `${file}:1:9: netuid is refused: "-1". It must be a whole number of at least 0.\n` +
        `${file}:2:9: axon.prot is no setting of miner. Did you mean axon.port?\n`,
    );
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
  });

  it("is not read by a command that asks of no node", async () => {
    await expect(run("inspect", "a.safetensors", "--config", "c.yaml")).rejects.toThrow("reads no configuration");
  });
});

describe("the nearest name", () => {
  it("is found by a few letters, by a missing beginning, and not at any price", () => {
    const names = ["axon.port", "axon.external_port", "wallet.name", "netuid", "horizon-seconds"];
    expect(
      ["axon.prot", "axno.port", "Netuid", "external_port", "horizon_seconds"].map((word) => nearest(word, names)),
    ).toEqual(["axon.port", "axon.port", "netuid", "axon.external_port", "horizon-seconds"]);
    expect(["x", "completely.else", "z".repeat(10_000)].map((word) => nearest(word, names))).toEqual([
      null,
      null,
      null,
    ]);
    expect(distance("ab", "ba")).toBe(1);
  });
});

describe("the file", () => {
  it("is the one of our own folder where nothing is named and the current folder has none", async () => {
    const env = { CONVERSION_SUBNET_HOME: join(folder, "home") };
    expect(configFile({ env, file: undefined })).toBeNull();
    await mkdir(env.CONVERSION_SUBNET_HOME);
    await writeFile(join(env.CONVERSION_SUBNET_HOME, "config.yaml"), "netuid: 5\n");
    expect(configFile({ env, file: undefined })).toBe(join(env.CONVERSION_SUBNET_HOME, "config.yaml"));
    expect(configFile({ env: { ...env, CONVERSION_SUBNET_CONFIG: "other.yaml" }, file: undefined })).toBe("other.yaml");
    expect(configFile({ env, file: "named.yaml" })).toBe("named.yaml");
  });
});
