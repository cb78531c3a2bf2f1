import { afterEach, describe, expect, it } from "vitest";
import { createManualClock } from "../core/index.ts";
import { createEventHub, type EventHub, type EventHubOptions, type EventSink } from "./event-hub.ts";

const BOOT = "0123456789abcdef";
const hubs: EventHub[] = [];
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});
const create = (options: Partial<EventHubOptions> = {}, clock = createManualClock()) => {
  const hub = createEventHub({ bootId: BOOT, version: "1", ...options }, { clock });
  hubs.push(hub);
  return { hub, clock, tell: (swaps: number) => hub.publish("model", { node: "m", hash: "", swaps, failures: 0 }) };
};
/** A client that reads nothing while it is told not to. */
const client = () => {
  const one = { text: "", writableLength: 0, destroyed: false };
  const sink: EventSink = {
    get writableLength() {
      return one.writableLength;
    },
    write(text) {
      one.text += text;
      return true;
    },
    end: () => undefined,
    destroy() {
      one.destroyed = true;
    },
  };
  return Object.assign(one, { sink });
};

describe("a hub of events", () => {
  it("keeps a bounded number of bytes", () => {
    const { hub, tell } = create({ maxBytes: 1_000 });
    hub.touch();
    for (let i = 1; i <= 100; i++) tell(i);
    const one = client();
    hub.connect(one.sink, `${BOOT}-95`);
    expect(one.text.length).toBeLessThan(1_500);
    expect(one.text).toContain(`id: ${BOOT}-100\n`);
    const late = client();
    hub.connect(late.sink, `${BOOT}-50`);
    expect(late.text).toContain('"reason":"gap"');
  });

  it("makes nothing for nobody: what was told unwatched is a gap", () => {
    const { hub, clock, tell } = create();
    expect(hub.watched).toBe(false);
    hub.touch();
    tell(1);
    clock.advance(60_001);
    expect(hub.watched).toBe(false);
    tell(2);
    hub.touch();
    tell(3);
    const since = (id: string) => {
      const one = client();
      hub.connect(one.sink, id);
      return one.text;
    };
    expect(since(`${BOOT}-1`)).toContain("reset");
    expect(since(`${BOOT}-2`)).toMatch(/"resumed":true[\s\S]*"swaps":3/);
  });

  it("drops a client that does not read", () => {
    const { hub, tell } = create({ slowBytes: 100 });
    const [slow, quick] = [client(), client()];
    hub.connect(slow.sink, null);
    hub.connect(quick.sink, null);
    slow.writableLength = 101;
    tell(1);
    expect([slow.destroyed, quick.destroyed, hub.clients]).toEqual([true, false, 1]);
    expect(quick.text).toContain('"swaps":1');
  });

  it("beats where nothing else is said", async () => {
    const clock = createManualClock();
    const { hub } = create({ heartbeatMs: 20 }, clock);
    const one = client();
    hub.connect(one.sink, null);
    clock.advance(25);
    await expect.poll(() => one.text).toContain(": still here\n\n");
  });
});
