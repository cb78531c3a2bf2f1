import { type Bench, measure, median, type Row, type Timed } from "./harness.ts";
import { type Program, startProgram } from "./requests/programs.ts";

const bench = "ingest";
const RUNS = 3;
/** Of a peer that has a commit for each: enough for a second. */
const PEER_EVENTS = 256;
/** Connections that each wait for the acknowledgement of their last event. */
const CONNECTIONS = 256;
const EVENTS = 10_000;
const BATCHES = 100;
const BATCH = 100;
const PACE = 1_000;
const PACE_SECONDS = 4;

interface Side {
  readonly server: Program;
  readonly load: Program;
}

/** A server on one core and its load on the other, which has the server's key. */
async function start(mode: "grouped" | "each" | "bare"): Promise<Side> {
  const script = mode === "bare" ? "bare" : "../ingest/server";
  const server = await startProgram({ core: 0, script, args: [mode] });
  const load = await startProgram({ core: 1, script: "../ingest/load", args: [String(server.hello.key ?? "")] });
  return { server, load };
}

/** Wall time, the disk's included: an event counts when it is acknowledged, and it is acknowledged after its commit. */
const flood =
  ({ server, load }: Side, events: number, connections = CONNECTIONS) =>
  async (): Promise<Timed> => {
    const port = Number(server.hello.port);
    const { seconds } = await load.call({ do: "closed", port, requests: events, connections });
    return { amount: events, seconds: Number(seconds) };
  };

/** The same by the time of the server's core alone: others may want it too, and the disk is not the core's. */
const floodOfCore =
  ({ server, load }: Side, events: number) =>
  async (): Promise<Timed> => {
    const cpuSeconds = async () => Number((await server.call({ do: "usage" })).cpuSeconds);
    const before = await cpuSeconds();
    await load.call({ do: "closed", port: Number(server.hello.port), requests: events, connections: CONNECTIONS });
    return { amount: events, seconds: (await cpuSeconds()) - before };
  };

const batches =
  ({ server, load }: Side) =>
  async (): Promise<Timed> => {
    const port = Number(server.hello.port);
    const { seconds } = await load.call({ do: "batches", port, requests: BATCHES, connections: 8 });
    return { amount: BATCHES * BATCH, seconds: Number(seconds) };
  };

async function latencyRows({ server, load }: Side): Promise<Row[]> {
  const said: { p50: number; p99: number }[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const port = Number(server.hello.port);
    const answer = await load.call({ do: "paced", port, perSecond: PACE, seconds: PACE_SECONDS, connections: 32 });
    if (run > 0) said.push({ p50: Number(answer.p50), p99: Number(answer.p99) });
  }
  return (["p50", "p99"] as const).map((name): Row => {
    const names = { bench, row: `${name} at ${PACE.toLocaleString("en")} events a second`, unit: "ms" };
    const ours = median(said.map((one) => one[name]));
    return { ...names, ours, peer: null, ratio: null, limit: null, ...(name === "p99" && { asked: "< 20" }) };
  });
}

/** `npm run bench -- ingest`: events by HTTP into SQLite with synchronous=FULL, acknowledged after their commit, a desk following. */
export const ingest: Bench = {
  name: "ingest",
  about: "live events a second, acknowledged after their commit, beside a commit an event",
  async run() {
    const [grouped, each, bare] = [await start("grouped"), await start("each"), await start("bare")];
    try {
      const single = await measure(
        {
          bench,
          row: "events, one a request",
          unit: "events/s",
          asked: "> 6000",
          peerIs: "a commit an event",
          rounds: RUNS,
        },
        { ours: flood(grouped, EVENTS), peer: flood(each, PEER_EVENTS), limit: flood(bare, EVENTS) },
      );
      const ofCore = await measure(
        {
          bench,
          row: "events, one a request, of a core",
          unit: "events/s",
          asked: "> 6000",
          peerIs: "a commit an event",
          rounds: RUNS,
        },
        { ours: floodOfCore(grouped, EVENTS), peer: floodOfCore(each, PEER_EVENTS), limit: floodOfCore(bare, EVENTS) },
      );
      const many = await measure(
        { bench, row: `events, ${BATCH} a request`, unit: "events/s", peerIs: "a commit a request", rounds: RUNS },
        { ours: batches(grouped), peer: batches(each) },
      );
      const { commits, writes, refused } = await grouped.server.call({ do: "usage" });
      if (Number(refused) > 0) throw new Error(`${refused} events were refused`);
      const rows = await latencyRows(grouped);
      console.error(`${writes} writes in ${commits} commits`);
      return [single, ofCore, many, ...rows];
    } finally {
      await Promise.all([grouped, each, bare].flatMap(({ server, load }) => [server.stop(), load.stop()]));
    }
  },
};
