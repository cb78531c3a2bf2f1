import { type Context, Hono } from "hono";
import { type Clock, errorText, InvalidArgumentError, type Logger } from "../core/index.ts";
import {
  type AuthenticatedEnv,
  answerErrors,
  answerNotFound,
  authenticated,
  createMemoryNonceStore,
  RequestRefusedError,
} from "../protocol/index.ts";
import { isAddress } from "../wallet/index.ts";
import { callSchema } from "./calls.ts";
import { addDevRoutes } from "./dev-app.ts";
import { bodyAtMost, bodyOf, jsonReply, refusalReply, replyOf } from "./json-reply.ts";
import type { Ledger } from "./ledger.ts";
import { isLoopback } from "./loopback.ts";

const CALL_LIMIT_BYTES = 65_536;

/**
 * The ledger as a function of a request: reads are open, calls are signed by the key in whose name they act (btauth/1, bound to
 * the ledger's own address, each nonce once). It answers to loopback names only: a page of a stranger whose name was pointed at
 * 127.0.0.1 (DNS rebinding) reads nothing. Development commands are signed by nobody.
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
    jsonReply({ name: "conversion-subnet ledger", address: self, block: ledger.block, blockHash: ledger.blockHash }),
  );
  const netuid = ":netuid{[0-9]{1,5}}";
  const mechanismOf = (c: Context) => {
    const text = c.req.query("mechanism") ?? "0";
    if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError({ argument: "mechanism", problem: "is no number" });
    return Number(text);
  };
  const addressOf = (c: Context, argument: string) => {
    const address = c.req.param(argument) ?? "";
    if (!isAddress(address)) throw new InvalidArgumentError({ argument, problem: "is not an SS58 address" });
    return address;
  };
  const netuidOf = (c: Context) => Number(c.req.param("netuid"));
  app.get("/info", () => jsonReply(ledger.info()));
  app.get("/head", () => jsonReply(ledger.head()));
  app.get("/subnets", () => jsonReply(ledger.subnets()));
  app.get(`/metagraph/${netuid}`, (c) => replyOf(() => ledger.metagraph(netuidOf(c), mechanismOf(c))));
  app.get(`/hyperparameters/${netuid}`, (c) => replyOf(() => ledger.hyperparameters(netuidOf(c))));
  app.get(`/epoch/${netuid}`, (c) => replyOf(() => ledger.epochState(netuidOf(c))));
  app.get(`/weights/${netuid}`, (c) => replyOf(() => ledger.weights(netuidOf(c), mechanismOf(c))));
  app.get(`/uid/${netuid}/:hotkey`, (c) => replyOf(() => ({ uid: ledger.uid(netuidOf(c), addressOf(c, "hotkey")) })));
  app.get(`/commits/${netuid}/:hotkey`, (c) =>
    replyOf(() =>
      ledger.pendingCommits({ netuid: netuidOf(c), mechanism: mechanismOf(c), hotkey: addressOf(c, "hotkey") }),
    ),
  );
  app.get("/balance/:coldkey", (c) => replyOf(() => ({ rao: ledger.balance(addressOf(c, "coldkey")) })));
  app.post(
    "/calls",
    authenticated(
      { self, bodyLimitBytes: CALL_LIMIT_BYTES },
      { nonceStore: createMemoryNonceStore({}, { clock }), clock },
    ),
    (c) => {
      const call = bodyOf(c.get("body"), callSchema);
      if (call instanceof Response) return call;
      const { hotkey } = c.get("caller");
      try {
        const receipt = ledger.submit(call, hotkey);
        logger.info("Call applied", { type: call.type, caller: hotkey, block: receipt.block });
        return jsonReply(receipt);
      } catch (error) {
        return refusalReply(error);
      }
    },
  );
  app.post("/describe", bodyAtMost(CALL_LIMIT_BYTES), async (c) => {
    const call = bodyOf(new Uint8Array(await c.req.arrayBuffer()), callSchema);
    return call instanceof Response ? call : replyOf(() => ledger.describe(call));
  });
  addDevRoutes(app, { ledger, logger });
  return app;
}
