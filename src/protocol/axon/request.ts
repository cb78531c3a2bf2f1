import { randomUUID } from "node:crypto";
import { InvalidArgumentError, toHex, utf8 } from "../../core/index.ts";
import { nextNonce } from "../nonce.ts";
import { jsonOf } from "../texts.ts";
import type { RequestParts, SenderContext } from "../wire.ts";
import { bodyHash } from "./body-hash.ts";
import { pythonSeconds, synapseJson, synapseName, type Terminal, terminalHeaders } from "./terminal.ts";
import { axonMessage } from "./verify.ts";
import { AXON_VERSION } from "./version.ts";

const DEFAULT_TIMEOUT_MS = 12_000;
/** What stands in the headers for a required field: an empty one of its type, by which Python builds the class before the body comes. */
const DUMMIES: Readonly<Record<string, unknown>> = { string: "", number: 0, boolean: false };

function dummyOf(value: unknown): string {
  const dummy = Array.isArray(value) ? [] : (DUMMIES[typeof value] ?? {});
  return Buffer.from(JSON.stringify(dummy)).toString("base64");
}

/** The fields of a body, without nulls: in Python's typed classes an unknown number is one that is not there. */
function fieldsOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  const value = jsonOf(body);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidArgumentError({ argument: "body", problem: "must be a JSON object on the axon wire" });
  const known = (one: unknown) => Object.entries(one ?? {}).filter(([, field]) => field !== null);
  return Object.fromEntries(
    known(value).map(([name, field]) => {
      const plain = typeof field === "object" && !Array.isArray(field);
      return [name, plain ? Object.fromEntries(known(field)) : field];
    }),
  );
}

/**
 * A signed request as a dendrite sends it.
 *
 * @throws {InvalidArgumentError} without a receiver, with a key that is not sr25519, or for a body that is no JSON object.
 */
export async function writeAxonRequest(
  { target, body }: RequestParts,
  { signer, receiver, clock, to, timeoutMs = DEFAULT_TIMEOUT_MS, session = randomUUID() }: SenderContext,
  {
    hashFields,
    requiredFields,
  }: { readonly hashFields: readonly string[]; readonly requiredFields: readonly string[] },
): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }> {
  if (receiver === null)
    throw new InvalidArgumentError({ argument: "receiver", problem: "must be given: this wire binds every request" });
  if (signer.scheme !== "sr25519")
    throw new InvalidArgumentError({ argument: "signer", problem: "must be an sr25519 key on the axon wire" });
  const name = synapseName(target);
  const fields = fieldsOf(body);
  const hash = bodyHash(JSON.stringify(fields), hashFields);
  if (hash === null)
    throw new InvalidArgumentError({ argument: "body", problem: `must have the fields ${hashFields.join(", ")}` });
  const nonce = nextNonce(clock);
  const message = axonMessage({ nonce, sender: signer.address, receiver, uuid: session, bodyHash: hash });
  const signature = `0x${toHex(await signer.sign(utf8(message)))}`;
  const dendrite: Terminal = { version: AXON_VERSION, nonce, uuid: session, hotkey: signer.address, signature };
  const axon: Terminal = { ...(to && { ip: to.host, port: to.port }), hotkey: receiver };
  const timeout = pythonSeconds(timeoutMs / 1_000);
  const json = utf8(synapseJson({ name, timeout, dendrite, axon }, fields));
  const required = Object.entries(fields).filter(([field]) => requiredFields.includes(field));
  const headers = {
    name,
    timeout,
    ...terminalHeaders("axon", axon),
    ...terminalHeaders("dendrite", dendrite),
    ...Object.fromEntries(required.map(([field, value]) => [`bt_header_input_obj_${field}`, dummyOf(value)])),
    header_size: "0",
    total_size: String(json.length),
    computed_body_hash: hash,
    "Content-Type": "application/json",
  };
  return { headers, body: json };
}
