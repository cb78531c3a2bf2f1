import type { Hyperparameters, Metagraph, Neuron } from "../chain/index.ts";
import type { ChainEventView } from "./views.ts";

/** A subnet as of one look. */
export interface Look {
  readonly metagraph: Metagraph | null;
  readonly hyperparameters: Hyperparameters | null;
}
type Change = Omit<ChainEventView, "sequence" | "atMs">;

/** What changes in every block and says nothing. */
const RESTLESS = new Set(["burnRao"]);
/** More at once is told as a number. */
const MAX_CHANGES = 50;

const place = ({ axon }: Neuron) => (axon === null ? null : `${axon.ip} port ${axon.port}`);

function changesOf(before: Neuron, now: Neuron): Omit<Change, "block">[] {
  const { uid, hotkey } = now;
  const change = (kind: Change["kind"], message: string) => ({ kind, uid, hotkey, message });
  if (before.hotkey !== hotkey) return [change("replaced", `Uid ${uid} belongs to another hotkey now.`)];
  const changes: Omit<Change, "block">[] = [];
  const where = place(now);
  if (place(before) !== where)
    changes.push(change("axon", where === null ? `Uid ${uid} serves no more.` : `Uid ${uid} serves at ${where}.`));
  if (before.validatorPermit !== now.validatorPermit)
    changes.push(change("permit", `Uid ${uid} has ${now.validatorPermit ? "got" : "lost"} its validator permit.`));
  if (before.lastUpdateBlock !== now.lastUpdateBlock && now.validatorPermit)
    changes.push(change("weights", `Uid ${uid} has set weights.`));
  return changes;
}

function settingsOf(before: Hyperparameters, now: Hyperparameters): Omit<Change, "block">[] {
  const names = (Object.keys(now) as (keyof Hyperparameters)[]).filter((name) => !RESTLESS.has(name));
  return names.flatMap((name) =>
    before[name] === now[name]
      ? []
      : [
          {
            kind: "setting" as const,
            uid: null,
            hotkey: null,
            message: `${name} is ${now[name]} now; it was ${before[name]}.`,
          },
        ],
  );
}

/**
 * What happened on a subnet between two looks at it, as far as they tell.
 *
 * @example
 * changesBetween({ metagraph: null, hyperparameters: null }, now); // []
 */
export function changesBetween(
  before: Look,
  now: { readonly metagraph: Metagraph; readonly hyperparameters: Hyperparameters },
): Change[] {
  if (before.metagraph === null || before.hyperparameters === null) return [];
  const old = before.metagraph.neurons;
  const { neurons, block } = now.metagraph;
  const changes = neurons.flatMap((neuron): Omit<Change, "block">[] => {
    const earlier = old[neuron.uid];
    if (earlier !== undefined) return changesOf(earlier, neuron);
    const { uid, hotkey } = neuron;
    return [{ kind: "registered", uid, hotkey, message: `Uid ${uid} was registered.` }];
  });
  const all = [...changes, ...settingsOf(before.hyperparameters, now.hyperparameters)];
  return all.slice(0, MAX_CHANGES).map((change) => ({ ...change, block }));
}
