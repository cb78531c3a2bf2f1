import { describe, expect, it } from "vitest";
import { ask, follow } from "../../test/support/admin.ts";
import { closing, open, stream, stub } from "../../test/support/admin-server.ts";
import type { LogEvent } from "./views.ts";

describe("live events", () => {
  it("begin with a hello, come in order, and go on where a client was cut off", async () => {
    const { feed, tell } = stub();
    const { url } = await open({}, { feeds: [feed] });
    const first = await stream(url);
    const hello = await first.next("hello");
    expect(hello.data).toMatchObject({ api: 1, version: "1.2.3", resumed: false, lastEventId: hello.id });
    tell(1);
    tell(2);
    const one = await first.next("model");
    first.close();
    tell(3);
    const second = await stream(url, { "last-event-id": one.id });
    tell(4);
    await second.next("model", 3);
    expect(second.events.map(({ name, data }) => [name, data.resumed ?? data.swaps])).toEqual([
      ["hello", true],
      ["model", 2],
      ["model", 3],
      ["model", 4],
    ]);
    expect(second.events[0]?.id).toBe(one.id);
    const asked = await stream(url, {}, `/api/events?after=${one.id}`);
    expect((await asked.next("model")).data.swaps).toBe(2);
  });

  it("say reset when what was missed is not known any more, whatever the client claims to have had", async () => {
    const { feed, tell } = stub();
    const { url } = await open({}, { feeds: [feed] });
    const first = await stream(url);
    const { data } = await first.next("hello");
    for (let i = 1; i <= 2_500; i++) tell(i);
    const boot = String(data.bootId);
    const cases: [string, string][] = [
      [`${boot}-0`, "gap"],
      [`${boot}-99999999`, "unknown"],
      ["0123456789abcdef-1", "restarted"],
      ["' OR 1=1 --", "unknown"],
      [`${boot}-1e9`, "unknown"],
      [`${boot}-${"9".repeat(80)}`, "unknown"],
      ["a".repeat(5_000), "unknown"],
    ];
    for (const [id, reason] of cases) {
      const one = await stream(url, { "last-event-id": id });
      const reset = await one.next("reset");
      expect([reset.data.reason, one.events[0]?.data.resumed, one.events.length], id).toEqual([reason, false, 2]);
      one.close();
    }
    const known = await stream(url, { "last-event-id": `${boot}-2499` });
    expect((await known.next("model")).data.swaps).toBe(2_500);
  });

  it("are for so many clients, and end with the server", async () => {
    const server = await open({ maxClients: 2 });
    const [one, two] = [await stream(server.url), await stream(server.url)];
    await expect(follow(server.url)).rejects.toThrow("503");
    one.close();
    await expect
      .poll(() =>
        follow(server.url).then(
          (third) => closing.push(third.close),
          () => 0,
        ),
      )
      .toBeGreaterThan(0);
    await server.close();
    await expect.poll(() => two.ended).toBe(true);
  });

  it("tell the log, and readiness when it changes", async () => {
    const { feed, unwell } = stub();
    const lines: ((line: {
      number: number;
      timeMs: number;
      level: "info";
      message: string;
      fields: object;
    }) => void)[] = [];
    const logs = {
      records: () => [
        {
          number: 1,
          timeMs: 5,
          level: "info" as const,
          message: "Miner\u001b[2J serving",
          fields: { url: "http://127.0.0.1" },
        },
      ],
      subscribe(listener: (typeof lines)[number]) {
        lines.push(listener);
        return () => undefined;
      },
    };
    const { url } = await open({}, { feeds: [feed], logs: logs as never });
    const one = await stream(url);
    for (let number = 1; number <= 60; number++)
      lines[0]?.({ number, timeMs: number, level: "info", message: `line ${number}`, fields: {} });
    const told = (await one.next("log")).data as unknown as LogEvent;
    expect([told.lines.length, told.missed, told.lines.at(-1)?.message]).toEqual([50, 10, "line 60"]);
    unwell({ code: "NOT_REGISTERED", message: "it is not on the subnet" });
    expect((await one.next("ready")).data).toMatchObject({ ready: false });
    const page = JSON.parse((await ask(url, "/api/logs?q=SERVING")).text);
    expect(page).toEqual({
      lines: [
        {
          sequence: 1,
          atMs: 5,
          level: "info",
          message: "Miner\\u001b[2J serving",
          fields: { url: "http://127.0.0.1" },
        },
      ],
      next: null,
    });
    expect(JSON.parse((await ask(url, "/api/logs?q=nothing")).text)).toEqual({ lines: [], next: null });
  });
});
