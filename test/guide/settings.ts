/** What each document's reader is taken to have already, and what is shortened for them. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { ROOT } from "../support/processes.ts";
import type { Scene, Typed } from "../support/scene.ts";

export interface Setting {
  /** A scene for the whole document unless it says otherwise. */
  readonly each?: "heading";
  readonly swap?: readonly (readonly [string, string])[];
  readonly prepare?: (scene: Scene) => Promise<void>;
  /** What a reader copies from one command's output into another. */
  readonly copy?: (command: string, typed: readonly Typed[]) => string;
  readonly after?: (scene: Scene, typed: readonly Typed[]) => Promise<void>;
}

/** CI reads every figure; elsewhere fewer rows are simulated, and figures are not compared. */
export const FULL = process.env.CI !== undefined;
const LESS: NonNullable<Setting["swap"]> = FULL
  ? []
  : [
      ["--rows 20000", "--rows 1500"],
      ["--conversations 500", "--conversations 200"],
    ];

/** Types commands that are no document's. */
async function have(scene: Scene, ...commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const typed = await scene.type(`npx conversion-subnet ${command}`);
    if (typed.ended !== null) expect(typed.ended.code, `${command}\n${typed.text()}`).toBe(0);
  }
}
const wallet = (name: string) => [
  `wallet create --wallet.name ${name} --no-password`,
  `subnets register --wallet.name ${name}`,
];
const VALIDATOR = [...wallet("default"), "stake add --amount 1000"];
const torchFile = (scene: Scene) => cp(join(ROOT, "test/vectors/torch/custom-2.pt"), join(scene.folder, "my_model.pt"));
/** Of the last command that began so. */
const saidBy = (typed: readonly Typed[], name: string) =>
  typed.findLast(({ command }) => command.includes(`conversion-subnet ${name}`));

export const SETTINGS: Readonly<Record<string, Setting>> = {
  "docs/guide-miner.md": {
    swap: LESS,
    prepare: torchFile,
    async after(_, typed) {
      const played = typed.find(({ command }) => command.includes("--rounds 20 --json"));
      const { settled, miners } = JSON.parse(played?.ended?.stdout ?? "");
      expect(settled).toBe(20);
      expect(miners).toHaveLength(1);
      expect(miners[0]).toMatchObject({ asked: 20, answered: 20 });
      const miner = saidBy(typed, "miner run")?.text() ?? "";
      expect(miner).toContain("Answered");
      expect(miner).not.toContain("The predictor failed");
    },
  },
  "docs/localnet.md": {},
  "docs/events.md": {
    async prepare(scene) {
      await have(scene, "localnet", ...VALIDATOR);
    },
  },
};
