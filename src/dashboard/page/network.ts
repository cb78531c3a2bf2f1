import type { ChainEventView, NetworkView, NeuronIncentiveView, NeuronView, NodeView } from "../views.ts";
import { incentiveFigure } from "./charts.ts";
import { type Child, h } from "./dom.ts";
import { figure } from "./figure.ts";
import { ago, count, DASH, duration, fixed, percent, plural, shortKey, timeOfDay } from "./format.ts";
import { logsPanel } from "./logs.ts";
import { barred, chip, columns, empty, key, notice, panel, stats, type Tone } from "./parts.ts";
import { paths } from "./paths.ts";
import { href } from "./router.ts";
import { table } from "./table.ts";
import type { Scene } from "./view.ts";
import { nodeHead, withDoc } from "./waiting.ts";

const money = (value: number) => (value === 0 ? "0" : value >= 1000 ? count(value) : fixed(value, value < 1 ? 4 : 2));

function figures(
  { block, blockAtMs, epoch, neurons, emissionTao, hyperparameters }: NetworkView,
  nowMs: number,
): Child {
  const validators = neurons.filter(({ validatorPermit }) => validatorPermit).length;
  const places = hyperparameters.maxAllowedUids;
  return stats([
    { name: "Block", value: count(block), note: blockAtMs === null ? "" : ago(blockAtMs, nowMs) },
    epoch && { name: "Epoch", value: count(epoch.epochIndex), note: `began at block ${count(epoch.lastEpochBlock)}` },
    epoch && {
      name: "Next epoch",
      value: epoch.secondsLeft === null ? DASH : duration(epoch.secondsLeft),
      note: epoch.blocksLeft === null ? "none is in reach" : `in ${plural(epoch.blocksLeft, "block")}`,
    },
    {
      name: "Neurons",
      value: count(neurons.length),
      note:
        typeof places === "number"
          ? `of ${count(places)} places`
          : `${count(neurons.filter(({ axon }) => axon !== null).length)} serving`,
    },
    { name: "Validators", value: count(validators), note: "with a permit" },
    { name: "Emission", value: money(emissionTao), note: "τ in the last epoch" },
  ]);
}

function metagraph({ node, neurons }: NetworkView): Child {
  const top = (of: (row: NeuronView) => number) => Math.max(1e-9, ...neurons.map(of));
  const topIncentive = top(({ incentive }) => incentive);
  const topDividends = top(({ dividends }) => dividends);
  const number = true;
  return panel(
    { id: "metagraph", title: "Metagraph", aside: plural(neurons.length, "neuron") },
    table<NeuronView>({
      id: "metagraph",
      caption: "Every uid of the subnet",
      keyOf: ({ uid }) => uid,
      rows: neurons,
      order: ["uid", true],
      limit: 32,
      empty: [
        h("strong", null, "Nobody is registered."),
        h("code", null, "conversion-subnet subnets register"),
        " takes the first uid.",
      ],
      columns: [
        { key: "uid", title: "UID", number, cell: ({ uid }) => uid, sort: ({ uid }) => uid, first: "up" },
        {
          key: "neuron",
          title: "Neuron",
          header: true,
          cell: ({ hotkey, name }) =>
            h(
              "a",
              { class: "who", href: href("network", node.id, "neuron", hotkey), title: hotkey },
              name !== null && h("span", null, name),
              h("span", { class: "key" }, shortKey(hotkey)),
            ),
          sort: ({ name, hotkey }) => name ?? hotkey,
        },
        {
          key: "role",
          title: "Role",
          cell: ({ validatorPermit }) => (validatorPermit ? chip("validator", "accent") : "miner"),
          sort: ({ validatorPermit }) => (validatorPermit ? 0 : 1),
        },
        {
          key: "stake",
          title: "Stake τ",
          number,
          cell: ({ stakeTao }) => money(stakeTao),
          sort: ({ stakeTao }) => stakeTao,
        },
        {
          key: "incentive",
          title: "Incentive",
          number,
          cell: ({ incentive }) =>
            incentive === 0 ? percent(0) : barred(percent(incentive), incentive / topIncentive),
          sort: ({ incentive }) => incentive,
        },
        {
          key: "dividends",
          title: "Dividends",
          number,
          cell: ({ dividends }) =>
            dividends === 0 ? percent(0) : barred(percent(dividends), dividends / topDividends),
          sort: ({ dividends }) => dividends,
        },
        {
          key: "emission",
          title: "Emission τ",
          number,
          cell: ({ emissionTao }) => money(emissionTao),
          sort: ({ emissionTao }) => emissionTao,
        },
        {
          key: "trust",
          title: "V-trust",
          hint: "How far a validator's weights agree with the others'",
          number,
          cell: ({ validatorTrust }) => fixed(validatorTrust, 3),
          sort: ({ validatorTrust }) => validatorTrust,
        },
        {
          key: "axon",
          title: "Axon",
          cell: ({ axon }) =>
            axon === null ? h("span", { class: "muted" }, "not serving") : h("span", { class: "key" }, axon),
        },
        {
          key: "update",
          title: "Last update",
          hint: "Block in which it last set weights",
          number,
          cell: ({ lastUpdateBlock }) => count(lastUpdateBlock),
          sort: ({ lastUpdateBlock }) => lastUpdateBlock,
        },
      ],
    }),
  );
}

const KINDS: Readonly<Record<ChainEventView["kind"], readonly [string, Tone]>> = {
  epoch: ["epoch", "accent"],
  registered: ["registered", "good"],
  replaced: ["replaced", "warn"],
  axon: ["axon", "plain"],
  permit: ["permit", "plain"],
  weights: ["weights", "plain"],
  setting: ["setting", "plain"],
  chain_lost: ["chain lost", "bad"],
  chain_back: ["chain back", "good"],
};

function eventsPanel({ events }: NetworkView): Child {
  return panel(
    { id: "events", title: "What happened", aside: "newest first" },
    table<ChainEventView>({
      id: "events",
      caption: "The latest events of the subnet, newest first",
      keyOf: ({ sequence }) => sequence,
      rows: events,
      limit: 12,
      empty: [
        h("strong", null, "Nothing yet."),
        "Registrations, axons, weights and epochs are told here as they are seen.",
      ],
      columns: [
        { key: "time", title: "Time", cell: ({ atMs }) => timeOfDay(atMs) },
        { key: "block", title: "Block", number: true, cell: ({ block }) => count(block) },
        { key: "kind", title: "Kind", cell: ({ kind }) => chip(...KINDS[kind]) },
        { key: "what", title: "What", header: true, cell: ({ message }) => message },
      ],
    }),
  );
}

function settingsPanel({ hyperparameters, specVersion, blockTimeMs }: NetworkView): Child {
  const rows = [
    ["blockTime", `${blockTimeMs / 1000} s`] as const,
    ["specVersion", specVersion] as const,
    ...Object.entries(hyperparameters),
  ];
  return panel(
    { id: "settings", title: "Hyperparameters" },
    table<readonly [string, number | boolean | string]>({
      id: "settings",
      caption: "Hyperparameters of the subnet",
      keyOf: ([name]) => name,
      rows,
      limit: 12,
      columns: [
        { key: "name", title: "Name", header: true, cell: ([name]) => name, sort: ([name]) => name },
        {
          key: "value",
          title: "Value",
          number: true,
          cell: ([, value]) =>
            typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 9 }) : String(value),
        },
      ],
    }),
  );
}

function neuronPanel({ docs }: Scene, view: NetworkView, hotkey: string): Child {
  const neuron = view.neurons.find((candidate) => candidate.hotkey === hotkey);
  const doc = docs.ask<NeuronIncentiveView>(paths.neuronIncentive(view.node.id, hotkey));
  return panel(
    { id: "neuron", title: neuron?.name ?? "Neuron", aside: h("a", { href: href("network", view.node.id) }, "close") },
    h(
      "p",
      { class: "muted" },
      key(hotkey),
      neuron === undefined
        ? " is not registered any more."
        : ` uid ${neuron.uid}, since block ${count(neuron.registeredAtBlock)}`,
    ),
    withDoc(doc, (series) =>
      series.epoch.length === 0
        ? empty("No epoch was seen yet.", "Each epoch that ends while this process runs adds a point.")
        : h("div", { class: "after" }, figure(incentiveFigure(hotkey, series))),
    ),
  );
}

/** A chain's side of a subnet: blocks, epochs, the metagraph, and what happened. */
export function networkPage(scene: Scene, node: NodeView): Child {
  const doc = scene.docs.ask<NetworkView>(paths.network(node.id));
  const [, , part, hotkey] = scene.path;
  return withDoc(doc, (view) => [
    nodeHead(scene, node, [view.development && "a chain of this machine only: its money is worth nothing"]),
    view.failure !== null &&
      notice("bad", "The last look at the chain failed.", view.failure, " It is looked at again by itself."),
    figures(view, scene.nowMs),
    part === "neuron" && hotkey !== undefined && neuronPanel(scene, view, hotkey),
    metagraph(view),
    columns([eventsPanel(view)], [settingsPanel(view)]),
    logsPanel(scene),
  ]);
}
