import { describe } from "vitest";
import { nonceStoreSuite } from "../../test/support/nonce-store-suite.ts";
import { createMemoryNonceStore } from "./index.ts";

describe("in memory", () => nonceStoreSuite(async (options) => createMemoryNonceStore(options)));
