import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What is sent back. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** For If-None-Match. */
  readonly etag?: string;
}

const csp = (formAction: "'none'" | "'self'") =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join("; ");
/** Nothing but our own files, nothing inline, no other host, no frame around it. */
export const CSP = csp("'none'");
/** The same, for the one page that has a form. */
export const LOGIN_CSP = csp("'self'");

/** On everything that is sent. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CSP,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** JSON that no browser takes for anything else. Its mark leaves out when it was made: that changes with every look. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = JSON.stringify(value);
  const said = body.replace(/"(?:atMs|nowMs|uptimeSeconds)":[\d.]+/, "");
  const etag = `W/"${createHash("sha1").update(said).digest("base64url")}"`;
  const type = { "content-type": "application/json; charset=utf-8", "cache-control": "private, no-cache" };
  return { status, body, headers: { ...type, ...headers }, ...(status === 200 ? { etag } : {}) };
}

/** Weak or not, the same mark is the same document. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.length > 1_000) return false;
  const plain = (mark: string) => mark.trim().replace(/^W\//, "");
  return header.split(",").some((mark) => plain(mark) === plain(etag));
}

/** Sends a reply, or says that nothing has changed. */
export function send(incoming: IncomingMessage, outgoing: ServerResponse, reply: Reply): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  const { status, headers = {}, body, etag } = reply;
  const all = { ...SAFE_HEADERS, ...headers, ...(etag === undefined ? {} : { etag }) };
  if (status === 200 && etag !== undefined && isKnown(incoming.headers["if-none-match"], etag)) {
    outgoing.writeHead(304, all);
    outgoing.end();
    return;
  }
  outgoing.writeHead(status, { ...all, "content-length": Buffer.byteLength(body) });
  outgoing.end(incoming.method === "HEAD" ? undefined : body);
}
