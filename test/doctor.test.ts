/** Doctor on a set-up that is whole, and on machines of many kinds. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { examine } from "../src/cli/doctor/doctor.ts";
import { type DoctorModules, doctorModules } from "../src/cli/doctor/facts.ts";
import { LEAST_NODE } from "../src/cli/doctor/machine.ts";
import { systemClock } from "../src/core/index.ts";
import { ledgerChain } from "../src/localnet/index.ts";
import { INGEST_SCHEMA } from "../src/sources/index.ts";
import { openStore } from "../src/store/index.ts";
import { HISTORY_SCHEMA } from "../src/validator/index.ts";
import { doctorScene, key, outcomes } from "./support/doctor.ts";

const { at, doctor, ledger, program, run, serving, url } = doctorScene();
const never = new AbortController().signal;

describe("doctor on what is whole", () => {
  it("finds nothing wrong with a miner that serves, and asks it signed questions in three names", async () => {
    const { port } = await serving({ policy: { allow: [key.address] } });
    const report = await doctor(
      "miner",
      "--axon.port",
      port,
      "--time-from",
      url(),
      "--reach",
      `http://127.0.0.1:${await program()}/try?ip={ip}&port={port}`,
      "--logging.logging_dir",
      at("logs"),
    );
    expect(outcomes(report)).toEqual({
      ...{
        node: "ok",
        memory: "ok",
        disk: "ok",
        clock: "ok",
        config: "ok",
        wallet: "ok",
        permissions: "ok",
        chain: "ok",
        registered: "ok",
      },
      ...{
        callers: "ok",
        port: "ok",
        door: "ok",
        axon: "ok",
        "external ip": "ok",
        model: "ok",
        profile: "ok",
        answer: "ok",
      },
      packages: "ok",
      reach: "ok",
      errors: "not tested",
    });
    expect(report.healthy).toBe(true);
    expect(report.byName.get("door")?.values).toMatchObject({
      ...{ stranger: "FORBIDDEN", forgedValidator: "BAD_SIGNATURE", ownHotkey: "OK" },
    });
    expect(report.byName.get("answer")?.values).toMatchObject({ answered: true, ownKey: true });
  });

  it("says of a miner that does not run what its start will do, and that nothing failed", async () => {
    const report = await doctor("miner", "--axon.port", "0");
    expect(report.healthy).toBe(true);
    expect(report.byName.get("door")).toMatchObject({
      outcome: "not tested",
      text: "no node of this hotkey serves here",
    });
  });

  it("finds nothing wrong with a validator that has a permit, a history and somebody to ask", async () => {
    const { port } = await serving();
    const store = await openStore(at("history.db"), { schemas: [HISTORY_SCHEMA, INGEST_SCHEMA] });
    await store.close();
    await run("keys", "create", "--name", "shop", "--history", at("history.db"));
    const report = await doctor(
      "validator",
      "--history",
      at("history.db"),
      "--events.port",
      "0",
      "--neuron.epoch_length",
      "200",
    );
    expect(Object.entries(outcomes(report)).filter(([, outcome]) => outcome !== "ok")).toEqual([
      ["clock", "not tested"],
      ["errors", "not tested"],
    ]);
    expect(report.byName.get("miners")?.values).toMatchObject({ serving: 1, asked: 1, answered: 1 });
    expect(port).not.toBe("");
  });
});

describe("doctor on a machine", () => {
  const flags = { netuid: 1, "subtensor.network": "x", "wallet.name": "miner", "wallet.hotkey": "default" };
  const machine = { ...doctorModules.machine };
  const chain = () => ledgerChain(ledger());
  const examined = async (modules: Partial<DoctorModules>, more = {}) => {
    const all = { ...flags, "wallet.path": at("wallets"), ...more };
    const { checks } = await examine("miner", all, never, { ...doctorModules, connect: chain, ...modules });
    return new Map(checks.map((check) => [check.name, check]));
  };
  /** A chain that has the real time, as of a block six seconds ago. */
  const realTime = () => {
    const inner = chain();
    const head = async () => ({ ...(await inner.head()), timestampMs: Date.now() - 6_000 });
    return { ...inner, head, info: async () => ({ ...(await inner.info()), development: false, blockTimeMs: 12_000 }) };
  };
  const shifted = (ms: number) => ({ ...systemClock, nowMs: () => Date.now() + ms });

  it("knows the oldest Node that package.json allows", async () => {
    const { engines } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect(engines.node).toBe(`>=${LEAST_NODE.join(".")}`);
    for (const [nodeVersion, outcome] of [
      ["v20.19.0", "ok"],
      ["v22.0.0", "ok"],
      ["v20.18.9", "failed"],
      ["v18.20.0", "failed"],
    ] as const)
      expect((await examined({ machine: { ...machine, nodeVersion } })).get("node")).toMatchObject({ outcome });
  });

  it("says when memory is short", async () => {
    const withBytes = (bytes: number) => examined({ machine: { ...machine, availableBytes: () => bytes } });
    expect((await withBytes(300e6)).get("memory")).toMatchObject({
      outcome: "warning",
      text: expect.stringContaining("300 MB of"),
    });
    expect((await withBytes(50e6)).get("memory")).toMatchObject({
      outcome: "failed",
      fix: ["ps aux --sort=-rss | head"],
    });
  });

  it("tells a clock that is wrong by the chain's time, ahead and behind", async () => {
    expect((await examined({ connect: realTime })).get("clock")).toMatchObject({ outcome: "ok" });
    const ahead = (await examined({ connect: realTime, clock: shifted(120_000) })).get("clock");
    expect(ahead).toMatchObject({ outcome: "failed", text: expect.stringMatching(/^126\.\d s ahead/) });
    expect(ahead?.fix[0]).toContain("timedatectl");
    const behind = (await examined({ connect: realTime, clock: shifted(-20_000) })).get("clock");
    expect(behind).toMatchObject({ outcome: "failed", text: expect.stringMatching(/^14\.\d s behind/) });
  });

  it("tells a clock that is wrong by the Date of a web server, and says when none can be asked", async () => {
    const web = `http://127.0.0.1:${await program()}`;
    expect((await examined({}, { timeFrom: web })).get("clock")).toMatchObject({ outcome: "ok" });
    expect((await examined({ clock: shifted(60_000) }, { timeFrom: web })).get("clock")).toMatchObject({
      outcome: "failed",
    });
    expect((await examined({ clock: shifted(-60_000) }, { timeFrom: web })).get("clock")).toMatchObject({
      outcome: "failed",
    });
    const nobody = (await examined({}, { timeFrom: "http://127.0.0.1:9" })).get("clock");
    expect(nobody).toMatchObject({ outcome: "not tested", text: expect.stringContaining("did not answer") });
  });
});
