/** Records one question after another until it is killed; each number is printed when it is acknowledged. */
import { createPostgresHistory } from "../../dist/postgres/index.js";

const [url, validator] = process.argv.slice(2);
const quiet = () => undefined;
const logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
const history = await createPostgresHistory({ url, validator }, { logger });
const landmark = { messages: 4 };
for (let number = (await history.lastNumber()) + 1; ; number++) {
  const question = { sessionId: `q-${number}`, features: {}, landmark, horizonSeconds: 60 };
  await history.recordQuestion({
    open: { number, conversationId: `c${number}`, stratum: "s", landmark, askedAtSeconds: number, question },
    frozen: { classWeights: { 0: 0.4, 1: 0.6 }, baseRate: 0.5, medianTimeSeconds: 60 },
    mode: { name: "seed-v1", version: 1, constants: {} },
    asked: ["hk-a"],
    askedAtMs: 1_700_000_000_000 + number,
  });
  process.stdout.write(`${number}\n`);
}
