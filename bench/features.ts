import { createRandom } from "../src/core/index.ts";
import { createFeatureTracker, type FeatureOptions, featuresAsOf } from "../src/features/index.ts";
import type { Transcript } from "../src/schema.ts";
import { createSimulator } from "../src/sources/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const CONVERSATIONS = 2_000;
const LANDMARKS = new Set([4, 8]);

/** Every message once, features read at the landmarks: what a validator does. Returns messages. */
function follow(transcripts: readonly Transcript[], options: FeatureOptions): number {
  let messages = 0;
  let guard = 0;
  for (const transcript of transcripts) {
    const tracker = createFeatureTracker(transcript.startedAt, options);
    let n = 0;
    for (const message of transcript.messages) {
      tracker.add(message);
      n += 1;
      if (LANDMARKS.has(n)) guard += tracker.features().total_messages ?? 0;
    }
    messages += n;
  }
  if (guard === 0) throw new Error("nothing was computed");
  return messages;
}

/** The least that anybody must do: look at each character once. */
function read(transcripts: readonly Transcript[]): number {
  let messages = 0;
  let sum = 0;
  for (const transcript of transcripts) {
    for (const { text } of transcript.messages) {
      for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
      messages += 1;
    }
  }
  if (sum === 0) throw new Error("nothing was read");
  return messages;
}

/** Features after every message, by keeping up and by starting over each time. */
function afterEach(transcripts: readonly Transcript[], startOver: boolean): number {
  let count = 0;
  for (const transcript of transcripts) {
    const tracker = createFeatureTracker(transcript.startedAt);
    for (const [i, message] of transcript.messages.entries()) {
      if (startOver) featuresAsOf(transcript, { messages: i + 1 });
      else {
        tracker.add(message);
        tracker.features();
      }
      count += 1;
    }
  }
  return count;
}

/** `npm run bench -- features` */
export const features: Bench = {
  name: "features",
  about: "messages a second on one core, with and without the entity finder",
  async run(): Promise<Row[]> {
    const transcripts = [...createSimulator({}, { random: createRandom(1) }).transcripts(CONVERSATIONS)];
    const few = transcripts.slice(0, 200);
    const bench = "features";
    const limit = () => read(transcripts);
    return [
      await measure(
        { bench, row: "messages with the entity finder", unit: "messages/s" },
        { ours: () => follow(transcripts, {}), limit },
      ),
      await measure(
        { bench, row: "messages without it", unit: "messages/s" },
        { ours: () => follow(transcripts, { entityFinder: null }), limit },
      ),
      await measure(
        { bench, row: "after every message, vs starting over", unit: "vectors/s" },
        { ours: () => afterEach(few, false), peer: () => afterEach(few, true) },
      ),
    ];
  },
};
