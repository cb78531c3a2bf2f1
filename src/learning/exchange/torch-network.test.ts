import { describe, expect, it } from "vitest";
import { networkOf, withoutPrefix } from "./torch-network.ts";
import type { TorchTensor } from "./torch-tensors.ts";

const tensor = (...shape: number[]): TorchTensor => {
  const length = shape.reduce((product, units) => product * units, 1);
  return { shape, values: Float32Array.from({ length }, (_, i) => i + 1) };
};
/** Tensors of layers by their numbers: `[0, 3, 40]` is a dense layer, `[1, 3]` a batch normalisation. */
function state(...layers: readonly (readonly number[])[]): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [index, outputs, inputs] of layers) {
    const isDense = inputs !== undefined;
    tensors.set(`${index}.weight`, isDense ? tensor(outputs, inputs) : tensor(outputs));
    tensors.set(`${index}.bias`, tensor(outputs));
    if (isDense) continue;
    for (const name of ["running_mean", "running_var"]) tensors.set(`${index}.${name}`, tensor(outputs));
    tensors.set(`${index}.num_batches_tracked`, tensor());
  }
  return tensors;
}
const shapeOf = (tensors: ReadonlyMap<string, TorchTensor>) => {
  const { trained, warnings } = networkOf("m.pt", tensors, "relu");
  return { kinds: trained.network.layers.map(({ kind }) => kind).join(" "), warnings };
};
const refusal = (tensors: ReadonlyMap<string, TorchTensor>): string => {
  try {
    networkOf("m.pt", tensors, "relu");
  } catch (error) {
    expect(error).toMatchObject({ code: "MODEL_FILE_INVALID" });
    return error instanceof Error ? error.message.split("\n")[0] : "";
  }
  return "accepted";
};

describe("names", () => {
  it.each([
    [
      ["module.layers.0.weight", "module.layers.0.bias"],
      ["0.weight", "0.bias"],
    ],
    [
      ["0.weight", "2.weight"],
      ["0.weight", "2.weight"],
    ],
    [
      ["weight", "bias"],
      ["0.weight", "0.bias"],
    ],
    [
      ["fc.weight", "fc.bias"],
      ["0.weight", "0.bias"],
    ],
    [
      ["a.0.weight", "b.0.weight"],
      ["a.0.weight", "b.0.weight"],
    ],
    [[], []],
  ])("lose what all of them begin with: %j", (names, expected) => {
    expect(withoutPrefix(names)).toEqual(expected);
  });

  it("of a thousand parts are no thousand calls", () => {
    expect(withoutPrefix([`${"a.".repeat(100_000)}weight`])[0]).toMatch(/^a\.a\./);
  });
});

describe("an activation stands once between two dense layers", () => {
  it.each([
    [
      "where the numbering leaves room",
      [
        [0, 3, 40],
        [2, 1, 3],
      ],
      "dense relu dense",
    ],
    [
      "whatever else the room is for",
      [
        [0, 3, 40],
        [5, 1, 3],
      ],
      "dense relu dense",
    ],
    [
      "behind the normalisation",
      [
        [0, 3, 40],
        [1, 3],
        [4, 1, 3],
      ],
      "dense batchNorm relu dense",
    ],
    [
      "before the normalisation",
      [
        [0, 3, 40],
        [2, 3],
        [3, 1, 3],
      ],
      "dense relu batchNorm dense",
    ],
    [
      "and not around a normalisation of the inputs",
      [
        [0, 40],
        [2, 1, 40],
      ],
      "batchNorm dense",
    ],
    [
      "nor behind the last",
      [
        [0, 1, 40],
        [1, 1],
      ],
      "dense batchNorm",
    ],
  ])("%s", (_, layers, kinds) => {
    expect(shapeOf(state(...layers))).toEqual({ kinds, warnings: [] });
  });

  it("and where the numbering does not tell, it is said", () => {
    expect(shapeOf(state([0, 3, 40], [1, 1, 3]))).toEqual({
      kinds: "dense relu dense",
      warnings: ["The numbering leaves no room for an activation between layers 0 and 1: one was taken."],
    });
    expect(shapeOf(state([0, 3, 40], [2, 3], [4, 1, 3]))).toEqual({
      kinds: "dense relu batchNorm dense",
      warnings: [expect.stringMatching(/between layers 0 and 4 was taken to stand before the batch normalisation/)],
    });
  });
});

it("what a layer leaves out is what PyTorch takes: no bias is 0, no affine part is 1 and 0", () => {
  const tensors = state([0, 2, 3], [1, 2], [3, 1, 2]);
  for (const name of ["0.bias", "1.weight", "1.bias"]) tensors.delete(name);
  const { trained } = networkOf("m.pt", tensors, "tanh");
  expect([...trained.parameters]).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 1, 1, 0, 0, 1, 2, 1, 2, 1, 2, 1]);
});

describe("what is no network of these layers is refused", () => {
  const good = () => state([0, 3, 40], [2, 1, 3]);
  it.each<[string, Map<string, TorchTensor>, RegExp]>([
    [
      "a name without a number",
      good().set("head.weight", tensor(1, 3)),
      /0\.weight is no parameter|head\.weight is no/,
    ],
    ["another parameter", good().set("0.weight_orig", tensor(3, 40)), /0\.weight_orig is no parameter/],
    [
      "a convolution",
      good().set("0.weight", tensor(3, 40, 2)),
      /layer 0 is neither Linear nor BatchNorm1d \(weight of 3 x 40 x 2/,
    ],
    ["a LayerNorm", good().set("1.weight", tensor(3)), /layer 1 is neither .*weight of 3 numbers/],
    ["a bias alone", good().set("1.bias", tensor(3)), /layer 1 is neither .*weight of no numbers/],
    ["a bias of another length", good().set("0.bias", tensor(4)), /layer 0 has 3 outputs and a bias of 4/],
    ["layers that do not fit", state([0, 3, 40], [2, 1, 4]), /its layers are no network \(layer 2 .*takes rows x 4/],
    ["no outputs at all", state([0, 0, 40]), /layer 0 is too large or too small/],
    ["a normalisation of two sizes", state([0, 3]).set("0.bias", tensor(2)), /batch normalisation of different sizes/],
    [
      "a variance below 0",
      state([0, 2]).set("0.running_var", { shape: [2], values: Float32Array.of(1, -1) }),
      /layer 0 has a variance below 0/,
    ],
  ])("%s", (_, tensors, reason) => {
    expect(refusal(tensors)).toMatch(reason);
  });
});
