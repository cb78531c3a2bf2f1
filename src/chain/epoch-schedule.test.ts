import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blocksUntilNextEpoch,
  type EpochState,
  lookaheadEpochIndex,
  MAX_TEMPO_BLOCKS,
  NoEpochError,
  nextBlock,
  nextEpochBlock,
  revealRound,
  shouldRunEpoch,
  statelessBlocksUntilNextEpoch,
} from "./epoch-schedule.ts";
import { QUICKNET, roundTimeMs } from "./timelock/beacon.ts";

interface Case {
  readonly name: string;
  readonly state: readonly number[];
  readonly commitEpoch: number | null;
  readonly revealBlock: number | null;
}
const vectors: { readonly reveal: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../test/vectors/chain-epoch.json", import.meta.url), "utf8"),
);
const stateOf = (numbers: readonly number[]): EpochState => {
  const [lastEpochBlock = 0, pendingEpochAt = 0, epochIndex = 0, tempo = 0, blocksSinceLastStep = 0, block = 0] =
    numbers;
  return { block, tempo, lastEpochBlock, pendingEpochAt, epochIndex, blocksSinceLastStep };
};
const nowMs = 1_800_000_000_000;
const reveal = (state: EpochState, periodEpochs = 1) =>
  revealRound({ state, periodEpochs, nowMs, blockTimeMs: 12_000, beacon: QUICKNET });

/** Block after block, as the SDK does it. */
function naiveRevealBlock(start: EpochState, periodEpochs: number): number | null {
  const target = lookaheadEpochIndex(start) + periodEpochs;
  let state = start;
  for (let i = 0; i <= (periodEpochs + 1) * MAX_TEMPO_BLOCKS; i++) {
    if (lookaheadEpochIndex(state) === target) return state.block + 1;
    if (state.epochIndex > target) return null;
    state = nextBlock(state);
  }
  return null;
}
function naiveNextEpoch(start: EpochState): number {
  let state = start;
  while (state.epochIndex === start.epochIndex) state = nextBlock(state);
  return state.block;
}
/** States a chain can be in and states it cannot: overdue, pending in the past, near the safety net, from a block to come. */
const anyState = fc.record({
  block: fc.integer({ min: 0, max: 3000 }),
  tempo: fc.oneof(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 400 }),
    fc.integer({ min: 50_390, max: 65_535 }),
  ),
  lastEpochBlock: fc.integer({ min: 0, max: 3200 }),
  pendingEpochAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3500 })),
  epochIndex: fc.nat(50),
  blocksSinceLastStep: fc.oneof(fc.nat(400), fc.integer({ min: MAX_TEMPO_BLOCKS - 40, max: MAX_TEMPO_BLOCKS + 5 })),
});

describe("the epoch schedule", () => {
  it.each(vectors.reveal)("agrees with bittensor-core: $name", ({ state, commitEpoch, revealBlock }) => {
    if (revealBlock === null) expect(() => reveal(stateOf(state))).toThrow(NoEpochError);
    else expect(reveal(stateOf(state))).toMatchObject({ commitEpoch, revealBlock });
  });

  it("is due after a tempo, at a pending block, and by the safety net; never with tempo 0", () => {
    const state = stateOf([100, 0, 0, 50, 20, 120]);
    expect([149, 150, 151].map((block) => shouldRunEpoch(state, block))).toEqual([false, true, true]);
    expect(shouldRunEpoch({ ...state, pendingEpochAt: 130 }, 130)).toBe(true);
    expect(shouldRunEpoch({ ...state, blocksSinceLastStep: 50_400 })).toBe(false);
    expect(shouldRunEpoch({ ...state, blocksSinceLastStep: 50_401 })).toBe(true);
    expect(shouldRunEpoch({ ...state, tempo: 0 }, 150)).toBe(false);
  });

  it("counts the blocks: an epoch in this block means a whole tempo to go, an overdue one comes next", () => {
    expect(blocksUntilNextEpoch(stateOf([120, 0, 3, 50, 0, 120]))).toBe(50);
    expect(blocksUntilNextEpoch(stateOf([100, 0, 3, 50, 99, 199]))).toBe(1);
    expect(nextEpochBlock(stateOf([80, 95, 0, 20, 11, 91]))).toBe(95);
    expect(() => nextEpochBlock(stateOf([80, 95, 0, 0, 11, 91]))).toThrow("the subnet's tempo is 0");
  });

  it("finds the next epoch where walking block by block finds it", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect(nextEpochBlock(state)).toBe(naiveNextEpoch(state));
      }),
    );
  });

  it("finds the reveal block where walking block by block finds it, or says that it is passed over", () => {
    fc.assert(
      fc.property(anyState, fc.integer({ min: 1, max: 4 }), (state, periodEpochs) => {
        const expected = naiveRevealBlock(state, periodEpochs);
        if (expected === null) expect(() => reveal(state, periodEpochs)).toThrow(NoEpochError);
        else expect(reveal(state, periodEpochs).revealBlock).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("finds it at once however far it is", () => {
    const state = { ...stateOf([0, 0, 0, MAX_TEMPO_BLOCKS, 10, 10]), epochIndex: 2 ** 50 };
    expect(reveal(state, 65_535).revealBlock).toBe(65_535 * MAX_TEMPO_BLOCKS);
    expect(() => reveal({ ...state, tempo: 65_535 }, 65_535)).toThrow("is too far away");
  });
});

describe("the round of a commit", () => {
  const state = stateOf([100, 0, 7, 50, 20, 120]);

  it("is out three blocks into the reveal epoch and not before it begins", () => {
    const { round, revealBlock, ...rest } = reveal(state);
    expect(rest).toEqual({ commitEpoch: 7, revealEpoch: 8, ingestBlock: 153 });
    // (1800000000 + 33 * 12 - 1692803367) / 3
    expect(round).toBe(35_732_343);
    const outMs = roundTimeMs(QUICKNET, round);
    expect(outMs).toBeGreaterThan(nowMs + (revealBlock - state.block) * 12_000);
    expect(outMs).toBeLessThanOrEqual(nowMs + 33 * 12_000);
  });

  it("counts a commit in an epoch's own block to the new epoch", () => {
    expect(reveal({ ...state, block: 149 })).toMatchObject({ commitEpoch: 8, revealBlock: 200 });
    expect(reveal({ ...state, block: 148 })).toMatchObject({ commitEpoch: 7, revealBlock: 150 });
  });

  it("comes with the time between blocks and the beacon's period", () => {
    const beacon = { genesisSeconds: nowMs / 1000, periodSeconds: 0.25 };
    const options = { state, periodEpochs: 1, nowMs, blockTimeMs: 250, beacon };
    expect(revealRound(options).round).toBe(33);
    expect(revealRound({ ...options, beacon: { ...beacon, genesisSeconds: 9_000_000_000 } }).round).toBe(1);
  });

  it("is refused for what is no state, period or time", () => {
    expect(() => reveal({ ...state, block: -1 })).toThrow("block must be a whole number");
    expect(() => reveal({ ...state, tempo: Number.NaN })).toThrow("tempo must be a whole number");
    expect(() => reveal(state, 0)).toThrow("periodEpochs must be a whole number from 1");
    expect(() => revealRound({ state, periodEpochs: 1, nowMs, blockTimeMs: 0, beacon: QUICKNET })).toThrow(
      "blockTimeMs must",
    );
  });

  it("is refused where the safety net passes the epoch over", () => {
    const odd = { ...state, tempo: 1, block: 100, lastEpochBlock: 200, blocksSinceLastStep: MAX_TEMPO_BLOCKS };
    expect(naiveRevealBlock(odd, 1)).toBeNull();
    expect(() => reveal(odd)).toThrow("epoch 8 is passed over");
  });
});

describe("the stateless schedule of older runtimes", () => {
  it("is tempo - (block + netuid + 1) mod (tempo + 1)", () => {
    expect(statelessBlocksUntilNextEpoch({ netuid: 1, tempo: 360, block: 100 })).toBe(258);
    // Spec 293: an epoch runs where (block + netuid + 1) % (tempo + 1) is tempo.
    expect(statelessBlocksUntilNextEpoch({ netuid: 2, tempo: 10, block: 7 })).toBe(0);
    expect(() => statelessBlocksUntilNextEpoch({ netuid: 2, tempo: 0, block: 7 })).toThrow(NoEpochError);
  });
});

describe("errors", () => {
  it("say why no epoch comes", () => {
    expect(new NoEpochError({ tempo: 0, problem: "the subnet's tempo is 0" }).message).toMatchInlineSnapshot(`
      "No epoch to reveal in: the subnet's tempo is 0.

      Tempo: 0 blocks"
    `);
  });
});
