/** Sends events from another process: as fast as they are acknowledged, or at a pace. */
import { sleep } from "../../src/core/index.ts";
import { type Answer, type Command, runProgram } from "../requests/programs.ts";
import { openConnection } from "../requests/raw-connection.ts";

const CONVERSATION = 10;
const key = process.argv[2] ?? "";
const SENTENCE = "Good morning! Do you have a table for two on Friday, about eight in the evening?";
let next = 0;

/** Ten events a conversation: eight messages, the conversion, the close. */
function event(): object {
  const i = next++;
  const turn = i % CONVERSATION;
  const base = {
    id: `${process.pid}-${i}`,
    conversation_id: `${process.pid}-${(i - turn) / CONVERSATION}`,
    at: (Date.now() - 1_000 + turn) / 1_000,
  };
  if (turn === CONVERSATION - 1) return { ...base, type: "closed" };
  if (turn === CONVERSATION - 2) return { ...base, type: "converted" };
  return { ...base, type: "message", role: turn % 2 === 0 ? "user" : "agent", text: SENTENCE };
}

/** An HTTP request's bytes. */
function requestOf(port: number, path: string, value: object): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${key}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

const one = (port: number) => requestOf(port, "/v1/events", event());
const batchOf = (port: number, size: number) =>
  requestOf(port, "/v1/events/batch", { events: Array.from({ length: size }, event) });

function assertTaken(status: number): void {
  if (status !== 202 && status !== 200) throw new Error(`an event was answered with status ${status}`);
}

/** Over connections that each wait for their answer. What is sent is made before the time begins. */
async function closedLoop({ port, requests, connections }: Command, make: (port: number) => Buffer): Promise<Answer> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const made = Array.from({ length: requests }, () => make(port));
  const start = performance.now();
  await Promise.all(
    open.map(async (connection, lane) => {
      for (let i = lane; i < made.length; i += connections)
        assertTaken(await connection.ask(made[i] ?? Buffer.alloc(0)));
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  for (const connection of open) connection.close();
  return { requests, seconds };
}

/** So many a second, whatever becomes of them; how long each took until it was acknowledged, ms. */
async function paced({ port, perSecond, seconds, connections }: Command): Promise<Answer> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const latencies: number[] = [];
  const sent: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < perSecond * seconds; ) {
    const due = Math.min(perSecond * seconds, ((performance.now() - begin) / 1_000) * perSecond);
    for (; i < due; i++) {
      const start = performance.now();
      const asked = open[i % connections]?.ask(one(port)) ?? Promise.resolve(0);
      sent.push(
        asked.then((status) => {
          assertTaken(status);
          latencies.push(performance.now() - start);
        }),
      );
    }
    await sleep(1);
  }
  await Promise.all(sent);
  for (const connection of open) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), requests: latencies.length };
}

await runProgram({}, (command) => {
  if (command.do === "paced") return paced(command);
  if (command.do === "batches") return closedLoop(command, (port) => batchOf(port, 100));
  return closedLoop(command, one);
});
