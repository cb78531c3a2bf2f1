/** What each document's reader is taken to have already, and what is shortened for them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { blocksOf } from "../support/documents.ts";
import type { Scene, Typed } from "../support/scene.ts";
import { enter, have, torchFile, wallet, world } from "./world.ts";

export interface Setting {
  /** A scene for the whole document unless it says otherwise. */
  readonly each?: "heading";
  readonly swap?: readonly (readonly [string, string])[];
  readonly prepare?: (scene: Scene, heading: string) => Promise<void>;
  /** What a reader copies from one command's output into another. */
  readonly copy?: (command: string, typed: readonly Typed[]) => Promise<string> | string;
  readonly after?: (scene: Scene, typed: readonly Typed[]) => Promise<void>;
}

/** CI reads every figure; elsewhere fewer rows are simulated, and figures are not compared. */
export const FULL = process.env.CI !== undefined;
const LESS: NonNullable<Setting["swap"]> = FULL
  ? []
  : [
      ["--rows 20000", "--rows 1500"],
      ["--rows 5000", "--rows 800"],
      ["--conversations 500", "--conversations 200"],
    ];
/** A page of examples is no place for figures. */
const LITTLE: NonNullable<Setting["swap"]> = [
  ["--rows 20000", "--rows 800"],
  ["--conversations 500", "--conversations 150"],
  ["--rounds 300", "--rounds 20"],
  ["--trials 60", ""],
  ["--out best.json", "--out best.json --trials 2 --folds 2"],
  ["backtest chats.jsonl", "backtest chats.jsonl --folds 2"],
  ["--epochs 40", "--epochs 4"],
  ["rows.parquet", "cut.csv"],
];

/** Of the last command that began so. */
const saidBy = (typed: readonly Typed[], name: string) =>
  typed.findLast(({ command }) => command.includes(`conversion-subnet ${name}`));

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
/** The documents ask about Alice's answer to question 12; a reader has a miner and a question of their own. */
const ask = (command: string, hotkey: string) =>
  /conversion-subnet (?:explain|score)/.test(command)
    ? command.replace(ALICE, hotkey).replace("explain 12 ", "explain 1 ")
    : command;
const inWorld = {
  prepare: enter,
  copy: async (command: string) => ask(command, (await world()).hotkey),
} satisfies Setting;

export const SETTINGS: Readonly<Record<string, Setting>> = {
  "README.md": { swap: LESS },
  "docs/guide-miner.md": {
    swap: LESS,
    prepare: torchFile,
    async after(_, typed) {
      const played = typed.find(({ command }) => command.includes("--rounds 20 --json"));
      const { run } = JSON.parse(played?.ended?.stdout ?? "");
      expect(run.settled).toBe(20);
      expect(run.miners).toEqual([{ hotkey: expect.any(String), asked: 20, answered: 20 }]);
      const miner = saidBy(typed, "miner run")?.text() ?? "";
      expect(miner).toContain("Answered");
      expect(miner).not.toContain("The predictor failed");
    },
  },
  "docs/guide-validator.md": {
    swap: LESS,
    copy(command, typed) {
      const [hotkey = ALICE] = /5[1-9A-HJ-NP-Za-km-z]{47}/.exec(saidBy(typed, "miner run")?.text() ?? "") ?? [];
      return ask(command, hotkey);
    },
  },
  "docs/events.md": {
    async prepare(scene) {
      await writeFile(join(scene.folder, "secret.txt"), "a secret of Intercom's\n");
      await have(scene, "localnet", ...wallet("default"), "stake add --amount 1000");
    },
    copy(command, typed) {
      const said = typed.find((one) => one.command.includes("keys create --name shop"))?.text() ?? "";
      const [key = ""] = /cs_[0-9a-f]+_\S+/.exec(said) ?? [];
      const [, secret = ""] = /X-Key-Id \S+, secret (\S+)/.exec(said) ?? [];
      return command
        .replace("KEY=cs_...", `KEY=${key}`)
        .replace("curl -i ", "curl --fail-with-body -si ")
        .replace("BODY=", `SECRET=${secret} ID=${key.split("_")[1]} BODY=`);
    },
  },
  "docs/history.md": {
    async prepare(scene) {
      await have(scene, "localnet", ...wallet("default"), "stake add --amount 1000");
      await have(scene, ...wallet("miner"), "miner run --baseline --wallet.name miner");
      await have(scene, "validator run --speed max --rounds 10");
      await mkdir(join(scene.folder, "backups"));
    },
  },
  "docs/scoring.md": inWorld,
  "docs/operating.md": inWorld,
  "docs/retraining.md": { ...inWorld, swap: LITTLE },
  "docs/cli.md": {
    each: "heading",
    swap: LITTLE,
    copy: inWorld.copy,
    async prepare(scene, heading) {
      await enter(scene);
      await mkdir(join(scene.folder, "backups"), { recursive: true });
      await writeFile(join(scene.folder, "secret.txt"), "a secret of Intercom's\n");
      const space = blocksOf("docs/cli.md").find((block) => block.heading === heading && block.language === "json");
      if (space !== undefined) await writeFile(join(scene.folder, "space.json"), space.body);
    },
  },
};
