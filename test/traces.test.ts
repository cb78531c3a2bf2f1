import { trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger, systemClock, type Tracing } from "../src/core/index.ts";
import { QUESTION_PATH, signedFetch } from "../src/protocol/index.ts";
import { questionToWire } from "../src/schema.ts";
import { openTracing } from "../src/telemetry/index.ts";
import { createGate } from "../src/validator/gate.ts";
import { createMemoryHistory } from "../src/validator/history/memory.ts";
import { askRound } from "../src/validator/round.ts";
import { answer, newClient, question, self, signer, start } from "./support/wires.ts";

const exporter = new InMemorySpanExporter();
let tracing: Tracing;
beforeEach(async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  tracing = await openTracing({ version: "0.0.0" });
});
afterEach(() => {
  trace.disable();
  exporter.reset();
});
/** Spans by name, each with whose part it is. */
const spans = () =>
  exporter.getFinishedSpans().map((span) => {
    const { spanId: id, traceId } = span.spanContext();
    return { name: span.name, id, trace: traceId, parent: span.parentSpanContext?.spanId, failed: span.status.message };
  });
const named = (name: string) => spans().filter((span) => span.name === name);

async function round(traced: { validator?: Tracing; miner?: Tracing }, failing = false) {
  const answering = failing ? () => Promise.reject(new Error("no model")) : async () => answer;
  const peer = await start({ answer: answering, tracing: traced.miner });
  const open = {
    number: 7,
    conversationId: "c",
    stratum: "s",
    askedAtSeconds: 0,
    landmark: { messages: 4 },
    question,
  };
  const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 };
  const record = { frozen, mode: { name: "seed-v1", version: 1, constants: {} } };
  const live = { client: newClient({}), gate: createGate(8), history: createMemoryHistory(), logger: silentLogger };
  const limits = { timeoutMs: 5_000, signal: new AbortController().signal };
  return askRound(open, [peer], record, limits, { ...live, clock: systemClock, tracing: traced.validator });
}

describe("a trace", () => {
  it("goes from a validator's question over HTTP to a miner's prediction", async () => {
    await round({ validator: tracing, miner: tracing });
    const [asked] = named("question");
    const [asking] = named("ask a miner");
    const [answered] = named("answer a question");
    const [predicted] = named("predict");
    expect(asked).toMatchObject({ parent: undefined });
    expect(asking).toMatchObject({ parent: asked?.id, trace: asked?.trace });
    expect(answered).toMatchObject({ parent: asking?.id, trace: asked?.trace });
    expect(predicted).toMatchObject({ parent: answered?.id, trace: asked?.trace });
    expect(spans()).toHaveLength(4);
  });

  it("says what failed, on both sides", async () => {
    await round({ validator: tracing, miner: tracing }, true);
    expect(named("predict")).toMatchObject([{ failed: "no model" }]);
    expect(named("ask a miner")).toMatchObject([{ failed: "refused" }]);
    expect(named("question")).toMatchObject([{ failed: undefined }]);
  });

  it("begins anew at a miner whose validator traces nothing, and is nothing to one that does not trace", async () => {
    await round({ miner: tracing });
    expect(named("answer a question")).toMatchObject([{ parent: undefined }]);
    exporter.reset();
    expect((await round({ validator: tracing })).get(self)).toMatchObject({ ok: true });
    expect(spans().map(({ name }) => name)).toEqual(["ask a miner", "question"]);
  });

  it.each([
    "nonsense",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01${"0".repeat(2_000)}`,
  ])("takes nothing from a stranger's traceparent that is none: %.60s", async (traceparent) => {
    const { url } = await start({ tracing });
    const body = new TextEncoder().encode(JSON.stringify(questionToWire(question)));
    const asking = { method: "POST", body, receiver: self, headers: { traceparent } } as const;
    expect((await signedFetch(url + QUESTION_PATH, asking, { signer })).status).toBe(200);
    expect(named("answer a question")).toMatchObject([{ parent: undefined }]);
    expect(named("answer a question")[0]?.trace).not.toContain("4bf92f3577b34da6");
  });

  it("is begun for nobody who has not proved who he is", async () => {
    const { url } = await start({ tracing });
    expect((await fetch(url + QUESTION_PATH, { method: "POST", body: "{}" })).status).toBe(401);
    expect(spans()).toEqual([]);
  });

  it("has no header where no SDK is registered", async () => {
    trace.disable();
    expect((await openTracing({ version: "0.0.0" })).begin("question").traceparent).toBeNull();
  });
});
