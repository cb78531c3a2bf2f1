import { expect, test } from "vitest";
import * as sources from "./index.ts";

test("the public names change on purpose only", () => {
  expect(Object.keys(sources)).toMatchInlineSnapshot(`
    [
      "BadTranscriptError",
      "TranscriptsUnreadableError",
      "readTranscripts",
      "replay",
      "simulated",
      "createSimulator",
      "DEFAULT_SIMULATOR_SETTINGS",
      "splitByHash",
      "transcriptToJson",
    ]
  `);
});
