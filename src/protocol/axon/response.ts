import { cleanText, jsonOf } from "../texts.ts";
import type { AnsweredRequest, HeaderReader, ReadReply, ReceivedResponse, Reply } from "../wire.ts";
import { EMPTY_BODY_HASH } from "./body-hash.ts";
import { BASE_FIELDS, synapseJson, synapseName, type Terminal, terminalHeaders } from "./terminal.ts";

type Refusal = Extract<Reply, { ok: false }>;

/** The words and statuses that callers of SDK 6 to 10 know, where there are such; what they have no word for keeps ours. */
function asAxon({ status, code, message }: Refusal, request: AnsweredRequest): { status: number; message: string } {
  const seconds = Math.round(request.seconds * 1_000) / 1_000;
  if (status === 401) return { status, message: `Not Verified with error: ${message}` };
  switch (code) {
    case "FORBIDDEN":
      return { status, message: `Forbidden. Key is blacklisted: ${message}.` };
    case "NOT_FOUND": {
      const available = request.available.map((name) => `'${name}'`).join(", ");
      const name = cleanText(synapseName(request.target)).slice(0, 60);
      return { status, message: `Synapse name '${name}' not found. Available synapses [${available}]` };
    }
    case "BAD_REQUEST":
      // FastAPI's status for a body that is not what the class wants.
      return { status: 422, message };
    case "ANSWER_TIMEOUT":
      return { status: 408, message: `Response timeout after: ${seconds}s` };
    case "INTERNAL_ERROR":
      return { status, message: message.replace(/^internal error /, "Internal Server Error #") };
    default:
      return { status, message };
  }
}

const digits = (text: string | null, length: number) =>
  text !== null && text.length <= length && /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
const word = (text: string | null) => (text !== null && /^[\w-]{1,64}$/.test(text) ? text : undefined);

/** The caller's own side, given back to it as far as it is well-formed. */
function echoOf(headers: HeaderReader): Terminal {
  const field = (name: string) => headers.get(`bt_header_dendrite_${name}`);
  const echo = {
    version: digits(field("version"), 9),
    nonce: digits(field("nonce"), 20),
    uuid: word(field("uuid")),
    hotkey: word(field("hotkey")),
  };
  const known = Object.entries(echo).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return Object.fromEntries(known);
}

/** The question's own fields, which Python's class requires in its answer too. What the base class holds is not taken from a body. */
function questionFields(body: Uint8Array): object {
  const value = jsonOf(body);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([name]) => !BASE_FIELDS.includes(name)));
}

/** A reply as an axon sends it: its status in the headers, in the body, and as HTTP's own. */
export function writeAxonResponse(
  reply: Reply,
  request: AnsweredRequest,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const { status, message } = reply.ok ? { status: 200, message: "Success" } : asAxon(reply, request);
  const self = word(request.headers.get("bt_header_axon_hotkey"));
  const axon = {
    status_code: status,
    status_message: cleanText(message),
    process_time: request.seconds,
    ...(self !== undefined && { hotkey: self }),
  };
  const dendrite = echoOf(request.headers);
  const name = cleanText(synapseName(request.target)).slice(0, 60);
  const given = request.headers.get("timeout") ?? "";
  const timeout = /^\d{1,6}\.\d{1,6}$/.test(given) ? given : "12.0";
  const headers = {
    "content-type": "application/json",
    name: name.replace(/[^\x21-\x7e]/g, "?"),
    timeout,
    ...terminalHeaders("axon", axon),
    ...terminalHeaders("dendrite", dendrite),
    header_size: "0",
    total_size: "0",
    computed_body_hash: EMPTY_BODY_HASH,
  };
  if (!reply.ok) return { status, headers, body: JSON.stringify({ message: axon.status_message }) };
  const fields = { ...questionFields(request.body), ...reply.value };
  return { status, headers, body: synapseJson({ name, timeout, dendrite, axon }, fields) };
}

/** The status that counts: HTTP's, unless the headers, or else the body, say that it was none of success. */
function statusOf({ status, headers }: ReceivedResponse, value: unknown): number {
  if (status !== 200) return status;
  const axon = typeof value === "object" && value !== null && "axon" in value ? value.axon : null;
  const inBody = typeof axon === "object" && axon !== null && "status_code" in axon ? axon.status_code : null;
  return Number(headers.get("bt_header_axon_status_code") ?? inBody ?? 200);
}

function messageOf({ headers }: ReceivedResponse, value: unknown): string {
  const inBody = typeof value === "object" && value !== null && "message" in value ? value.message : null;
  return cleanText(typeof inBody === "string" ? inBody : (headers.get("bt_header_axon_status_message") ?? ""));
}

/** What an axon's response says. */
export function readAxonResponse(response: ReceivedResponse): ReadReply {
  const value = jsonOf(response.body);
  const status = statusOf(response, value);
  if (status !== 200)
    return { ok: false, reason: "refused", message: messageOf(response, value) || `status ${status}` };
  if (value === undefined) return { ok: false, reason: "invalid", message: "the answer is not JSON" };
  return { ok: true, value };
}

/** Whether an axon wrote a refusal: its middleware leaves its status in the headers. */
export function isAxonResponse({ headers }: ReceivedResponse): boolean {
  return headers.get("bt_header_axon_status_code") !== null;
}
