import { Hono } from "hono";
import { ChainRefusedError } from "../chain/index.ts";
import { type Clock, errorText, InvalidArgumentError, type Logger } from "../core/index.ts";
import {
  type AuthenticatedEnv,
  answerErrors,
  answerNotFound,
  authenticated,
  createMemoryNonceStore,
  RequestRefusedError,
} from "../protocol/index.ts";
import { firstIssue } from "../schema.ts";
import { isAddress } from "../wallet/index.ts";
import { callSchema } from "./calls.ts";
import type { Ledger } from "./ledger.ts";
import { isLoopback } from "./loopback.ts";

const CALL_LIMIT_BYTES = 65_536;
/** JSON has no integer of 64 bits: rao travel as decimal strings. */
const toJson = (value: unknown) =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part));

/**
 * The ledger as a function of a request: reads are open, calls are signed by the key in whose name they act (btauth/1, bound to
 * the ledger's own address, each nonce once). It answers to loopback names only: a page of a stranger whose name was pointed at
 * 127.0.0.1 (DNS rebinding) reads nothing.
 *
 * @param self address of the ledger's own key, told by `GET /`.
 * @example
 * (await createLedgerApp({ self }, { ledger, clock, logger }).request("/")).status; // 200
 */
export function createLedgerApp(
  { self }: { readonly self: string },
  { ledger, clock, logger }: { readonly ledger: Ledger; readonly clock: Clock; readonly logger: Logger },
): Hono<AuthenticatedEnv> {
  const app = new Hono<AuthenticatedEnv>();
  const json = (value: unknown, status = 200) =>
    new Response(toJson(value), { status, headers: { "content-type": "application/json" } });
  const refusal = (error: unknown): Response => {
    if (error instanceof ChainRefusedError) {
      const { refusal: name, values, shortMessage } = error;
      return json({ error: { code: "CHAIN_REFUSED", message: shortMessage, refusal: name, values } }, 409);
    }
    if (error instanceof InvalidArgumentError)
      return json({ error: { code: error.code, message: error.shortMessage } }, 400);
    throw error;
  };
  const read = (work: () => unknown): Response => {
    try {
      return json(work());
    } catch (error) {
      return refusal(error);
    }
  };
  app.onError(
    answerErrors(
      {},
      { onInternalError: (error, id) => logger.error("A ledger request failed", { id, error: errorText(error) }) },
    ),
  );
  app.notFound(answerNotFound());
  app.use(async function checkHost(c, next) {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    if (!isLoopback(host.replace(/:\d*$/, "")))
      throw new RequestRefusedError({ code: "FORBIDDEN", problem: "the Host is not a loopback address" });
    await next();
  });
  app.get("/", () =>
    json({ name: "conversion-subnet ledger", address: self, block: ledger.block, blockHash: ledger.blockHash }),
  );
  app.get("/metagraph/:netuid{[0-9]{1,5}}", (c) => read(() => ledger.metagraph(Number(c.req.param("netuid")))));
  app.get("/hyperparameters/:netuid{[0-9]{1,5}}", (c) =>
    read(() => ledger.hyperparameters(Number(c.req.param("netuid")))),
  );
  app.get("/balance/:coldkey", (c) =>
    read(() => {
      const coldkey = c.req.param("coldkey");
      if (!isAddress(coldkey))
        throw new InvalidArgumentError({ argument: "coldkey", problem: "is not an SS58 address" });
      return { rao: ledger.balance(coldkey) };
    }),
  );
  app.post(
    "/calls",
    authenticated(
      { self, bodyLimitBytes: CALL_LIMIT_BYTES },
      { nonceStore: createMemoryNonceStore({}, { clock }), clock },
    ),
    (c) => {
      let value: unknown;
      try {
        value = JSON.parse(new TextDecoder().decode(c.get("body")));
      } catch {
        return json({ error: { code: "BAD_REQUEST", message: "the body is not JSON" } }, 400);
      }
      const call = callSchema.safeParse(value);
      if (!call.success) {
        const { field, problem } = firstIssue(call.error);
        return json({ error: { code: "BAD_REQUEST", message: `${field}: ${problem}` } }, 400);
      }
      const { hotkey } = c.get("caller");
      try {
        const result = ledger.submit(call.data, hotkey);
        logger.info("Call applied", { type: call.data.type, caller: hotkey, uid: result.uid, block: ledger.block });
        return json({ uid: result.uid });
      } catch (error) {
        return refusal(error);
      }
    },
  );
  return app;
}
