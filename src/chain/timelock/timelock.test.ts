import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, fromHex, InvalidArgumentError, toHex, utf8 } from "../../core/index.ts";
import { latestRound, QUICKNET, roundIdentity, roundTimeMs } from "./beacon.ts";
import { TimelockInvalidError, TimelockSealedError, TimelockSelfTestError } from "./errors.ts";
import { decodeWeightPayload, encodeWeightPayload } from "./payload.ts";
import { createBeacon, verifyPulse } from "./pulse.ts";
import { testTimelock } from "./self-test.ts";
import { decryptTimelocked, encryptTimelocked, MAX_TIMELOCKED_BYTES, parseTimelocked } from "./timelock.ts";

interface Vectors {
  readonly pulse: { readonly round: number; readonly signature: string };
  readonly identities: readonly (readonly [round: number, identity: string])[];
  readonly payload: {
    readonly hotkey: string;
    readonly uids: number[];
    readonly values: number[];
    readonly hex: string;
  };
  readonly extrinsic: { readonly method: string; readonly commitOffset: number; readonly commitBytes: number };
  readonly ciphertexts: readonly { readonly plaintext: string; readonly ciphertext: string }[];
}
const v: Vectors = JSON.parse(
  readFileSync(new URL("../../../test/vectors/chain-timelock.json", import.meta.url), "utf8"),
);
const bytes = (hex: string) => fromHex("vector", hex);
const pulse = { round: v.pulse.round, signature: bytes(v.pulse.signature) };
const beacon = createBeacon(new Uint8Array(32).fill(7), { genesisSeconds: 100, periodSeconds: 0.25 });
const own = encryptTimelocked({ plaintext: utf8("hello"), round: 5, beacon });
/** Any error but the expected one fails. */
const only = (types: readonly (new (...options: never[]) => Error)[], run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (!types.some((type) => error instanceof type)) throw error;
  }
};

describe("a payload", () => {
  const { hotkey, uids, values, hex } = v.payload;
  const payload = { hotkey: bytes(hotkey), uids, values, versionKey: 0n };

  it("is the chain's 55 bytes, and is read back", () => {
    expect(toHex(encodeWeightPayload(payload))).toBe(hex);
    expect(decodeWeightPayload(bytes(hex))).toEqual(payload);
  });

  it("of the older form has no hotkey", () => {
    const older = encodeWeightPayload({ ...payload, hotkey: null });
    expect(toHex(older)).toBe(hex.slice(66));
    expect(decodeWeightPayload(older)).toEqual({ ...payload, hotkey: null });
  });

  it("is refused where a number does not fit or lists differ", () => {
    expect(() => encodeWeightPayload({ ...payload, uids: [0, 1] })).toThrow("values must be as many as the uids (2)");
    expect(() => encodeWeightPayload({ ...payload, values: [1, 2, 65_536] })).toThrow(
      "values[2] must be a whole number",
    );
    expect(() => encodeWeightPayload({ ...payload, hotkey: new Uint8Array(31) })).toThrow("hotkey must be 32 bytes");
    expect(() => encodeWeightPayload({ ...payload, versionKey: 2n ** 64n })).toThrow("versionKey must be");
  });

  it("survives the way there and back for any weights", () => {
    const u16 = fc.integer({ min: 0, max: 65_535 });
    const pairs = fc.array(fc.tuple(u16, u16), { maxLength: 300 });
    const key = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }));
    fc.assert(
      fc.property(key, pairs, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (hotkey, rows, versionKey) => {
        const any = { hotkey, uids: rows.map(([uid]) => uid), values: rows.map(([, value]) => value), versionKey };
        const back = decodeWeightPayload(encodeWeightPayload(any));
        expect(back).toEqual(any);
      }),
    );
  });

  it("of any bytes is a payload or a typed error", () => {
    const near = fc.tuple(fc.nat(hex.length / 2 - 1), fc.nat(255)).map(([at, byte]) => {
      const changed = bytes(hex);
      changed[at] = byte;
      return changed;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), near), (any) =>
        only([TimelockInvalidError], () => {
          const { hotkey, uids, values } = decodeWeightPayload(any);
          expect(uids.length).toBe(values.length);
          expect([32, undefined]).toContain(hotkey?.length);
        }),
      ),
      { numRuns: 1000 },
    );
    expect(() => decodeWeightPayload(Uint8Array.of(254, 255, 255, 255))).toThrow(TimelockInvalidError);
    // A length of four bytes, and one of the big-integer form.
    expect(() => decodeWeightPayload(Uint8Array.of(2, 0, 1, 0))).toThrow(TimelockInvalidError);
    expect(() => decodeWeightPayload(Uint8Array.of(3, 255, 255, 255, 255))).toThrow("has a length beyond 2^30");
    expect(() => decodeWeightPayload(bytes(`${hex}00`))).toThrow("has 1 bytes too many");
    // 32 in two bytes where one would do: the chain's codec refuses it too.
    expect(() => decodeWeightPayload(bytes(`8100${hex.slice(2)}`))).toThrow("not in its shortest form");
  });
});

describe("rounds", () => {
  it.each(v.identities)("round %i is hashed as a big-endian u64", (round, identity) => {
    expect(toHex(roundIdentity(round))).toBe(identity);
  });

  it("begin with 1 at genesis and come once a period", () => {
    expect(roundTimeMs(QUICKNET, 1)).toBe(1_692_803_367_000);
    expect(roundTimeMs(QUICKNET, 1000)).toBe(1_692_806_364_000);
    expect([-1, 0, 2999, 3000].map((ms) => latestRound(QUICKNET, roundTimeMs(QUICKNET, 1) + ms))).toEqual([0, 1, 1, 2]);
    expect(() => roundIdentity(0)).toThrow("round must be a whole number of at least 1");
  });
});

describe("a pulse", () => {
  it("published by drand verifies against quicknet's key, and for its round alone", () => {
    expect(verifyPulse(QUICKNET, pulse)).toBe(true);
    expect(verifyPulse(QUICKNET, { ...pulse, round: 1001 })).toBe(false);
    expect(verifyPulse(beacon, pulse)).toBe(false);
  });

  it("of an own beacon verifies the same way", () => {
    expect(verifyPulse(beacon, { round: 9, signature: beacon.sign(9) })).toBe(true);
    expect(beacon).toMatchObject({ genesisSeconds: 100, periodSeconds: 0.25 });
    expect(() => createBeacon(new Uint8Array(32))).toThrow("secret must not be zero");
    expect(() => createBeacon(new Uint8Array(31))).toThrow("secret must be 32 bytes long");
  });

  it("that is no point of the subgroup is refused by name", () => {
    const identity = bytes(`c0${"00".repeat(47)}`);
    // x = 4 is on the curve and outside the subgroup.
    const outside = bytes(`80${"00".repeat(46)}04`);
    for (const signature of [identity, outside, new Uint8Array(48).fill(255), new Uint8Array(47)])
      expect(() => verifyPulse(QUICKNET, { round: 1, signature })).toThrow(/^pulseSignature /);
    const keys = [new Uint8Array(96), bytes(`c0${"00".repeat(95)}`), bytes(`80${"00".repeat(94)}02`)];
    for (const publicKey of keys)
      expect(() => verifyPulse({ ...QUICKNET, publicKey }, pulse)).toThrow("publicKey is no point of BLS12-381's G2");
  });
});

describe("timelock encryption", () => {
  it.each(v.ciphertexts)(
    "opens what bittensor-core encrypted to drand's round 1000 (%#)",
    ({ plaintext, ciphertext }) => {
      expect(toHex(decryptTimelocked(bytes(ciphertext), pulse.signature))).toBe(plaintext);
    },
  );

  it("adds 244 bytes and opens with the pulse of the round, and no other", () => {
    expect(own.length).toBe(249);
    expect(decryptTimelocked(own, beacon.sign(5))).toEqual(utf8("hello"));
    expect(() => decryptTimelocked(own, beacon.sign(6))).toThrow(TimelockSealedError);
    expect(() => decryptTimelocked(own, pulse.signature)).toThrow(TimelockSealedError);
  });

  it("has the layout of a real commit: 303 bytes for 4 uids", () => {
    const { method, commitOffset, commitBytes } = v.extrinsic;
    const commit = bytes(method).subarray(commitOffset, commitOffset + commitBytes);
    const parts = parseTimelocked(commit);
    expect(parts).toMatchObject({ nonce: bytes("f6e30fc8e613b20200bf45fe") });
    expect(parts.sealed.length - 16).toBe(59);
    expect(toHex(parts.oneTimeKey).slice(0, 8)).toBe("add79c4f");
    expect(() => decryptTimelocked(commit, pulse.signature)).toThrow(TimelockSealedError);
  });

  it("gives the same bytes for the same random numbers, else others", () => {
    const make = (seed: number) =>
      toHex(encryptTimelocked({ plaintext: utf8("x"), round: 1, beacon, random: createRandom(seed) }));
    expect(make(1)).toBe(make(1));
    expect(make(1)).not.toBe(make(2));
  });

  it("refuses what the chain would not take", () => {
    const encrypt = (changes: object) => encryptTimelocked({ plaintext: utf8("x"), round: 1, beacon, ...changes });
    expect(encrypt({ plaintext: new Uint8Array(4756) }).length).toBe(MAX_TIMELOCKED_BYTES);
    expect(() => encrypt({ plaintext: new Uint8Array(4757) })).toThrow("plaintext must be at most 4756 bytes long");
    expect(() => encrypt({ round: 0 })).toThrow("round must be");
    expect(() => encrypt({ beacon: { ...beacon, publicKey: new Uint8Array(96) } })).toThrow("publicKey is no point");
  });

  it("notices every changed byte", () => {
    const signature = beacon.sign(5);
    fc.assert(
      fc.property(fc.nat(own.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = own.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(() => decryptTimelocked(changed, signature)).toThrow(/timelocked weights/);
      }),
      { numRuns: 60 },
    );
  });

  it("of any bytes is a ciphertext or a typed error", () => {
    const cut = fc.nat(own.length).map((length) => own.subarray(0, length));
    const overwritten = fc
      .tuple(fc.nat(own.length - 1), fc.uint8Array({ minLength: 1, maxLength: 9 }))
      .map(([at, patch]) => Uint8Array.from(own, (byte, i) => patch[i - at] ?? byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), cut, overwritten), (any) =>
        only([TimelockInvalidError], () => parseTimelocked(any)),
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 56 }), (signature) =>
        only([InvalidArgumentError], () => decryptTimelocked(own, signature)),
      ),
    );
  });

  it.each([
    ["ciphertext is longer than 5000 bytes", new Uint8Array(5001)],
    ["U wants 96 bytes where 0 are left", new Uint8Array()],
    ["V wants 18446744073709551615 bytes", Uint8Array.from(own, (byte, i) => (i >= 96 && i < 104 ? 255 : byte))],
    ["body has another length than its parts", Uint8Array.from(own, (byte, i) => (i === 176 ? byte + 1 : byte))],
    ["cipher suite is not AES_GCM_", Uint8Array.from(own, (byte, i) => (i === own.length - 1 ? 0 : byte))],
    ["ciphertext has 1 bytes too many", Uint8Array.of(...own, 0)],
    ["U is no point of BLS12-381's G2", Uint8Array.from(own, (byte, i) => (i < 96 ? 0 : byte))],
  ])("says that %s", (problem, damaged) => {
    expect(() => parseTimelocked(damaged)).toThrow(problem);
  });
});

describe("the self-test", () => {
  it("passes with quicknet's key, and with no other", () => {
    expect(testTimelock()).toBeUndefined();
    expect(() => testTimelock(beacon)).toThrow(TimelockSelfTestError);
    expect(() => testTimelock({ ...beacon, publicKey: new Uint8Array(96) })).toThrow("a ciphertext cannot be opened");
  });
});

describe("errors", () => {
  it("say what is wrong and what to do", () => {
    expect(
      new TimelockInvalidError({ part: "nonce", problem: "has 11 bytes and not 12" }).message,
    ).toMatchInlineSnapshot(`
      "The timelocked weights are damaged: nonce has 11 bytes and not 12.

      Part: nonce"
    `);
    expect(new TimelockSealedError().message).toMatchInlineSnapshot(`
      "The pulse does not open the timelocked weights.

      Hint: Take the pulse of the round they were committed for."
    `);
    expect(new TimelockSelfTestError({ problem: "a ciphertext cannot be opened" }).message).toMatchInlineSnapshot(`
      "Timelock encryption does not work here: a ciphertext cannot be opened.

      Hint: Install the package anew with npm ci; weights committed like this would never be revealed."
    `);
  });
});
