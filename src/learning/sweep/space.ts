import { InvalidArgumentError, type Random } from "../../core/index.ts";
import type { FitSwitches } from "../models/switches.ts";
import { parseSwitches } from "../models/switches-schema.ts";

/** What a switch is drawn from: one of a list, or a number between two, evenly or evenly on a logarithmic scale. */
export type Range =
  | readonly unknown[]
  | { readonly uniform: readonly [low: number, high: number] }
  | { readonly logUniform: readonly [low: number, high: number] }
  /** A whole number, both ends included. */
  | { readonly integer: readonly [low: number, high: number] };

/** A range for each switch of `fit` that is searched; a dot goes a level down: `"trees.maxLeaves"`. */
export type SearchSpace = Readonly<Record<string, Range>>;

/** What is searched by default: kinds of models, and the switches that move them. */
export const DEFAULT_SPACE: SearchSpace = {
  kind: ["logistic", "network", "trees", "ensemble"],
  "preparation.log": ["auto", []],
  "preparation.missing": [true, false],
  layerSizes: [[16], [32], [64, 32], [128, 64, 32]],
  learningRate: { logUniform: [3e-4, 1e-2] },
  batchSize: [32, 64, 128, 256],
  schedule: ["constant", "cosine"],
  weightDecay: { logUniform: [1e-2, 3] },
  epochs: [20, 40],
  "trees.learningRate": { logUniform: [0.02, 0.2] },
  "trees.maxLeaves": { integer: [4, 24] },
  "trees.columnShare": { uniform: [0.3, 1] },
  "trees.l2": { logUniform: [1, 100] },
};

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Switches with one of them set, a level down where its name has a dot. */
function withSwitch(switches: Plain, name: string, value: unknown): Plain {
  const [head, ...rest] = name.split(".");
  if (rest.length === 0) return { ...switches, [head]: value };
  const inner = Object.hasOwn(switches, head) ? switches[head] : {};
  return { ...switches, [head]: withSwitch(isPlain(inner) ? inner : {}, rest.join("."), value) };
}

function draw(range: Range, random: Random): unknown {
  if ("uniform" in range) return range.uniform[0] + random.next() * (range.uniform[1] - range.uniform[0]);
  if ("integer" in range) return range.integer[0] + random.integer(range.integer[1] - range.integer[0] + 1);
  if ("logUniform" in range) {
    const [low, high] = range.logUniform.map(Math.log);
    return Math.exp(low + random.next() * (high - low));
  }
  return range[random.integer(range.length)];
}

/**
 * One point of a space, on top of switches that stay as they are.
 *
 * @example
 * drawSwitches({ epochs: [10] }, { kind: "network" }, createRandom(1)); // { kind: "network", epochs: 10 }
 */
export function drawSwitches(space: SearchSpace, base: FitSwitches, random: Random): FitSwitches {
  const names = Object.keys(space).sort();
  // The door was parseSpace: what is drawn from a range is what its switch takes.
  return names.reduce<Plain>((switches, name) => withSwitch(switches, name, draw(space[name], random.fork(name))), {
    ...base,
  }) as FitSwitches;
}

const numbersOf = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number" && Number.isFinite(one));

function parseRange(name: string, value: unknown): Range {
  const refuse = (problem: string) => new InvalidArgumentError({ argument: `space.${name}`, problem, value });
  if (Array.isArray(value)) {
    if (value.length === 0) throw refuse("must list at least one value");
    return value;
  }
  const entries = isPlain(value) ? Object.entries(value) : [];
  const [kind, ends] = entries[0] ?? [];
  if (entries.length !== 1 || !numbersOf(ends)) {
    throw refuse('must be a list, or one of {"uniform": [low, high]}, {"logUniform": ...}, {"integer": ...}');
  }
  const [low, high] = ends;
  if (low > high) throw refuse("must not end below its beginning");
  if (kind === "logUniform" && low <= 0) throw refuse("must begin above 0 on a logarithmic scale");
  if (kind === "integer" && !ends.every(Number.isSafeInteger)) throw refuse("must have whole ends");
  if (kind === "uniform") return { uniform: ends };
  if (kind === "logUniform") return { logUniform: ends };
  if (kind === "integer") return { integer: ends };
  throw refuse("must be uniform, logUniform or integer");
}

/** The values of a range that stand for all of it. */
function endsOf(range: Range): readonly unknown[] {
  if ("uniform" in range) return range.uniform;
  if ("logUniform" in range) return range.logUniform;
  if ("integer" in range) return range.integer;
  return range;
}

/**
 * A search space from JSON, every value that can be drawn from it checked against its switch.
 *
 * @throws {InvalidArgumentError} naming the switch.
 * @example
 * parseSpace({ kind: ["trees"], "trees.maxLeaves": { integer: [4, 31] } }).kind; // ["trees"]
 */
export function parseSpace(json: unknown): SearchSpace {
  if (!isPlain(json) || Object.keys(json).length === 0) {
    throw new InvalidArgumentError({ argument: "space", problem: "must be an object with a range for each switch" });
  }
  const space = Object.fromEntries(Object.entries(json).map(([name, value]) => [name, parseRange(name, value)]));
  for (const [name, range] of Object.entries(space)) {
    if (name === "seed")
      throw new InvalidArgumentError({ argument: "space.seed", problem: "is luck, and not searched" });
    for (const value of endsOf(range)) parseSwitches(withSwitch({}, name, value));
  }
  return space;
}
