/** Asks a server from another process: as fast as it answers, at a pace, or unsigned from many addresses. */
import { setPriority } from "node:os";
import { sleep } from "../../src/core/index.ts";
import { type Answer, type Command, runProgram } from "./programs.ts";
import { rawRequest, signedRequest } from "./questions.ts";
import { openConnection, type RawConnection } from "./raw-connection.ts";

const openMany = (port: number, count: number, address?: (i: number) => string): Promise<RawConnection[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => openConnection(port, address?.(i))));

/** Each connection has an id of its own, in whose name nonces rise: so a v10 axon wants it. */
async function signAll({ wire, port, requests, connections }: Command): Promise<Buffer[][]> {
  const lanes: Buffer[][] = Array.from({ length: connections }, () => []);
  for (let i = 0; i < requests; i++) {
    const lane = i % connections;
    lanes[lane]?.push(await signedRequest(wire, port, `bench-${process.pid}-${lane}`));
  }
  return lanes;
}

const assertAnswered = (status: number) => {
  if (status !== 200) throw new Error(`a signed question was answered with status ${status}`);
};

/** Signed ahead at once: on a slow machine more would be stale before their turn comes. */
const SLICE = 256;

/** As many as are asked for, over connections that each wait for their answer. The signing is not timed. */
async function closedLoop(command: Command): Promise<Answer> {
  const open = await openMany(command.port, command.connections);
  let seconds = 0;
  for (let sent = 0; sent < command.requests; sent += SLICE) {
    const lanes = await signAll({ ...command, requests: Math.min(SLICE, command.requests - sent) });
    const start = performance.now();
    await Promise.all(
      open.map(async (connection, i) => {
        for (const request of lanes[i] ?? []) assertAnswered(await connection.ask(request));
      }),
    );
    seconds += (performance.now() - start) / 1_000;
  }
  for (const connection of open) connection.close();
  return { requests: command.requests, seconds };
}

/** Calls `send` so many times a second, whatever becomes of what it sent. */
async function atPace({ perSecond, seconds }: Command, send: (i: number) => void): Promise<void> {
  const start = performance.now();
  for (let i = 0; i < perSecond * seconds; ) {
    for (const due = ((performance.now() - start) / 1_000) * perSecond; i < due && i < perSecond * seconds; i++)
      send(i);
    await sleep(1);
  }
}

/** Signed questions at a pace; how long each took, in milliseconds. */
async function paced(command: Command): Promise<Answer> {
  const requests = command.perSecond * command.seconds;
  const lanes = await signAll({ ...command, requests });
  const open = await openMany(command.port, lanes.length);
  const latencies: number[] = [];
  const sent: Promise<void>[] = [];
  await atPace(command, (i) => {
    const lane = i % open.length;
    const request = lanes[lane]?.shift();
    const connection = open[lane];
    if (request === undefined || connection === undefined) throw new Error("there is nothing to send");
    const start = performance.now();
    sent.push(
      connection.ask(request).then((status) => {
        assertAnswered(status);
        latencies.push(performance.now() - start);
      }),
    );
  });
  await Promise.all(sent);
  for (const connection of open) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), requests };
}

/** Unsigned questions from 127.0.0.2 and up. Whatever is said to them is counted only. */
async function flood(command: Command): Promise<Answer> {
  // It shares a core with the process that measures, whose waits for that core would count as the server's.
  setPriority(10);
  const { port, connections, addresses } = command;
  const request = rawRequest(
    port,
    { "Content-Type": "application/json" },
    Buffer.from('{"features":{"session_id":"x"}}'),
  );
  const open = await openMany(port, connections, (i) => `127.0.0.${2 + (i % addresses)}`);
  let refused = 0;
  let lost = 0;
  const sent: Promise<void>[] = [];
  await atPace(command, (i) => {
    const asked = open[i % open.length]?.ask(request);
    if (asked === undefined) return;
    sent.push(
      asked.then(
        (status) => {
          if (status === 200) throw new Error("an unsigned question was answered");
          refused += 1;
        },
        () => {
          lost += 1;
        },
      ),
    );
  });
  await Promise.all(sent);
  for (const connection of open) connection.close();
  return { refused, lost };
}

await runProgram({}, (command) => {
  if (command.do === "paced") return paced(command);
  return command.do === "flood" ? flood(command) : closedLoop(command);
});
