/** What rooms count by is in the table: else it would be "other". */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ChainCall } from "../src/chain/index.ts";
import { axon, btauth, FEEDBACK_PATH, QUESTION_PATH, REFUSALS } from "../src/protocol/index.ts";
import { METRICS } from "../src/telemetry/index.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../src/${path}`, import.meta.url)), "utf8");
const codesIn = (path: string) => [...read(path).matchAll(/code: "([A-Z_]+)"/g)].map(([, code = ""]) => code);
const { route, wire, outcome } = METRICS.conversion_subnet_requests_total.labels;

describe("the values of labels", () => {
  it("have every wire format and route", () => {
    expect(wire).toEqual(expect.arrayContaining([btauth.name, axon.name]));
    expect(route).toEqual(expect.arrayContaining([QUESTION_PATH, FEEDBACK_PATH]));
  });

  it("have every code that a request is refused with", () => {
    const errors = codesIn("protocol/errors.ts").filter(
      (code) => !["PORT_UNAVAILABLE", "REQUEST_FAILED"].includes(code),
    );
    expect(errors.length).toBeGreaterThan(5);
    expect(outcome).toEqual(expect.arrayContaining([...errors, ...Object.keys(REFUSALS)]));
  });

  it("have every write and every read of the chain", () => {
    const { call } = METRICS.conversion_subnet_chain_writes_total.labels;
    const types: readonly ChainCall["type"][] = call;
    const all = [...read("chain/calls.ts").matchAll(/readonly type: "(\w+)"/g)].map(([, type = ""]) => type);
    expect([...types].sort()).toEqual(all.sort());
    const reads = [...read("chain/metered.ts").matchAll(/(?:timed|seen)\("(\w+)"/g)].map(([, name = ""]) => name);
    expect([...METRICS.conversion_subnet_chain_calls_total.labels.call].sort()).toEqual(reads.sort());
  });

  it("have every reason of the policy, and every way in which asking a miner ends", () => {
    const reasons = /const REASONS = \{([\s\S]*?)\} as const/.exec(read("miner/policy.ts"))?.[1] ?? "";
    const keys = [...reasons.matchAll(/^ {2}(\w+):/gm)].map(([, key = ""]) => key);
    expect(keys).toEqual(METRICS.conversion_subnet_policy_refusals_total.labels.reason);
    const failures = /export type FailureReason = (.*);/.exec(read("protocol/errors.ts"))?.[1] ?? "";
    const kinds = [...failures.matchAll(/"([\w ]+)"/g)].map(([, kind = ""]) => kind);
    expect(kinds.length).toBeGreaterThan(4);
    expect(METRICS.conversion_subnet_answers_total.labels.kind).toEqual(
      expect.arrayContaining(["ok", "busy", ...kinds]),
    );
  });
});
