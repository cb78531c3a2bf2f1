import type { WireFormat } from "../wire.ts";
import { writeAxonRequest } from "./request.ts";
import { isAxonResponse, readAxonResponse, writeAxonResponse } from "./response.ts";
import { readAxonClaim } from "./verify.ts";

const SIGNS = ["hotkey", "nonce", "uuid", "signature", "version"].map((field) => `bt_header_dendrite_${field}`);

/**
 * The axon/dendrite wire of Bittensor's SDK 6 to 10 as a format. It signs neither path nor body; with fields to be hashed, which the
 * class of the other side must name too (`required_hash_fields`), it signs those.
 *
 * @param hashFields what is hashed, in that order. By default nothing is, as in nearly every subnet, and a caller whose class
 * hashes `features` is believed as well.
 * @param requiredFields those without a default in the other side's class: Python wants an empty one of each in the headers.
 * @example
 * createAxonWire({ hashFields: ["features"] }).name; // "axon"
 */
export function createAxonWire({
  hashFields = [],
  requiredFields = ["features"],
}: {
  readonly hashFields?: readonly string[];
  readonly requiredFields?: readonly string[];
} = {}): WireFormat {
  const accepted = hashFields.length > 0 ? [hashFields] : [[], ["features"]];
  return {
    name: "axon",
    schemes: ["sr25519"],
    request: {
      recognises: (headers) => SIGNS.some((name) => headers.get(name) !== null),
      write: (parts, context) => writeAxonRequest(parts, context, { hashFields, requiredFields }),
      claim: (headers, context) => readAxonClaim(headers, context, accepted),
    },
    response: { write: writeAxonResponse, recognises: isAxonResponse, read: readAxonResponse },
  };
}

/**
 * The axon/dendrite wire as most subnets speak it: no field is hashed, so the body is not authenticated. Prefer btauth/1.
 *
 * @example
 * axon.schemes; // ["sr25519"]
 */
export const axon: WireFormat = createAxonWire();
