import { expect, it } from "vitest";
import { eventToText, type IngestEvent } from "../../sources/index.ts";
import { entriesClaimed, entriesIn, entriesRead, fieldOf, letterOf } from "./entries.ts";

const event: IngestEvent = { id: "e1", conversationId: "c1", atMs: 5, sequence: null, type: "converted" };
const entry = ["1-0", ["s", "shop", "e", eventToText(event)]];

it("entries are read from all forms of a reply, and from none that is none", () => {
  const read = { id: "1-0", fields: entry[1] };
  // RESP2 and RESP3.
  for (const reply of [[["key", [entry]]], ["key", [entry]]]) expect(entriesRead(reply)).toEqual([read]);
  expect(entriesClaimed(["7-0", [entry, null], []])).toEqual({ next: "7-0", entries: [read] });
  expect(entriesIn([["2-0", null], 7, ["3-0"]])).toEqual([
    { id: "2-0", fields: [] },
    { id: "3-0", fields: [] },
  ]);
  for (const nothing of [null, undefined, "OK", 7, []]) expect(entriesRead(nothing)).toEqual([]);
  expect(entriesClaimed(null)).toEqual({ next: "0-0", entries: [] });
});

it("an entry is an event of a source, or the reason says why not, in words of ours", () => {
  expect(letterOf({ id: "1-0", fields: ["s", "shop", "e", eventToText(event)] })).toEqual({
    ...{ id: "1-0", source: "shop", event },
  });
  const reason = (fields: readonly string[]) => {
    const letter = letterOf({ id: "1-0", fields });
    return "reason" in letter ? letter.reason : null;
  };
  expect(reason([])).toMatch("no source and no event");
  expect(reason(["s", "shop"])).toMatch("no source and no event");
  expect(reason(["s", "../x", "e", eventToText(event)])).toMatch("source is no name");
  expect(reason(["s", "shop", "e", "secret words"])).toBe("BAD_ENTRY: it is no JSON");
  expect(reason(["s", "shop", "e", '{"id":"secret words"}'])).toBe("BAD_ENTRY: it is no event");
  expect(fieldOf(["a", "b", "b", "c", "d"], "b")).toBe("c");
  expect(fieldOf(["a"], "a")).toBeUndefined();
});
