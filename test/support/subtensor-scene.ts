import type { AddStakeCall, CommitWeightsCall, SetWeightsCall } from "../../src/chain/calls.ts";
import type { SubtensorOptions } from "../../src/subtensor/index.ts";
import { keypairFromUri, type Signer } from "../../src/wallet/index.ts";
import { Refusal } from "./rpc-server.ts";
import type { createStage } from "./subtensor-client.ts";
import type { Sent } from "./subtensor-server.ts";
import type { ScriptedOutcome } from "./test-chain.ts";
import { until } from "./until.ts";

export const alice: Signer = keypairFromUri("//Alice").signer;
const row = { netuid: 1, mechanism: 0 };
export const SET: SetWeightsCall = { type: "set_weights", ...row, uids: [0, 1], weights: [1, 65_535], versionKey: 0 };
export const COMMIT: CommitWeightsCall = { type: "commit_weights", ...row, hash: `0x${"ab".repeat(32)}` };
export const STAKE: AddStakeCall = { type: "add_stake", netuid: 1, hotkey: alice.address, amountRao: 5n };

/** Module errors by their number in the small metadata. */
export const NO_PERMIT = 15;
export const NEWER = 200;

/** A node, a client of it, and a way to put what it is sent into a block. */
export async function createScene(stage: ReturnType<typeof createStage>, options: SubtensorOptions = {}) {
  const node = await stage.node();
  const { chain, server } = node;
  const client = stage.connect([node], options);
  const include = (sent: Pick<Sent, "text">, outcome: ScriptedOutcome = {}) =>
    chain.mine({ extrinsics: [[sent.text, outcome]] });
  /** The transaction number `index` that was sent. */
  const sent = async (index = 0): Promise<Sent> => {
    await until(() => server.sent.length > index);
    return server.sent[index] as Sent;
  };
  return { chain, server, client, include, sent };
}

/** A pool that says no. */
export const refuse = (code: number, message: string, data?: string) => () => {
  throw new Refusal(code, message, data);
};
