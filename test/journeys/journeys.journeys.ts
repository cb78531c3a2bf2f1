/**
 * Six things that a newcomer wants to do, done on terminals with the commands of the README and the guides, from an empty folder and an empty
 * home. Screens are left in build/journeys to be looked at.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { profilePath } from "../../src/learning/index.ts";
import { promoteModel } from "../../src/miner/index.ts";
import { ROOT } from "../support/processes.ts";
import { createDesk, type Desk, keepScreen, type Terminal } from "../support/tmux.ts";

const LOCAL = "--netuid 1 --subtensor.network local";
const MINER = `${LOCAL} --wallet.name miner --wallet.hotkey default`;
const VALIDATOR = `${LOCAL} --wallet.name validator`;
const TIMEOUT = { timeout: 600_000 };

let folder = "";
let desk: Desk;
let [chain, mine, judge]: Terminal[] = [];
const terminal = (one: Terminal | undefined): Terminal => {
  if (one === undefined) throw new Error("There is no such terminal.");
  return one;
};
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "journeys-"));
  desk = await createDesk(folder);
});
afterAll(async () => {
  await desk.clear();
  await rm(folder, { recursive: true, force: true });
});

/** A table as somebody else would have it: columns in another order, one more of them, and none of the minutes. */
async function ownTable(from: string, to: string): Promise<void> {
  const rows = (await readFile(from, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const order = (rows[0] ?? [])
    .map((_, i) => i)
    .filter((i) => rows[0]?.[i] !== "time_to_conversion_minutes")
    .toReversed();
  const lines = rows.map((cells, i) => [i === 0 ? "shop" : "north", ...order.map((column) => cells[column])].join(","));
  await writeFile(to, `${lines.join("\n")}\n`);
}
/** The same rows, each with the other outcome: what a model must not learn from. */
async function turnedTable(from: string, to: string): Promise<void> {
  const [head = "", ...lines] = (await readFile(from, "utf8")).trimEnd().split("\n");
  const [whether, when] = ["conversion_happened", "time_to_conversion_seconds"].map((name) =>
    head.split(",").indexOf(name),
  );
  const turned = lines.map((line) =>
    line
      .split(",")
      .map((cell, i, cells) =>
        i === whether ? String(1 - Number(cell)) : i === when ? (cells[whether ?? 0] === "1" ? "-1" : "120") : cell,
      )
      .join(","),
  );
  await writeFile(to, [head, ...turned, ""].join("\n"));
}

const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
if (!hasTmux) console.warn("skipped: there is no tmux here");

describe.skipIf(!hasTmux).sequential("journeys", () => {
  it("1: the first demo", TIMEOUT, async () => {
    const demo = await desk.open("demo");
    demo.type("npx conversion-subnet demo --speed max");
    await demo.see(/\b[1-9]\d settled of/);
    const shown = await demo.see(/#\s+miner\s+answered/);
    await keepScreen("1-demo", shown);
    for (const name of ["trained-a", "baseline", "always-yes", "offline"]) expect(shown).toContain(name);
    demo.interrupt();
    expect(await demo.done()).toBe(0);
    await keepScreen("1-demo-ended", demo.screen());
  });

  it("2: train on a table of one's own, and serve it on a localnet in three terminals", TIMEOUT, async () => {
    [chain, mine, judge] = [await desk.open("1"), await desk.open("2"), await desk.open("3")];
    terminal(chain).type("npx conversion-subnet localnet");
    await terminal(chain).see("Ledger serving");

    await terminal(mine).run("npx conversion-subnet simulate --rows 1500 --out simulated.csv --seed 99");
    await ownTable(at("simulated.csv"), at("mine.csv"));
    const trained = await terminal(mine).run("npx conversion-subnet train mine.csv --out model --model-kind logistic");
    expect(trained).toMatch(/Brier score\s+0\.\d+.*better/);
    expect(trained).toContain("shop");
    await terminal(mine).run(
      "npx conversion-subnet wallet create --wallet.name miner --wallet.hotkey default --no-password",
    );
    await terminal(mine).run(`npx conversion-subnet subnets register ${MINER}`);
    terminal(mine).type(
      `npx conversion-subnet miner run --model model.safetensors ${MINER} --feedback.accept feedback`,
    );
    await terminal(mine).see("Miner serving");
    await keepScreen("2-miner", terminal(mine).screen());

    await terminal(judge).run("npx conversion-subnet wallet create --wallet.name validator --no-password");
    await terminal(judge).run(`npx conversion-subnet subnets register ${VALIDATOR}`);
    await terminal(judge).run(`npx conversion-subnet stake add --amount 1000 ${VALIDATOR}`);
    const played = await terminal(judge).run(
      `npx conversion-subnet validator run ${VALIDATOR} --speed max --rounds 40`,
    );
    expect(played).toMatch(/40 settled of \d+ asked, weights set \d+ times?;/);
    expect(played).toMatch(/answered (\d+)\/\1/);
    const neurons = await terminal(judge).run(`npx conversion-subnet subnets metagraph ${LOCAL}`);
    expect(neurons).toMatch(/127\.0\.0\.1:\d+/);
    const doctor = await terminal(judge).run(
      `npx conversion-subnet doctor --as miner --model model.safetensors ${MINER}`,
    );
    expect(doctor).toMatch(/registered/);
  });

  it("3: put a predictor of one's own in the place of the model", TIMEOUT, async () => {
    const says = (probability: number) => `export const predict = () => ({
      conversionHappened: ${probability >= 0.5 ? 1 : 0}, timeToConversionSeconds: ${probability >= 0.5 ? 150 : -1},
      confidence: ${probability}, timeIfConvertedSeconds: 150,
    });\n`;
    await writeFile(at("mine.mjs"), says(0.7));
    terminal(mine).interrupt();
    expect(await terminal(mine).done()).toBe(0);
    terminal(mine).type(`npx conversion-subnet miner run --model mine.mjs ${MINER} --feedback.accept feedback`);
    await terminal(mine).see("Miner serving");
    const played = await terminal(judge).run(
      `npx conversion-subnet validator run ${VALIDATOR} --speed max --rounds 20`,
    );
    expect(played).toMatch(/20 settled/);
    await writeFile(at("mine.mjs"), says(0.2));
    await terminal(mine).see("Model swapped");
    await writeFile(at("mine.mjs"), "export const predict = () => 'perhaps';\n");
    const refused = await terminal(mine).see("not taken over");
    await keepScreen("3-own-predictor", refused);
    expect(refused).not.toContain("The predictor failed");
  });

  it("4: bring a model from PyTorch", TIMEOUT, async () => {
    await cp(join(ROOT, "test/vectors/torch/custom-2.pt"), at("my_model.pt"));
    await cp(join(ROOT, "test/vectors/torch/whole-module-2.pt"), at("whole.pt"));
    const work = await desk.open("4");
    const refused = await work.run("npx conversion-subnet import whole.pt --out whole", 1);
    expect(refused).toMatch(/state_dict/);
    await work.run("npx conversion-subnet import my_model.pt --out imported --data mine.csv");
    expect(await work.run("npx conversion-subnet inspect imported.safetensors")).toMatch(/network/);
    expect(await work.run("npx conversion-subnet evaluate imported.safetensors mine.csv")).toMatch(/Brier/);
    terminal(mine).interrupt();
    expect(await terminal(mine).done()).toBe(0);
    terminal(mine).type(`npx conversion-subnet miner run --model imported.safetensors ${MINER}`);
    await terminal(mine).see("Miner serving");
    expect(
      await terminal(judge).run(`npx conversion-subnet validator run ${VALIDATOR} --speed max --rounds 10`),
    ).toMatch(/10 settled/);
  });

  it("5: find out why yesterday's score fell", TIMEOUT, async () => {
    const work = await desk.open("5");
    await turnedTable(at("mine.csv"), at("turned.csv"));
    await work.run("npx conversion-subnet train turned.csv --out worse --model-kind logistic --time median");
    const stopMiner = async () => {
      terminal(mine).interrupt();
      expect(await terminal(mine).done()).toBe(0);
    };
    const day = async () => {
      terminal(mine).type(`npx conversion-subnet miner run --model model.safetensors ${MINER} --feedback.accept told`);
      await terminal(mine).see("Miner serving");
      terminal(judge).type(
        `npx conversion-subnet validator run ${VALIDATOR} --speed max --neuron.timeout 2 --feedback.send`,
      );
      await terminal(judge).see(/feedbackSent=(?:[6-9]\d|\d{3,})/);
      terminal(judge).interrupt();
      expect(await terminal(judge).done()).toBe(0);
      await stopMiner();
    };
    await stopMiner();
    await day();
    // A day goes by.
    for (const name of (await readdir(at("told"))).filter((file) => file.endsWith(".jsonl"))) {
      const lines = (await readFile(at(`told/${name}`), "utf8")).trimEnd().split("\n");
      const older = lines.map((line) => {
        const { at: moment, ...rest } = JSON.parse(line);
        return JSON.stringify({ ...rest, at: moment - 86_400_000 });
      });
      await writeFile(at(`told/${name}`), `${older.join("\n")}\n`);
    }
    await promoteModel(at("worse.safetensors"), at("model.safetensors"), { companionOf: profilePath });
    await day();

    const why = await work.run("npx conversion-subnet score --feedback told --model model.safetensors --no-chain");
    expect(why).toMatch(/against the 24 before: 0\.\d+ after 0\.\d+, -0\.\d+ \(beyond chance/);
    expect(why).toMatch(/class -0\.\d+: right in \d+ %, \d+ % before/);
    const [, mend = ""] = /> (npx conversion-subnet retrain .*--rollback)/.exec(why) ?? [];
    await work.run(mend);
  });

  it("6: run a validator over conversations of one's own", TIMEOUT, async () => {
    const work = await desk.open("6");
    terminal(mine).type(`npx conversion-subnet miner run --model imported.safetensors ${MINER}`);
    await terminal(mine).see("Miner serving");
    await work.run("npx conversion-subnet simulate --conversations 60 --out chats.jsonl --seed 8");
    await writeFile(
      at("broken.jsonl"),
      `${(await readFile(at("chats.jsonl"), "utf8")).split("\n").slice(0, 3).join("\n")}\n{"id": 7}\n`,
    );
    const broken = await work.run(
      `npx conversion-subnet validator run --conversations broken.jsonl ${VALIDATOR} --speed max --history :memory:`,
      1,
    );
    expect(broken).toMatch(/[Ll]ine:? +4/);
    const played = await work.run(
      `npx conversion-subnet validator run --conversations chats.jsonl ${VALIDATOR} --speed max --scoring proper-v1 --history own.db`,
    );
    expect(played).toMatch(/\d+ settled of \d+ asked/);
    expect(played).toMatch(/answered (?!0\/)(\d+)\/\1/);
    const [, miner = ""] = /(5\w{47})\s+answered/.exec(played) ?? [];
    const told = await work.run(`npx conversion-subnet explain 1 ${miner} --history own.db`);
    expect(told).toMatch(/proper-v1/);
    expect(await work.run("npx conversion-subnet rescore --history own.db")).toMatch(/same|comes out|differ/);
    await work.run("npx conversion-subnet history info --check --history own.db");
  });
});
