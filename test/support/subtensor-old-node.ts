import { readFileSync } from "node:fs";
import { type createStage, OLD } from "./subtensor-client.ts";
import { createScriptedChain } from "./test-chain.ts";

const { calls }: { calls: Readonly<Record<string, { readonly result: string }>> } = JSON.parse(
  readFileSync(new URL("../vectors/metadata-answers.json", import.meta.url), "utf8"),
);
/** Runtime API answers of a chain that ran, by method: `0x` and hex. */
export const ANSWERS = calls;
const SUBTENSOR = "SubtensorModule";

/** The chain that the answers in test/vectors come from: spec 293, block 92, subnet 2. */
export async function createOldNode(stage: ReturnType<typeof createStage>) {
  const chain = createScriptedChain(OLD, { startAt: 91 });
  chain.set(SUBTENSOR, "NetworksAdded", [2], true);
  chain.set(SUBTENSOR, "Tempo", [2], 10);
  chain.set(SUBTENSOR, "BlocksSinceLastStep", [2], 8n);
  chain.set(SUBTENSOR, "SubnetworkN", [2], 6);
  chain.set("Timestamp", "Now", [], 1_750_000_000_000n);
  chain.mine();
  chain.finalize();
  const node = await stage.node(chain);
  for (const [method, { result }] of Object.entries(ANSWERS)) node.server.answers.set(method, result);
  return node;
}
