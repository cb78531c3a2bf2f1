import { extname, resolve } from "node:path";
import { systemClock } from "../../core/index.ts";
import { profilePath, readModelFile, readProfileFile } from "../../learning/index.ts";
import { fileHash } from "../../miner/index.ts";
import { createClient, createMinerApp, serve } from "../../protocol/index.ts";
import { isGoodAnswer } from "../../schema.ts";
import { openServedModel, type ServedModel } from "../served-model.ts";
import { wiresOf } from "../wires.ts";
import { type Check, type Finding, failed, failedBy, given, notTested, ok, warning } from "./check.ts";
import { type Facts, quoted } from "./facts.ts";
import { sampleQuestion, throwawayKey } from "./probe.ts";

const TIMED = 200;
/** As `miner run` gives its predictor. */
const PREDICT_DEADLINE_MS = 5_000;
/** Slower than this, a miner loses score to its own model. */
const SLOW_MS = 100;
const never = new AbortController().signal;

async function checkModel(facts: Facts, open: () => Promise<ServedModel>): Promise<Finding> {
  const { model: path, baseline } = facts.flags;
  if (typeof path !== "string") {
    const train = "npx conversion-subnet train train.csv --out model";
    if (baseline === true) return warning("the base rate is served, which earns little", { baseline: true }, train);
    return failed("no model is named", { model: null }, [train, "# then add: --model model.safetensors"]);
  }
  let served: ServedModel;
  try {
    served = await open();
  } catch (error) {
    return failedBy(error, extname(path) === ".safetensors" ? `npx conversion-subnet inspect ${quoted(path)}` : []);
  }
  const call = { signal: never };
  for (const fill of [1, 0, null]) {
    const answer = await served.predictor.predict(sampleQuestion(fill), call);
    if (!isGoodAnswer(answer))
      return failed(`${path} gives an answer that cannot be sent: ${JSON.stringify(answer)}`, { model: path });
  }
  const times: number[] = [];
  for (let i = 0; i < TIMED; i++) {
    const startMs = facts.clock.monotonicMs();
    await served.predictor.predict(sampleQuestion(), call);
    times.push(facts.clock.monotonicMs() - startMs);
  }
  times.sort((a, b) => a - b);
  const p99 = Math.round((times[Math.floor(TIMED * 0.99)] ?? 0) * 100) / 100;
  const values = { model: path, p99Ms: p99, deadlineMs: PREDICT_DEADLINE_MS };
  const text = `${path} fits the feature table (${served.text}); 99 of 100 answers within ${p99} ms`;
  if (p99 > PREDICT_DEADLINE_MS) return failed(`${text}, and the base rate is answered after 5 s`, values);
  if (p99 > SLOW_MS) return warning(`${text}: time costs score`, values);
  return ok(text, values);
}

async function checkProfile({ flags }: Facts): Promise<Finding> {
  const path = flags.model;
  if (typeof path !== "string" || extname(path) !== ".safetensors")
    return notTested("only a model file of ours has one");
  await readModelFile(path);
  const write = `npx conversion-subnet drift ${quoted(path)} --data train.csv --write`;
  const beside = await readProfileFile(profilePath(path));
  if (beside === null)
    return warning(
      `there is no ${profilePath(path)}: drift of the questions is not watched`,
      { profile: false },
      write,
    );
  if (beside.modelHash !== (await fileHash(path)))
    return warning(`${profilePath(path)} belongs to another model: drift is not watched`, { profile: false }, write);
  return ok(`${profilePath(path)} says what it was trained on: drift is watched`, {
    profile: true,
    rows: beside.profile.rows,
  });
}

/**
 * The whole way of a question on this machine: signed with the hotkey, sent over loopback to a server like the miner's, checked,
 * answered by the model, read. It needs neither the chain nor the running node.
 */
async function checkAnswer(facts: Facts, open: () => Promise<ServedModel>, signal: AbortSignal): Promise<Finding> {
  return given(open(), "no model to ask", async ({ predictor }) => {
    const own = await facts.keypair().catch(() => null);
    const { signer } = own ?? throwawayKey();
    const app = createMinerApp(
      { self: signer.address, wires: wiresOf(facts.flags), answerTimeoutMs: PREDICT_DEADLINE_MS + 1_000 },
      {
        answer: async (question, _caller, call) => predictor.predict(question, call),
        authorize: ({ hotkey }) =>
          hotkey === signer.address ? { allowed: true } : { allowed: false, reason: "this is doctor's own door" },
        clock: systemClock,
      },
    );
    const server = await serve(app, { port: 0, signal });
    const client = createClient({ timeoutMs: PREDICT_DEADLINE_MS, wires: wiresOf(facts.flags) }, { signer });
    try {
      const peer = { hotkey: signer.address, host: "127.0.0.1", port: server.port };
      const first = await client.ask(peer, sampleQuestion(), { signal });
      const result = await client.ask(peer, sampleQuestion(), { signal });
      const who = own === null ? "a key made for it" : "the hotkey";
      if (!first.ok || !result.ok) {
        const { reason, message } = first.ok ? (result as Extract<typeof result, { ok: false }>) : first;
        return failed(`a question signed with ${who} was not answered: ${reason}, ${message}`, { answered: false });
      }
      const ms = (seconds: number) => Math.round(seconds * 10_000) / 10;
      const values = {
        answered: true,
        ownKey: own !== null,
        firstMs: ms(first.latencySeconds),
        ms: ms(result.latencySeconds),
      };
      return ok(
        `a question signed with ${who} came back answered over loopback: the first in ${values.firstMs} ms, the next in ${values.ms} ms`,
        values,
      );
    } finally {
      client.close();
      await server.close();
    }
  });
}

/** What is served. */
export function modelChecks(facts: Facts): { readonly checks: Check[]; close(): Promise<void> } {
  let opened: Promise<ServedModel> | undefined;
  const open = () => {
    const { model } = facts.flags;
    opened ??=
      typeof model === "string"
        ? openServedModel(resolve(model), facts.flags)
        : Promise.reject(new Error("none is named"));
    opened.catch(() => undefined);
    return opened;
  };
  return {
    checks: [
      { name: "model", run: () => checkModel(facts, open) },
      {
        name: "profile",
        run: () =>
          given(Promise.resolve(), "", () => checkProfile(facts)).catch(() => notTested("the model cannot be read")),
      },
      { name: "answer", run: (signal) => checkAnswer(facts, open, signal) },
    ],
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}
