import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crossValidate, type FitSwitches, syntheticDataset } from "../src/learning/index.ts";
import { createQueueJobs, type QueueJobs } from "../src/redis/index.ts";
import { type Bench, measure, median, type Row, type Timed } from "./harness.ts";
import { type Program, startProgram } from "./requests/programs.ts";
import { cpuSecondsOf } from "./scale/cpu.ts";
import { costsMarkdown, planFor, planMarkdown, SAMPLE, unitCosts } from "./scale/plan.ts";
import { postgresCosts } from "./scale/postgres.ts";
import { type OwnRedis, startRedis } from "./scale/redis.ts";
import { EVENTS_PER_CONVERSATION, type Simulated, simulate } from "./scale/whole.ts";

const bench = "scale";
const ROUNDS = 5;
const QUESTIONS = 2_048;
const EVENTS = 8_192;
const CONNECTIONS = 64;
const [AT_DOOR, AT_REDIS] = ["an event at two doors", "an event at Redis"];
const FOLDS = 8;
/** A default model of many rows: each fold takes some tenths of a second. */
const SWITCHES: FitSwitches = { kind: "ensemble", folds: 0, epochs: 10, patience: 10, seed: 1 };

const cpuOf = async (programs: readonly Program[]): Promise<number> => {
  const all = await Promise.all(programs.map((program) => program.call({ do: "usage" })));
  return all.reduce((sum, { cpuSeconds }) => sum + Number(cpuSeconds), 0);
};
/** Notes what the servers' processors spent on a piece of a work, us. */
function costing(work: () => Promise<Timed>, cpu: () => Promise<number>) {
  const costs: number[] = [];
  return {
    costs,
    async work(): Promise<Timed> {
      const before = await cpu();
      const timed = await work();
      costs.push((1e6 * ((await cpu()) - before)) / timed.amount);
      return timed;
    },
  };
}
const costRow = (row: string, unit: string, ours: number[], peer: number[] = []): Row => ({
  ...{ bench, row, unit: `us of processor a ${unit}`, ours: median(ours) },
  ...(peer.length === 0
    ? { peer: null, ratio: null }
    : { peer: median(peer), ratio: median(peer) / median(ours), peerIs: "one process" }),
  limit: null,
});

/** Questions over many connections, whichever process gets each. */
async function minerRows(): Promise<Row[]> {
  const start = (workers: number) => startProgram({ core: null, script: "../scale/miner", args: [String(workers)] });
  const [two, one] = [await start(2), await start(1)];
  const load = await startProgram({ core: null, script: "load" });
  const asking = (miner: Program) => async (): Promise<Timed> => {
    const port = Number(miner.hello.port);
    const command = { do: "closed", wire: "btauth", port, requests: QUESTIONS, connections: CONNECTIONS };
    return { amount: QUESTIONS, seconds: Number((await load.call(command)).seconds) };
  };
  try {
    for (const miner of [two, one]) for (let i = 0; i < 3; i++) await asking(miner)();
    const [ours, peer] = [two, one].map((miner) => costing(asking(miner), () => cpuOf([miner])));
    if (ours === undefined || peer === undefined) return [];
    const names = { bench, row: "miner, two processes vs one", unit: "requests/s", asked: "1.3x", rounds: ROUNDS };
    const row = await measure({ ...names, peerIs: "one process" }, { ours: ours.work, peer: peer.work });
    return [row, costRow("a question at a miner of two", "question", ours.costs, peer.costs)];
  } finally {
    await Promise.all([two, one, load].map((program) => program.stop()));
  }
}

/** Single events by HTTP, acknowledged when Redis has them in its log. */
async function doorRows(redis: OwnRedis): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-door-"));
  const start = () => startProgram({ core: null, script: "../scale/door", args: [redis.url, folder] });
  const doors = [await start(), await start(), await start()];
  const [first, second, alone] = doors;
  if (first === undefined || second === undefined || alone === undefined) return [];
  const loads = new Map<Program, Program[]>();
  for (const door of doors) {
    const args = [String(door.hello.key)];
    const ofDoor = [await startProgram({ core: null, script: "../ingest/load", args })];
    if (door === alone) ofDoor.push(await startProgram({ core: null, script: "../ingest/load", args }));
    loads.set(door, ofDoor);
  }
  // Two loads in both cases: what differs is the doors.
  const through = (chosen: readonly Program[]) => async (): Promise<Timed> => {
    const asked = chosen.flatMap((door) => (loads.get(door) ?? []).map((load) => ({ door, load })));
    const said = await Promise.all(
      asked.map(({ door, load }) => {
        const half = { requests: EVENTS / 2, connections: CONNECTIONS / 2 };
        return load.call({ do: "closed", port: Number(door.hello.port), ...half });
      }),
    );
    return { amount: EVENTS, seconds: Math.max(...said.map(({ seconds }) => Number(seconds))) };
  };
  try {
    for (const chosen of [[first, second], [alone]]) await through(chosen)();
    const redisBefore = cpuSecondsOf([redis.pid]);
    const ours = costing(through([first, second]), () => cpuOf([first, second]));
    const peer = costing(through([alone]), () => cpuOf([alone]));
    const names = { bench, row: "doors for events, two vs one", unit: "events/s", asked: "1.3x", rounds: ROUNDS };
    const row = await measure({ ...names, peerIs: "one door" }, { ours: ours.work, peer: peer.work });
    const perEvent = (1e6 * (cpuSecondsOf([redis.pid]) - redisBefore)) / (2 * (ROUNDS + 1) * EVENTS);
    return [row, costRow(AT_DOOR, "event", ours.costs, peer.costs), costRow(AT_REDIS, "event", [perEvent])];
  } finally {
    await Promise.all([...doors, ...[...loads.values()].flat()].map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Folds that workers take over BullMQ. */
async function jobRows(forTwo: OwnRedis, forOne: OwnRedis): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-jobs-"));
  const version = "bench";
  const start = ({ url }: OwnRedis) =>
    startProgram({ core: null, script: "../scale/worker", args: [url, folder, version] });
  const pair = [await start(forTwo), await start(forTwo)];
  const single = await start(forOne);
  const open = ({ url }: OwnRedis) => createQueueJobs({ url, version, folder });
  const [two, one] = [await open(forTwo), await open(forOne)];
  const dataset = syntheticDataset({ rows: 8_000, seed: 1 });
  const folds = (jobs: QueueJobs) => async (): Promise<Timed> => {
    const start = performance.now();
    await crossValidate(dataset, SWITCHES, { folds: FOLDS, seed: 1, jobs });
    return { amount: FOLDS, seconds: (performance.now() - start) / 1_000 };
  };
  try {
    const names = { bench, row: "folds over a queue, two workers vs one", unit: "folds/s", asked: "1.7x", rounds: 3 };
    return [await measure({ ...names, peerIs: "one worker" }, { ours: folds(two), peer: folds(one) })];
  } finally {
    await Promise.all([two, one].map((jobs) => jobs.close()));
    await Promise.all([...pair, single].map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

const FEW = { miners: 8, perSecond: 30, seconds: 30 };
const MANY = { miners: 64, perSecond: 6, seconds: 30 };
const RATES: readonly (readonly [perSecond: number, sample: number])[] = [
  [1, 256],
  [10, 256],
  [10, SAMPLE],
  [1_000, SAMPLE],
  [100_000, SAMPLE],
];

/** Processor time of a question at a miner of one process, us. */
async function minerUs(): Promise<number> {
  const miner = await startProgram({ core: null, script: "../scale/miner", args: ["1"] });
  const load = await startProgram({ core: null, script: "load" });
  const command = { do: "closed", wire: "btauth", port: Number(miner.hello.port), requests: 4 * QUESTIONS };
  const ask = async (): Promise<Timed> => {
    const { seconds } = await load.call({ ...command, connections: CONNECTIONS });
    return { amount: 4 * QUESTIONS, seconds: Number(seconds) };
  };
  const { costs, work } = costing(ask, () => cpuOf([miner]));
  for (let i = 0; i < 3; i++) await work();
  await Promise.all([miner, load].map((program) => program.stop()));
  return median(costs.slice(1));
}

const simulatedRow = ({ miners, conversations, settled, unread, doorUs, validatorUs }: Simulated): Row[] => [
  {
    ...{ bench, row: `${miners} miners: questions settled`, ours: settled, unit: "questions" },
    ...{ peer: conversations * 2, ratio: settled / (conversations * 2), peerIs: "asked for by the conversations" },
    limit: null,
  },
  costRow(`${miners} miners: a conversation at a door with little to do`, "conversation", [doorUs]),
  costRow(`${miners} miners: a conversation at the validator`, "conversation", [validatorUs]),
  { ...costRow(`${miners} miners: events waiting at the end`, "", [unread]), unit: "events" },
];

/** A whole subnet under load, twice; unit costs and a plan out of it, as docs/scale.md has them. */
async function planRows(): Promise<Row[]> {
  const few = await simulate(FEW);
  const many = few && (await simulate(MANY));
  if (few === null || many === null) {
    console.error("redis-server is not installed: nothing can be simulated");
    return [];
  }
  // A door that has little to do pays for every event's waking up alone: the plan is for doors that are busy.
  const redis = await startRedis();
  const busy = redis === null ? [] : await doorRows(redis);
  redis?.stop();
  const perEvent = (row: string) => busy.find((one) => one.row === row)?.ours ?? 0;
  const measured = unitCosts(few, many, { minerUs: await minerUs(), ...(await postgresCosts()) });
  const costs = {
    ...measured,
    doorUs: EVENTS_PER_CONVERSATION * perEvent(AT_DOOR),
    redisUs: EVENTS_PER_CONVERSATION * perEvent(AT_REDIS),
  };
  const plans = RATES.map(([perSecond, sample]) => planFor(costs, perSecond, sample));
  if (!process.argv.includes("--json")) console.log(`${costsMarkdown(costs)}\n\n${planMarkdown(plans)}\n`);
  return [...simulatedRow(few), ...simulatedRow(many), ...busy];
}

/** `npm run bench -- scale`: what a second process brings, and, with `--plan`, what so many conversations a second need. */
export const scale: Bench = {
  name: "scale",
  about: "two processes beside one: a miner, doors for events, folds over a queue; --plan: what so many need",
  async run(): Promise<Row[]> {
    if (process.argv.includes("--plan")) return planRows();
    const rows = await minerRows();
    const [first, second] = [await startRedis(), await startRedis()];
    if (first === null || second === null) {
      console.error("redis-server is not installed: doors and queue are left out");
      return rows;
    }
    try {
      return [...rows, ...(await doorRows(first)), ...(await jobRows(first, second))];
    } finally {
      for (const redis of [first, second]) redis.stop();
    }
  },
};
