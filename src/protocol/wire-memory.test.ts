import { describe, expect, test } from "vitest";
import { utf8 } from "../core/index.ts";
import { axon, btauth } from "./index.ts";
import { createSessions } from "./sessions.ts";
import { createWireMemory, isForeign } from "./wire-memory.ts";

const peer = { hotkey: "5Grw", host: "10.0.0.1", port: 8_091, version: 1 };
const make = (maxPeers?: number) => createWireMemory({ wires: [btauth, axon], ...(maxPeers && { maxPeers }) });
const names = (wires: readonly { name: string }[]) => wires.map(({ name }) => name);

describe("which format is tried first", () => {
  test.each([
    [undefined, "btauth/1"],
    [1, "btauth/1"],
    [1_000, "btauth/1"],
    [11_003_000, "btauth/1"],
    [694, "axon"],
    [7_002_000, "axon"],
    [10_005_000, "axon"],
  ])("for a peer that announces version %j it is %s", (version, first) => {
    const formats = names(make().choose({ ...peer, version }));
    expect([formats[0], [...formats].sort()]).toEqual([first, ["axon", "btauth/1"]]);
  });

  test("what was learned, whatever the version hints, and for that hotkey at that address only", () => {
    const memory = make();
    memory.learned(peer, axon);
    expect(names(memory.choose(peer))).toEqual(["axon", "btauth/1"]);
    for (const other of [{ hotkey: "5FHn" }, { host: "10.0.0.2" }, { port: 8_092 }]) {
      expect(names(memory.choose({ ...peer, ...other }))).toEqual(["btauth/1", "axon"]);
    }
  });

  test("nothing of what was learned once the peer announces another version", () => {
    const memory = make();
    memory.learned(peer, axon);
    expect(names(memory.choose({ ...peer, version: 2 }))).toEqual(["btauth/1", "axon"]);
  });

  test("where only one format is spoken, that one", () => {
    expect(names(createWireMemory({ wires: [axon] }).choose(peer))).toEqual(["axon"]);
    expect(names(createWireMemory({ wires: [btauth] }).choose({ ...peer, version: 10_005_000 }))).toEqual(["btauth/1"]);
  });
});

describe("a peer that understands nothing", () => {
  test("is tried in both formats ever more seldom, and at once again when it has answered", () => {
    const memory = make();
    const untilTrial = () => {
      let questions = 0;
      while (memory.choose(peer).length === 1) questions += 1;
      return questions;
    };
    const waits = Array.from({ length: 8 }, () => {
      memory.missed(peer);
      return untilTrial();
    });
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 64, 64]);
    memory.learned(peer, btauth);
    expect(memory.choose(peer)).toHaveLength(2);
  });

  test("keeps the format that it once understood as the first", () => {
    const memory = make();
    memory.learned(peer, axon);
    memory.missed(peer);
    expect(names(memory.choose(peer))).toEqual(["axon"]);
  });
});

test("no more peers are remembered than there is room for; who was heard last stays", () => {
  const memory = make(2);
  const peers = [1, 2, 3].map((port) => ({ ...peer, port }));
  for (const one of peers) memory.learned(one, axon);
  expect(memory.size).toBe(2);
  expect(peers.map((one) => names(memory.choose(one))[0])).toEqual(["btauth/1", "axon", "axon"]);
});

test.each([
  [401, '{"message":"no"}', true],
  [422, '{"detail":[]}', true],
  [404, "<html>", true],
  [401, '{"error":{"code":"BAD_SIGNATURE","message":"no"}}', false],
  [503, "busy", false],
  [429, "busy", false],
  [307, "", false],
  [200, "{}", false],
])("asked in btauth/1, %i with %s is the word of another format: %s", (status, body, foreign) => {
  expect(isForeign({ status, headers: new Headers(), body: utf8(body) }, btauth)).toBe(foreign);
});

test("sessions are as many as requests in flight to one peer, and each is in one request's hands at a time", () => {
  const sessions = createSessions();
  const first = sessions.enter("a");
  const second = sessions.enter("a");
  expect(first.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-0{12}$/);
  expect(second.id).not.toBe(first.id);
  expect(sessions.enter("b").id).toBe(first.id);
  first.leave();
  expect(sessions.enter("a").id).toBe(first.id);
  expect(createSessions().enter("a").id).not.toBe(first.id);
});
