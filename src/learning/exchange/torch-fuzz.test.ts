import { readFileSync } from "node:fs";
import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import { expect, it } from "vitest";
import { importTorch } from "./torch-import.ts";

const FILES = ["transposed-2", "wrapped-1", "half-2", "whole-module-2"].map(
  (name) => new Uint8Array(readFileSync(new URL(`../../../test/vectors/torch/${name}.pt`, import.meta.url))),
);

/** One way to damage bytes; places are shares of the length, so that they fit any. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant("splice" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Uint8Array, list: readonly Damage[]): Uint8Array {
  let out = bytes.slice();
  for (const one of list) {
    const at = Math.floor(one.at * Math.max(0, out.length - 1));
    if (one.kind === "flip") out[at] = one.byte;
    else if (one.kind === "cut") out = out.slice(0, at);
    else if (one.kind === "insert") out = Buffer.concat([out.subarray(0, at), one.bytes, out.subarray(at)]);
    else {
      const from = Math.floor(one.from * out.length);
      out.set(out.slice(from, from + Math.min(one.length, out.length - at)), at);
    }
  }
  return new Uint8Array(out);
}

/** A model, or a refusal with a reason; nothing else. */
async function endsWell(bytes: Uint8Array): Promise<boolean> {
  const result = await importTorch(bytes).then(
    () => "a model",
    (error: unknown) => error,
  );
  if (result !== "a model") expect(result).toMatchObject({ code: "MODEL_FILE_INVALID", reason: expect.any(String) });
  return result === "a model";
}
const damages = fc.array(damage, { minLength: 1, maxLength: 4 });

it("a damaged archive is a model or a refusal", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FILES), damages, async (bytes, list) => {
      await endsWell(damaged(bytes, list));
    }),
    { numRuns: 1_000 },
  );
});

it("a damaged pickle in a sound archive is a model or a refusal", async () => {
  let models = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FILES), damages, async (bytes, list) => {
      const entries = Object.entries(unzipSync(bytes)).map(([name, content]): [string, Uint8Array] => [
        name,
        name.endsWith("data.pkl") ? damaged(content, list) : content,
      ]);
      if (await endsWell(zipSync(Object.fromEntries(entries), { level: 0 }))) models += 1;
    }),
    { numRuns: 1_500 },
  );
  // Some damage does no harm: otherwise the damage would be too rough to try much.
  expect(models).toBeGreaterThan(0);
});

it("opcodes in any order, from those that a state_dict has, are a model or a refusal", async () => {
  const names = ["ctorch._utils\n_rebuild_tensor_v2\n", "ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n"];
  const pieces = [
    ..."(0Nt)]ae}suRQb\x85\x86\x87\x88\x89\x93\x94",
    "K\x01",
    "q\x00",
    "h\x00",
    "X\x01\x00\x00\x00a",
    ...names,
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), async (list) => {
      const pickle = Buffer.from(`\x80\x02${list.join("")}.`, "latin1");
      await endsWell(zipSync({ "x/data.pkl": pickle, "x/data/0": new Uint8Array(64) }, { level: 0 }));
    }),
    { numRuns: 1_500 },
  );
});
