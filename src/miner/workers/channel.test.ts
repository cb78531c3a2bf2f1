import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { createChannel, type Handlers, type Wire } from "./channel.ts";

interface Ours {
  readonly double: { readonly input: number; readonly output: number };
  readonly never: { readonly input: null; readonly output: number };
  readonly fails: { readonly input: null; readonly output: number };
}

/** Two sides of a real pipe, which copies what is sent as processes do. */
function pair(handlers: Handlers<Ours>, timeoutMs = 1_000) {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  const wireOf = (port: typeof port1): Wire => ({
    send: (message) => port.postMessage(message),
    listen: (onMessage) => void port.on("message", onMessage),
  });
  createChannel<Record<never, never>, Ours>(wireOf(port2), handlers);
  return createChannel<Ours, Record<never, never>>(wireOf(port1), {}, { timeoutMs });
}
const heard: number[] = [];
const handlers: Handlers<Ours> = {
  double(input) {
    heard.push(input);
    return input * 2;
  },
  never: () => new Promise(() => undefined),
  fails: () => Promise.reject(new Error("no luck")),
};

test("calls are answered, each with its own, at once or later", async () => {
  const other = pair(handlers);
  expect(await Promise.all([1, 2, 3].map((n) => other.call("double", n)))).toEqual([2, 4, 6]);
});

test("what is told is done in order before what is called after it", async () => {
  const other = pair(handlers);
  heard.length = 0;
  for (const n of [5, 6]) other.tell("double", n);
  expect(await other.call("double", 7)).toBe(14);
  expect(heard).toEqual([5, 6, 7]);
});

test("a call that fails, is not answered in time, or whose other side is gone, fails with its reason", async () => {
  const other = pair(handlers, 50);
  await expect(other.call("fails", null)).rejects.toThrow("no luck");
  await expect(other.call("never", null)).rejects.toMatchObject({ code: "TIMED_OUT" });
  const waiting = other.call("never", null);
  other.close("it ended (SIGKILL)");
  await expect(waiting).rejects.toThrow("it ended (SIGKILL)");
  await expect(other.call("double", 1)).rejects.toMatchObject({ code: "WORKER_UNREACHABLE" });
});

test("a name that is no handler of ours is nobody's, those of every object too", async () => {
  const other = pair(handlers);
  // What a version of this program that we do not know might ask.
  const strange: { call(name: string, input: null): Promise<unknown> } = Object.create(other);
  await expect(strange.call("toString", null)).rejects.toThrow("toString is asked of nobody");
});
