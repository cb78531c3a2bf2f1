import { freePort } from "./free-port.ts";
import { type Bench, measure, median, type Row, type Timed } from "./harness.ts";
import { findPython } from "./peers/pythons.ts";
import { type Program, startProgram } from "./requests/programs.ts";
import { roundRow } from "./requests/rounds.ts";

const bench = "requests";
const CONNECTIONS = 32;
/** Enough for some tenths of a second; signed ahead, they must be sent within the ten seconds of a nonce. */
const REQUESTS = 1_024;
/** Asked before anything is timed: a server that has been up for a minute has its code compiled, and nobody asks one that has not. */
const WARM_UP = 8_192;
const VERIFICATIONS = 1_000;
const FLOOD = { perSecond: 2_000, connections: 64, addresses: 16 };
const RUNS = 5;

const startServer = (...args: string[]) => startProgram({ core: 0, script: "server", args });

async function startPeer(name: "axon" | "http_auth"): Promise<Program | null> {
  const python = findPython(name);
  if (python === null) return null;
  return startProgram({ core: 0, script: `requests_${name}`, python, args: [String(await freePort())] });
}

const portOf = (server: Program) => Number(server.hello.port);

const cpuSeconds = async (program: Program) => Number((await program.call({ do: "usage" })).cpuSeconds);

/** Signed questions as fast as they are answered. The seconds are those of the server's core: others may want it too. */
const closedLoop = (load: Program, server: Program, wire: "btauth" | "axon", requests = REQUESTS) =>
  async function ask(): Promise<Timed & { readonly wallSeconds: number }> {
    const before = await cpuSeconds(server);
    const { seconds } = await load.call({
      do: "closed",
      port: portOf(server),
      wire,
      requests,
      connections: CONNECTIONS,
    });
    return { amount: requests, seconds: (await cpuSeconds(server)) - before, wallSeconds: Number(seconds) };
  };

async function besideRow(
  names: { row: string; asked: string; peerIs: string },
  wire: "btauth" | "axon",
  [load, server, peer]: readonly [Program, Program, Program | null],
): Promise<Row> {
  const ours = closedLoop(load, server, wire);
  const works = { ours, ...(peer && { peer: closedLoop(load, peer, wire) }) };
  return measure({ bench, unit: "requests/s of a core", ...names, rounds: RUNS }, works);
}

async function signatureRow(server: Program, peer: Program | null): Promise<Row> {
  const verify = (program: Program) => async (): Promise<Timed> => {
    const { seconds } = await program.call({ do: "signatures", requests: VERIFICATIONS });
    return { amount: VERIFICATIONS, seconds: Number(seconds) };
  };
  return measure(
    { bench, row: "signature limit", unit: "verifications/s", peerIs: "native, SDK 11.3.0", rounds: RUNS },
    { ours: verify(server), ...(peer && { peer: verify(peer) }) },
  );
}

const own = (row: string, ours: number, unit: string, asked: string): Row => ({
  ...{ bench, row, ours, unit, asked },
  ...{ peer: null, ratio: null, limit: null },
});

/** Time of the server's core for a request whose signature is believed, beside one that nobody looks at. */
async function everythingElseRow(load: Program, bare: Program): Promise<Row> {
  const server = await startServer("unchecked");
  for (const program of [server, bare]) await closedLoop(load, program, "btauth", WARM_UP)();
  const names = { bench, row: "everything but the signature", unit: "us of a core", asked: "< 150", rounds: RUNS };
  const ours = closedLoop(load, server, "btauth");
  const row = await measure(names, { ours, limit: closedLoop(load, bare, "btauth") });
  await server.stop();
  return { ...row, ours: 1e6 / row.ours, limit: row.limit === null ? null : 1e6 / row.limit };
}

async function latencyRows(load: Program, server: Program): Promise<Row[]> {
  const { amount, wallSeconds } = await closedLoop(load, server, "btauth")();
  const flooder = await startProgram({ core: 1, script: "load" });
  const port = portOf(server);
  const paced = async (perSecond: number) => {
    const said = await load.call({
      do: "paced",
      wire: "btauth",
      port,
      perSecond,
      seconds: 3,
      connections: CONNECTIONS,
    });
    return Number(said.p99);
  };
  const quiet: number[] = [];
  const flooded: number[] = [];
  const half: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const alone = await paced(200);
    const flood = flooder.call({ do: "flood", port, seconds: 4, ...FLOOD });
    const among = await paced(200);
    const { lost } = await flood;
    if (Number(lost) > 0) console.error(`${lost} unsigned requests lost their connection`);
    const busy = await paced(Math.round(amount / wallSeconds / 2));
    if (run === 0) continue;
    quiet.push(alone);
    flooded.push(among);
    half.push(busy);
  }
  await flooder.stop();
  const ratio = median(flooded.map((value, i) => (quiet[i] ?? 0) / value));
  return [
    {
      ...{ bench, row: "signed p99 under flood", unit: "ms", asked: "0.33x of quiet, or < 10" },
      ...{ ours: median(flooded), peer: median(quiet), ratio, limit: null, peerIs: "quiet" },
    },
    own("signed p99 at half of the most", median(half), "ms", "< 10"),
  ];
}

/** How much the server grows while it answers; by then all nonces that it keeps are those of 15 s. */
async function memoryRow(load: Program, requests: number): Promise<Row> {
  const server = await startServer();
  const run = closedLoop(load, server, "btauth", 2_000);
  const rss = async () => Number((await server.call({ do: "usage" })).rssBytes) / 2 ** 20;
  for (let sent = 0; sent < requests / 4; sent += 2_000) await run();
  const before = await rss();
  for (let sent = 0; sent < requests; sent += 2_000) await run();
  const row = own(`memory grown over ${requests.toLocaleString("en")} requests`, (await rss()) - before, "MB", "flat");
  await server.stop();
  return { ...row, limit: null, peer: before, peerIs: "RSS before" };
}

/** `npm run bench -- requests`: server on one core, load on the other; `--whole` holds memory over ten times as many requests. */
export const requests: Bench = {
  name: "requests",
  about: "signed questions a second beside a v10 axon and FastAPI, a round of 256 miners beside a v10 dendrite, floods",
  async run(): Promise<Row[]> {
    const load = await startProgram({ core: 1, script: "load" });
    const server = await startServer();
    const bare = await startProgram({ core: 0, script: "bare" });
    const [axon, httpAuth] = [await startPeer("axon"), await startPeer("http_auth")];
    try {
      for (const wire of ["axon", "btauth"] as const) await closedLoop(load, server, wire, WARM_UP)();
      const [v10, v11] = ["axon, SDK 10.5.0", "FastAPI, uvloop, SDK 11.3.0"];
      const besideAxon = { row: "signed question vs axon v10", asked: "3x", peerIs: v10 };
      const besideFastApi = { row: "signed question vs fastapi http_auth", asked: "0.6x", peerIs: v11 };
      return [
        await besideRow(besideAxon, "axon", [load, server, axon]),
        await besideRow(besideFastApi, "btauth", [load, server, httpAuth]),
        await signatureRow(server, httpAuth),
        await everythingElseRow(load, bare),
        await roundRow(),
        ...(await latencyRows(load, server)),
        await memoryRow(load, process.argv.includes("--whole") ? 200_000 : 20_000),
      ];
    } finally {
      await Promise.all([load, server, bare, axon, httpAuth].map((program) => program?.stop()));
    }
  },
};
