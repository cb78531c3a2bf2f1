/** Our client asks every port of its argument once for each command. */
import { createClient, type Peer } from "../../src/protocol/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { runProgram } from "./programs.ts";
import { asker, nextQuestion } from "./questions.ts";

const peers = (process.argv[2] ?? "")
  .split(",")
  .map((port, i): Peer => ({ hotkey: keypairFromUri(`//miner${i}`).address, host: "127.0.0.1", port: Number(port) }));
const client = createClient({}, { signer: asker });

await runProgram({ peers: peers.length }, async () => {
  const question = nextQuestion();
  const start = performance.now();
  const results = await Promise.all(peers.map((peer) => client.ask(peer, question)));
  const seconds = (performance.now() - start) / 1_000;
  const bad = results.find(({ ok }) => !ok);
  if (bad !== undefined) throw new Error(JSON.stringify(bad));
  return { seconds };
});
