/** A reader who has used everything for a while: made once, and copied for each page that is read on from there. */
import { cp, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { ROOT } from "../support/processes.ts";
import { createScene, type Scene } from "../support/scene.ts";

export interface World {
  readonly folder: string;
  /** The miner's hotkey. */
  readonly hotkey: string;
  leave(): Promise<void>;
}

/** Types commands that are no document's. */
export async function have(scene: Scene, ...commands: readonly string[]): Promise<string> {
  let said = "";
  for (const command of commands) {
    const typed = await scene.type(`npx conversion-subnet ${command}`);
    if (typed.ended !== null) expect(typed.ended.code, `${command}\n${typed.text()}`).toBe(0);
    said = typed.text();
  }
  return said;
}
export const wallet = (name: string) => [
  `wallet create --wallet.name ${name} --no-password`,
  `subnets register --wallet.name ${name}`,
];
export const torchFile = (scene: Scene) =>
  cp(join(ROOT, "test/vectors/torch/custom-2.pt"), join(scene.folder, "my_model.pt"));

async function make(): Promise<World> {
  const scene = await createScene();
  try {
    await torchFile(scene);
    await have(
      scene,
      "localnet --state ledger",
      "simulate --rows 800 --out train.csv",
      "simulate --conversations 150 --out chats.jsonl --seed 8",
      "train train.csv --out model --model-kind logistic",
      "export model.safetensors --out model.onnx",
      "features chats.jsonl --out rows.csv",
      ...[...wallet("default"), ...wallet("miner"), ...wallet("validator")],
      "stake add --amount 1000 --wallet.name validator",
      "stake add --amount 2000",
    );
    await cp(join(scene.folder, "rows.csv"), join(scene.folder, "test.csv"));
    const serving = await have(
      scene,
      "miner run --model model.safetensors --feedback.accept feedback --wallet.name miner",
    );
    await have(
      scene,
      "validator run --speed max --neuron.timeout 2 --feedback.send --history history.db --wallet.name validator",
    );
    // Some hundred messages: feedback comes seconds after the scores.
    const told = async () => {
      const names = await readdir(join(scene.folder, "feedback")).catch(() => []);
      const sizes = await Promise.all(
        names.map(async (name) => (await stat(join(scene.folder, "feedback", name))).size),
      );
      return Math.max(0, ...sizes);
    };
    while ((await told()) < 200_000) await pause(200);
    for (const kind of ["validator", "miner", "localnet"]) await scene.end(kind);
    await have(scene, "drift model.safetensors --data train.csv --write");
    const [hotkey = ""] = /5[1-9A-HJ-NP-Za-km-z]{47}/.exec(serving) ?? [];
    expect(hotkey).not.toBe("");
    return { folder: scene.folder, hotkey, leave: scene.leave };
  } catch (error) {
    await scene.leave();
    throw error;
  }
}

let made: Promise<World> | undefined;
export const world = (): Promise<World> => {
  made ??= make();
  return made;
};
export const leaveWorld = async (): Promise<void> => {
  // One that could not be made has cleared up itself, and has failed the tests that wanted it.
  const there = await made?.catch(() => undefined);
  await there?.leave();
};

/** Puts a reader into it, with the ledger running. */
export async function enter(scene: Scene): Promise<void> {
  const { folder } = await world();
  const inside = (await readdir(folder)).filter((name) => name !== ".bin");
  for (const name of inside) await cp(join(folder, name), join(scene.folder, name), { recursive: true });
  await have(scene, "localnet --state ledger");
}
