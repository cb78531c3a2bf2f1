/** Doctor against set-ups that are broken in one way each, every one of them real. */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Checked } from "../src/cli/doctor/check.ts";
import { reportLines } from "../src/cli/doctor/report.ts";
import { lockFile } from "../src/core/index.ts";
import { FEATURE_TABLE_HASH } from "../src/schema.ts";
import { INGEST_SCHEMA } from "../src/sources/index.ts";
import { openStore } from "../src/store/index.ts";
import { HISTORY_SCHEMA } from "../src/validator/index.ts";
import { writeWallet } from "../src/wallet/index.ts";
import { doctorScene, key, other, outcomes, validatorKey } from "./support/doctor.ts";

const { announce, at, atEnd, doctor, program, serving, url } = doctorScene();

/** A set-up that is broken: flags, what doctor must find, and a part of how to mend it. */
interface Broken {
  readonly name: string;
  readonly as?: "miner" | "validator";
  arrange(): Promise<readonly string[]>;
  readonly finds: Readonly<Record<string, Checked["outcome"]>>;
  readonly says: RegExp;
  readonly fix: RegExp;
}
const withoutPassword = (name: string) =>
  writeWallet({ path: at("wallets"), name, hotkey: "default" }, { hotkey: key });

const MINERS: readonly Broken[] = [
  {
    name: "a keyfile that others can read",
    async arrange() {
      await withoutPassword("open");
      await chmod(at("wallets/open/hotkeys/default"), 0o644);
      return ["--wallet.name", "open"];
    },
    finds: { permissions: "warning", wallet: "ok" },
    says: /is open to others than its owner/,
    fix: /^chmod 600 .*hotkeys\/default$/,
  },
  {
    name: "no wallet",
    arrange: async () => ["--wallet.name", "nobody"],
    finds: {
      wallet: "failed",
      permissions: "not tested",
      registered: "not tested",
      door: "not tested",
      axon: "not tested",
    },
    says: /There is no such keyfile/,
    fix: /wallet create --wallet.name nobody --wallet.hotkey default/,
  },
  {
    name: "a keyfile of rubbish",
    async arrange() {
      await withoutPassword("rubbish");
      await writeFile(at("wallets/rubbish/hotkeys/default"), "{}");
      return ["--wallet.name", "rubbish"];
    },
    finds: { wallet: "failed", answer: "ok" },
    says: /The keyfile/,
    fix: /backup/,
  },
  {
    name: "a hotkey that is not registered",
    arrange: async () => ["--wallet.name", "stranger"],
    finds: { registered: "failed", axon: "not tested" },
    says: /is not on subnet 1; a registration costs/,
    fix: /subnets register --netuid 1 .*--wallet.name stranger/,
  },
  {
    name: "no chain",
    arrange: async () => ["--subtensor.network", "http://127.0.0.1:9"],
    finds: { chain: "failed", registered: "not tested", callers: "not tested", axon: "not tested", answer: "ok" },
    says: /The chain cannot be reached/,
    fix: /start one first: npx conversion-subnet localnet/,
  },
  {
    name: "a network that is none",
    arrange: async () => ["--subtensor.network", "moon"],
    finds: { chain: "failed", wallet: "ok" },
    says: /"moon" is no network/,
    fix: /finney, test, archive/,
  },
  {
    name: "a subnet on which nobody may ask",
    arrange: async () => ["--netuid", "2"],
    finds: { callers: "warning", registered: "failed" },
    says: /nobody on the subnet has a validator permit/,
    fix: /subnets metagraph --netuid 2/,
  },
  {
    name: "a policy that refuses every validator",
    arrange: async () => ["--blacklist.min_stake", "1000"],
    finds: { callers: "failed" },
    says: /0 of 1 validators .* below this miner's minimum/,
    fix: /min_stake/,
  },
  {
    name: "a port that another program has",
    arrange: async () => ["--axon.port", await program()],
    finds: { port: "failed", door: "not tested" },
    says: /is taken by another program/,
    fix: /miner run .*--axon.port \d+/,
  },
  {
    name: "a port that the miner of another hotkey has",
    arrange: async () => ["--axon.port", (await serving({}, other)).port],
    finds: { port: "failed", door: "not tested" },
    says: /is taken by the miner of another hotkey/,
    fix: /ss -ltnp 'sport = :\d+'/,
  },
  {
    name: "an address that this machine does not have",
    arrange: async () => ["--axon.ip", "203.0.113.9"],
    finds: { port: "failed" },
    says: /203.0.113.9 is no address of this machine/,
    fix: /miner run .*--axon.ip 0.0.0.0/,
  },
  {
    name: "a process with this hotkey that serves elsewhere",
    async arrange() {
      atEnd(await lockFile(at("wallets/miner/hotkeys/default")));
      return ["--axon.port", "0"];
    },
    finds: { port: "warning" },
    says: /yet process \d+ runs with this hotkey/,
    fix: /^ps -o args= -p \d+$/,
  },
  {
    name: "a running node that refuses a validator, whatever the flags say",
    arrange: async () => ["--axon.port", (await serving({ policy: { deny: [validatorKey.address] } })).port],
    finds: { port: "ok", door: "warning", callers: "ok" },
    says: /list of those it does not answer/,
    fix: /logs --level debug/,
  },
  {
    name: "a running node that answers strangers, though the flags do not say so",
    arrange: async () => ["--axon.port", (await serving({ policy: { allowNonRegistered: true } })).port],
    finds: { door: "warning" },
    says: /a stranger was answered/,
    fix: /miner run/,
  },
  {
    name: "a wrong axon on the chain while the node runs",
    async arrange() {
      const { port } = await serving();
      await announce("127.0.0.1", 1_234);
      return ["--axon.port", port];
    },
    finds: { axon: "failed", port: "ok" },
    says: /the chain says 127.0.0.1:1234, version 1000, and these flags 127.0.0.1:\d+, version 1000/,
    fix: /miner run .*--axon.external_port \d+/,
  },
  {
    name: "a wrong axon on the chain before the start",
    async arrange() {
      await announce("127.0.0.1", 1_234);
      return ["--axon.port", "0"];
    },
    finds: { axon: "warning" },
    says: /a start announces it anew/,
    fix: /miner run/,
  },
  {
    name: "every address for an external one",
    arrange: async () => ["--axon.ip", "0.0.0.0", "--axon.port", "0"],
    finds: { "external ip": "failed" },
    says: /0.0.0.0 is no address that validators could ask/,
    fix: /--axon.ip 0.0.0.0 .*--axon.external_ip "\$\(curl/,
  },
  {
    name: "an outside address before a loopback one",
    arrange: async () => ["--axon.external_ip", "8.8.8.8", "--axon.port", "0"],
    finds: { "external ip": "warning" },
    says: /8.8.8.8 is announced, and the miner listens on 127.0.0.1/,
    fix: /--axon.ip 0.0.0.0/,
  },
  {
    name: "a port that nobody outside gets through to",
    arrange: async () => ["--axon.port", "0", "--reach", `${url()}/nothing-there?{ip}:{port}`],
    finds: { reach: "failed" },
    says: /says with status \d+ that 127.0.0.1:0 cannot be reached/,
    fix: /curl/,
  },
  {
    name: "a loopback address, that nobody outside could try",
    arrange: async () => ["--axon.port", "0"],
    finds: { reach: "not tested" },
    says: /127.0.0.1 is this machine's own: nobody else can reach it/,
    fix: /--axon.ip 0.0.0.0 --axon.external_ip/,
  },
  {
    name: "errors in the log",
    async arrange() {
      const line = { time: new Date().toISOString(), level: "error", message: "A tick failed", what: "chain" };
      await writeFile(at("miner.log"), `${JSON.stringify(line)}\n`);
      return ["--logging.file", at("miner.log")];
    },
    finds: { errors: "warning" },
    says: /1 errors and 0 warnings in the last day, the last: .*A tick failed {2}what=chain|1 errors and 0 warnings/,
    fix: /logs --level warn --since 1d --file/,
  },
  {
    name: "no model",
    arrange: async () => ["--model", at("none.safetensors")],
    finds: { model: "failed", answer: "not tested", profile: "not tested" },
    says: /cannot be read/,
    fix: /inspect .*none.safetensors/,
  },
  {
    name: "a model of another feature table",
    async arrange() {
      const bytes = (await readFile(at("model.safetensors"))).toString("latin1");
      await writeFile(
        at("other.safetensors"),
        Buffer.from(bytes.replace(FEATURE_TABLE_HASH, "0".repeat(64)), "latin1"),
      );
      return ["--model", at("other.safetensors")];
    },
    finds: { model: "failed", answer: "not tested" },
    says: /another feature table|other feature/i,
    fix: /inspect/,
  },
  {
    name: "a model whose profile belongs to another",
    async arrange() {
      await writeFile(at("moved.safetensors"), await readFile(at("model.safetensors")));
      const profile = JSON.parse(await readFile(at("model.profile.json"), "utf8"));
      await writeFile(
        at("moved.profile.json"),
        JSON.stringify({ ...profile, model: "0".repeat(profile.model.length) }),
      );
      return ["--model", at("moved.safetensors")];
    },
    finds: { profile: "warning", model: "ok" },
    says: /belongs to another model/,
    fix: /drift .*moved.safetensors --data train.csv --write/,
  },
  {
    name: "a folder for feedback where a file stands",
    async arrange() {
      await writeFile(at("file"), "");
      return ["--feedback.accept", join(at("file"), "feedback")];
    },
    finds: { disk: "failed" },
    says: /a file stands at .*file, where a folder is needed/,
    fix: /^ls -l/,
  },
];

const SETTINGS: readonly Broken[] = [
  {
    name: "a file of settings with mistakes, and goes on with what is right in it",
    async arrange() {
      await writeFile(
        at("wrong.yaml"),
        "miner:\n  axon.port: ninety\n  axon.ipp: 1.2.3.4\n  blacklist.min_stake: 1000\n",
      );
      return ["--config", at("wrong.yaml")];
    },
    finds: { config: "failed", callers: "failed" },
    says: /wrong.yaml:2:\d+: [^;]*; .*wrong.yaml:3/,
    fix: /^npx conversion-subnet config check --config .*wrong.yaml$/,
  },
  {
    name: "what the file says of the node, unless it was typed",
    async arrange() {
      await writeFile(at("right.yaml"), `miner:\n  model: ${at("none.onnx")}\n  axon.ip: 0.0.0.0\n`);
      return ["--config", at("right.yaml"), "--model", at("model.safetensors"), "--axon.port", "0"];
    },
    finds: { config: "ok", "external ip": "failed", model: "ok" },
    says: /right.yaml; 1 settings are taken/,
    fix: /--axon.external_ip/,
  },
];

const VALIDATORS: readonly Broken[] = [
  {
    name: "no permit and no stake",
    as: "validator",
    arrange: async () => ["--wallet.name", "miner"],
    finds: { permit: "failed", registered: "ok" },
    says: /no validator permit, and so no miner answers: stake 0.000 TAO/,
    fix: /stake add --netuid 1 --amount [\d.]+ .*--wallet.name miner/,
  },
  {
    name: "a history that is damaged",
    as: "validator",
    async arrange() {
      await writeFile(at("damaged.db"), Buffer.alloc(8_192, 7));
      return ["--history", at("damaged.db")];
    },
    finds: { history: "failed", events: "not tested" },
    says: /The store is damaged, or is no store/,
    fix: /mv -f .*damaged.db .*damaged.db-wal .*cp BACKUP.db/,
  },
  {
    name: "a history with a page that is overwritten",
    as: "validator",
    async arrange() {
      const path = at("torn.db");
      const store = await openStore(path, { schemas: [HISTORY_SCHEMA, INGEST_SCHEMA] });
      await store.close();
      const bytes = await readFile(path);
      bytes.fill(0xee, 4_096, 12_288);
      await writeFile(path, bytes);
      return ["--history", path];
    },
    finds: { history: "failed" },
    says: /damaged/,
    fix: /BACKUP.db/,
  },
  {
    name: "a history of a later version",
    as: "validator",
    async arrange() {
      const path = at("newer.db");
      const later = {
        version: HISTORY_SCHEMA.migrations.length + 1,
        why: "what comes",
        sql: "CREATE TABLE later (id) ",
      };
      const schema = { ...HISTORY_SCHEMA, migrations: [...HISTORY_SCHEMA.migrations, later] };
      await (await openStore(path, { schemas: [schema] })).close();
      return ["--history", path];
    },
    finds: { history: "failed" },
    says: /written by a later version/,
    fix: /Install the version that wrote it/,
  },
  {
    name: "a history that is kept nowhere",
    as: "validator",
    arrange: async () => ["--history", ":memory:"],
    finds: { history: "warning" },
    says: /a restart forgets every average/,
    fix: /--history history.db/,
  },
  {
    name: "a door for events without keys",
    as: "validator",
    arrange: async () => ["--events.port", "0"],
    finds: { events: "warning" },
    says: /nobody may send conversations/,
    fix: /keys create --name shop --history/,
  },
  {
    name: "a port for events that another program has",
    as: "validator",
    arrange: async () => ["--events.port", await program()],
    finds: { events: "failed" },
    says: /taken by another program/,
    fix: /ss -ltnp/,
  },
  {
    name: "weights that are set oftener than the subnet takes them",
    as: "validator",
    arrange: async () => ["--neuron.epoch_length", "1"],
    finds: { weights: "warning" },
    says: /below the subnet's limit of \d+/,
    fix: /--neuron.epoch_length \d+/,
  },
  {
    name: "miners that do not answer",
    as: "validator",
    async arrange() {
      await announce("127.0.0.1", 9);
      return [];
    },
    finds: { miners: "warning" },
    says: /(\d) miners are announced; of \1 that were tried, 0 answered/,
    fix: /curl/,
  },
];

describe("doctor on what is broken finds", () => {
  it.each([...MINERS, ...SETTINGS, ...VALIDATORS].map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const { as = "miner", arrange, finds, says, fix } = one;
    const report = await doctor(as, ...(await arrange()));
    expect(outcomes(report)).toMatchObject(finds);
    const found = report.checks.filter(({ name }) => name in finds);
    expect(found.map(({ text }) => text).join("\n")).toMatch(says);
    const fixes = found.flatMap((check) => check.fix);
    expect(fixes.filter((one) => fix.test(one))).not.toEqual([]);
    // What can be pasted is one line, and shown as it is.
    expect(reportLines(report, { width: 60, colour: false })).toEqual(
      expect.arrayContaining(fixes.map((command) => `            > ${command}`)),
    );
  });
});
