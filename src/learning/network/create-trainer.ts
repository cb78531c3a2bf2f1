import { InvalidArgumentError } from "../../core/index.ts";
import { createPlainTrainer } from "./plain-trainer.ts";
import type { Trainer, TrainerOptions } from "./trainer.ts";
import { createWasmTrainer } from "./wasm-trainer.ts";

/** A trainer on the kernels; on plain TypeScript where they cannot be had, or do not know the loss. */
export function createTrainer(options: TrainerOptions, parameters: Float64Array): Trainer {
  const { clipNorm } = options;
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new InvalidArgumentError({ argument: "clipNorm", problem: "must be a number above 0", value: clipNorm });
  }
  return createWasmTrainer(options, parameters) ?? createPlainTrainer(options, parameters);
}
