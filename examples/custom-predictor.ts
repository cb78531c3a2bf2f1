/**
 * A predictor of your own in the place of the model: any function from a question to an answer, served by
 * `conversion-subnet miner run --model custom-predictor.js` (TypeScript is compiled first; `npm run example -- custom-predictor` does
 * it, and asks the predictor once). What throws, takes over five seconds or gives what no validator takes is answered by the baseline.
 */
import type { Answer, Question } from "conversion-subnet";

/** What the miner says when the function cannot: the share of conversions, and their median time in seconds. */
export const baseline = { rate: 0.5, medianTimeSeconds: 180 };

/** People who write long messages and name what they want are taken at their word. A feature that is unknown is null. */
export function predict({ features }: Question): Answer {
  const eager = features.has_target_entity === 1 ? 1.2 : -0.4;
  const talkative = (features.message_ratio ?? 1) - 1;
  const probability = 1 / (1 + Math.exp(-(eager + talkative)));
  const seconds = (features.conversation_duration_seconds ?? 0) + 120;
  const converts = probability >= 0.5;
  return {
    conversionHappened: converts ? 1 : 0,
    timeToConversionSeconds: converts ? seconds : -1,
    confidence: probability,
    timeIfConvertedSeconds: seconds,
  };
}

// Run as a program it shows itself; a miner that loads it only takes its exports.
if (process.argv[1]?.endsWith("custom-predictor.js")) {
  const { featuresAsOf } = await import("conversion-subnet");
  const messages = [
    { role: "agent", text: "Hello, may I have your e-mail address?", atSeconds: 0 },
    { role: "user", text: "Sure: anna@example.org", atSeconds: 12 },
  ] as const;
  const transcript = { id: "c-1", source: "example", startedAt: "2026-03-02T09:15:00Z", messages };
  const features = featuresAsOf(transcript, { messages: 2 });
  if (features !== null)
    console.log(predict({ sessionId: "c-1", features, landmark: { messages: 2 }, horizonSeconds: 1_800 }));
}
