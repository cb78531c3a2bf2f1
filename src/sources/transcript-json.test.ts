import { expect, test } from "vitest";
import { createRandom } from "../core/index.ts";
import type { Transcript } from "../schema.ts";
import { createSimulator } from "./simulator.ts";
import { transcriptSchema } from "./transcript-door.ts";
import { transcriptToJson } from "./transcript-json.ts";

const reread = (transcript: Transcript) =>
  transcriptSchema.parse(JSON.parse(JSON.stringify(transcriptToJson(transcript))));

test("what is written is read back the same", () => {
  for (const transcript of createSimulator({}, { random: createRandom(1) }).transcripts(50)) {
    expect(reread(transcript)).toEqual(transcript);
  }
});

test("keeps entities, missing clocks and a conversion at an unknown moment", () => {
  const transcript: Transcript = {
    id: "a",
    source: "test",
    startedAt: null,
    messages: [
      { role: "user", text: "ann", atSeconds: null, entities: [{ type: "name", value: "Ann", confidence: 0.5 }] },
      { role: "agent", text: "hi", atSeconds: null, entities: [] },
    ],
    outcome: { converted: true, atSeconds: null, afterMessages: 2 },
  };
  expect(reread(transcript)).toEqual(transcript);
});
