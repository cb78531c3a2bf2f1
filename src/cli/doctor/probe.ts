import { createServer } from "node:net";
import { cryptoRandom, errorText, utf8 } from "../../core/index.ts";
import { QUESTION_PATH, RequestFailedError, type SignedResponse, signedFetch } from "../../protocol/index.ts";
import { FEATURES, type Features, fromVector, type Question, questionToWire } from "../../schema.ts";
import { type Keypair, keypairFromSeed, type Signer } from "../../wallet/index.ts";
import { wiresOf } from "../wires.ts";
import type { Facts } from "./facts.ts";

const PROBE_TIMEOUT_MS = 4_000;
/** The code of what is said in words of no format of ours. */
export const FOREIGN = "FOREIGN";

/** A key that nobody knows. */
export const throwawayKey = (): Keypair => keypairFromSeed(cryptoRandom.bytes(32));

/** A question about no conversation; `fill` is every number of it. */
export function sampleQuestion(fill: number | null = 1): Question {
  const unknown = Object.fromEntries(FEATURES.map(({ name }) => [name, null]));
  return {
    sessionId: `doctor-${Buffer.from(cryptoRandom.bytes(8)).toString("hex")}`,
    features:
      fill === null
        ? (unknown as Features)
        : { ...fromVector(new Float64Array(FEATURES.length).fill(fill)), hour_of_day: null, day_of_week: null },
    landmark: { messages: 4 },
    horizonSeconds: 1_800,
  };
}

/** How a server answered a signed question. */
export type Reply =
  /** `code`: "OK", one of the refusals of docs/errors.md, or {@link FOREIGN} for words of no format of ours. */
  | { readonly there: true; readonly code: string; readonly message: string; readonly ms: number }
  | { readonly there: false; readonly problem: string };

/** What the words of an axon mean: it has statuses, and no codes. */
const AXON_WORDS: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/blacklisted/i, "FORBIDDEN"],
  [/receiv|another hotkey|axon.hotkey/i, "WRONG_RECEIVER"],
  [/nonce/i, "STALE_REQUEST"],
  [/signature/i, "BAD_SIGNATURE"],
];

function readReply(response: SignedResponse): { readonly code: string; readonly message: string } {
  let value: unknown;
  try {
    value = response.json();
  } catch {
    return { code: FOREIGN, message: `status ${response.status}, and no JSON` };
  }
  const found = value as {
    error?: { code?: unknown; message?: unknown };
    message?: unknown;
    prediction?: unknown;
  } | null;
  if (response.status === 200) {
    const code = typeof found === "object" && found?.prediction !== undefined ? "OK" : FOREIGN;
    return { code, message: code === "OK" ? "answered" : "status 200, and no answer" };
  }
  const message = String(found?.error?.message ?? found?.message ?? `status ${response.status}`).slice(0, 200);
  if (typeof found?.error?.code === "string") return { code: found.error.code, message };
  if (response.headers.get("bt_header_axon_status_code") === null) return { code: FOREIGN, message };
  return { code: AXON_WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? `HTTP_${response.status}`, message };
}

/** Asks a signed question of the axon at an address, in the first format of `--wires` that it understands. */
export async function askSigned(
  { flags, clock }: Pick<Facts, "flags" | "clock">,
  { host, port }: { readonly host: string; readonly port: number },
  { signer, receiver, signal }: { readonly signer: Signer; readonly receiver: string; readonly signal: AbortSignal },
): Promise<Reply> {
  let last: Reply = { there: false, problem: "nothing was asked" };
  for (const wire of wiresOf(flags)) {
    if (!wire.schemes.includes(signer.scheme)) continue;
    const body = utf8(JSON.stringify(questionToWire(sampleQuestion())));
    const startMs = clock.monotonicMs();
    try {
      const response = await signedFetch(
        `http://${host}:${port}${QUESTION_PATH}`,
        { method: "POST", body, receiver, timeoutMs: PROBE_TIMEOUT_MS, wire, signal },
        { signer, clock },
      );
      last = { there: true, ...readReply(response), ms: Math.round((clock.monotonicMs() - startMs) * 10) / 10 };
      if (last.code !== FOREIGN) return last;
    } catch (error) {
      signal.throwIfAborted();
      return { there: false, problem: error instanceof RequestFailedError ? error.reason : errorText(error) };
    }
  }
  return last;
}

/** Whether a port can be listened on now: null = yes, else the system's code. */
export function portProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
