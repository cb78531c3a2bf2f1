import { expect, test } from "vitest";
import * as protocol from "./index.ts";

test("the folder's names change on purpose only", () => {
  expect(Object.keys(protocol)).toMatchInlineSnapshot(`
    [
      "signingPayload",
      "signRequest",
      "verifyRequest",
      "btauth",
      "createClient",
      "BadSignatureError",
      "MalformedAuthError",
      "NonceStoreFullError",
      "PortUnavailableError",
      "REFUSALS",
      "ReplayedRequestError",
      "RequestFailedError",
      "RequestRefusedError",
      "StaleRequestError",
      "WrongReceiverError",
      "authenticated",
      "authorized",
      "limitInFlight",
      "reportRequests",
      "createMinerApp",
      "QUESTION_PATH",
      "nextNonce",
      "createMemoryNonceStore",
      "answerErrors",
      "answerNotFound",
      "onlyMethods",
      "serve",
      "signedFetch",
    ]
  `);
});
