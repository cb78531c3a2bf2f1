import { INPUTS } from "../data/dataset.ts";
import { createAdam } from "./adam.ts";
import { createRunner } from "./runner.ts";
import { rowsPerCall, type TargetRows, type Trainer, type TrainerOptions } from "./trainer.ts";

/** Training in plain TypeScript and double precision: the oracle, and what trains where the kernels cannot. */
export function createPlainTrainer(options: TrainerOptions, parameters: Float64Array): Trainer {
  const { network, train, validation, scaleRow, inputs = INPUTS, loss, batchSize, clipNorm, random } = options;
  const runner = createRunner(network, parameters, { maxRows: batchSize, random: random.fork("dropout") });
  const optimize = createAdam(network, { learningRate: 0, weightDecay: options.weightDecay });
  const order = Uint32Array.from({ length: train.rows }, (_, row) => row);
  const batch = new Float64Array(batchSize * inputs);
  const targets = new Float64Array(batchSize);
  const weights = new Float64Array(batchSize);
  const gradient = new Float64Array(batchSize);

  /** Runs the rows `from..from + rows`, or those that `indices` names there; returns outputs, and their mean loss. */
  const run = (source: TargetRows, from: number, rows: number, indices: Uint32Array | null) => {
    for (let i = 0; i < rows; i++) {
      const row = indices === null ? from + i : indices[from + i];
      scaleRow(source.X, row * INPUTS, batch, i * inputs);
      targets[i] = source.targets[row];
      if (source.weights !== undefined) weights[i] = source.weights[row];
    }
    const outputs = runner.forward(batch, rows, indices !== null);
    const weighed = source.weights === undefined ? undefined : weights;
    return { outputs, value: loss(outputs, targets, rows, gradient, weighed) };
  };
  const clip = (largest: number) => {
    const { gradients } = runner;
    const norm = Math.sqrt(gradients.reduce((sum, value) => sum + value * value, 0));
    if (norm > largest) for (let i = 0; i < gradients.length; i++) gradients[i] *= largest / norm;
  };
  return {
    kind: "plain",
    order,
    rowsPerCall: rowsPerCall(parameters.length * 10, batchSize),
    train(from, rows, rates) {
      let sum = 0;
      for (let done = 0, index = 0; done < rows; done += batchSize, index++) {
        const size = Math.min(batchSize, rows - done);
        const { value } = run(train, from + done, size, order);
        if (!Number.isFinite(value)) return { sum: value, failed: index };
        sum += value * size;
        runner.backward(gradient, size);
        if (clipNorm !== undefined) clip(clipNorm);
        optimize(parameters, runner.gradients, rates[index]);
      }
      return { sum, failed: null };
    },
    validate(from, rows, outputs) {
      let sum = 0;
      for (let done = 0; done < rows; done += batchSize) {
        const size = Math.min(batchSize, rows - done);
        const result = run(validation, from + done, size, null);
        sum += result.value * size;
        for (let i = 0; i < size; i++) outputs[from + done + i] = result.outputs[i];
      }
      return sum;
    },
    memory: () => [parameters, ...optimize.memory, ...runner.memory],
    save: (into) => into.set(parameters),
    close() {},
  };
}
