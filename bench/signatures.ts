import * as wasmCrypto from "@polkadot/wasm-crypto";
import * as scure from "@scure/sr25519";
import { systemClock, utf8 } from "../src/core/index.ts";
import { btauth, createMemoryNonceStore } from "../src/protocol/index.ts";
import { keypairFromUri, verifySignature } from "../src/wallet/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const TIMES = 200;
const repeat = (work: () => boolean) => () => {
  for (let i = 0; i < TIMES; i++) if (!work()) throw new Error("a good signature was refused");
  return TIMES;
};

/** `npm run bench -- signatures` */
export const signatures: Bench = {
  name: "signatures",
  about: "sr25519 signatures and whole signed requests a second on one core, beside other libraries",
  async run(): Promise<Row[]> {
    await wasmCrypto.waitReady();
    const alice = keypairFromUri("//Alice");
    const bob = keypairFromUri("//Bob");
    const { publicKey } = alice;
    const message = utf8("x".repeat(227));
    const signature = await alice.signer.sign(message);
    const bench = "signatures";
    const unit = "verifications/s";
    const verify = repeat(() => verifySignature({ scheme: "sr25519", publicKey, message, signature }));
    const body = utf8(JSON.stringify({ features: { session_id: "q" } }));
    const parts = { method: "POST", target: "/ConversionSynapse", body };
    const receiver = {
      self: bob.address,
      nonceStore: createMemoryNonceStore(),
      clock: systemClock,
      requireReceiver: true,
    };
    const exchange = async () => {
      for (let i = 0; i < TIMES; i++) {
        const { headers } = await btauth.request.write(parts, {
          signer: alice.signer,
          receiver: bob.address,
          clock: systemClock,
        });
        await btauth.request.claim(new Headers({ ...headers }), receiver).prove(parts);
      }
      return TIMES;
    };
    return [
      await measure(
        { bench, row: "verify vs wasm-crypto", unit },
        { ours: verify, peer: repeat(() => wasmCrypto.sr25519Verify(signature, message, publicKey)) },
      ),
      await measure(
        { bench, row: "verify vs scure", unit, rounds: 3 },
        { ours: verify, peer: repeat(() => scure.verify(message, signature, publicKey)) },
      ),
      await measure(
        { bench, row: "sign, verify and remember a request", unit: "requests/s" },
        { ours: exchange, limit: verify },
      ),
    ];
  },
};
