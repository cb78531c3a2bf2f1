/** Weights under a time lock beside those of bittensor-core, both ways: what one closes the other opens, and for the same round. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  decodeWeightPayload,
  decryptTimelocked,
  type EpochState,
  encodeWeightPayload,
  encryptTimelocked,
  QUICKNET,
  revealRound,
} from "../../src/chain/index.ts";
import { createRandom, fromHex, toHex } from "../../src/core/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { type Python, skipped, startPython } from "./support/python.ts";

const { pulse } = JSON.parse(await readFile(new URL("../vectors/chain-timelock.json", import.meta.url), "utf8"));
const { publicKey } = keypairFromUri("//Alice").signer;
const random = createRandom("timelock interop");
/** A SCALE vector of up to 16,383 bytes and a u64. */
function envelopeOf(ciphertext: Uint8Array, round: number): string {
  const bytes = Buffer.alloc(2 + ciphertext.length + 8);
  bytes.writeUInt16LE(ciphertext.length * 4 + 1, 0);
  bytes.set(ciphertext, 2);
  bytes.writeBigUInt64LE(BigInt(round), 2 + ciphertext.length);
  return toHex(bytes);
}

describe.skipIf(skipped("v11"))("bittensor-core", () => {
  let python: Python;
  beforeAll(async () => {
    python = await startPython("v11", "timelock.py");
  }, 90_000);
  afterAll(() => python.stop());
  async function ask<T>(command: object): Promise<T> {
    const { value, error } = await python.call(command);
    if (error !== undefined) throw new Error(String(error));
    return value as T;
  }

  it.each([1, 16, 256])("opens ours, and we open its, of %i uids", async (count) => {
    const uids = Array.from({ length: count }, (_, i) => i);
    const values = uids.map(() => random.integer(65_536));
    const plaintext = encodeWeightPayload({ hotkey: publicKey, uids, values, versionKey: 7n });
    const theirs = await ask<string>({ call: "encrypt", plaintext: toHex(plaintext), round: pulse.round });
    const opened = decryptTimelocked(fromHex("theirs", theirs), fromHex("signature", pulse.signature));
    expect(decodeWeightPayload(opened)).toEqual({ hotkey: publicKey, uids, values, versionKey: 7n });
    const ours = encryptTimelocked({ plaintext, round: pulse.round, beacon: QUICKNET });
    expect(ours).toHaveLength(theirs.length / 2);
    const envelope = envelopeOf(ours, pulse.round);
    expect(await ask({ call: "decrypt", envelope, signature: pulse.signature })).toBe(toHex(plaintext));
  });

  it.each([1, 2, 5])("chooses the rounds that we choose, %i epochs ahead", async (periodEpochs) => {
    const states = Array.from({ length: 100 }, (): EpochState => {
      const tempo = 1 + random.integer(1_000);
      const lastEpochBlock = random.integer(1_000_000);
      const block = lastEpochBlock + random.integer(2 * tempo);
      const pendingEpochAt = random.integer(4) === 0 ? block + 1 + random.integer(tempo) : 0;
      const epochIndex = random.integer(10_000);
      return { block, tempo, lastEpochBlock, pendingEpochAt, epochIndex, blocksSinceLastStep: block - lastEpochBlock };
    });
    const answers = await ask<{ round: number; beforeMs: number; afterMs: number }[]>({
      call: "rounds",
      states,
      periodEpochs,
    });
    const at = (state: EpochState, nowMs: number) =>
      revealRound({ state, periodEpochs, nowMs, blockTimeMs: 12_000, beacon: QUICKNET }).round;
    for (const [i, state] of states.entries()) {
      const { round, beforeMs, afterMs } = answers[i] ?? { round: 0, beforeMs: 0, afterMs: 0 };
      expect([at(state, beforeMs), at(state, afterMs)]).toContain(round);
    }
  });
});
