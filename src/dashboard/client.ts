import { request } from "node:http";
import { errorText } from "../core/index.ts";
import { AdminUnavailableError } from "./errors.ts";
import { readToken } from "./token.ts";

/** Where an admin server is, and what it asks for: a {@link RunFile} will do. */
export interface AdminAddress {
  /** `http://127.0.0.1:9191` */
  readonly url: string | null;
  readonly tokenFile?: string | null | undefined;
  /** Comes before the file. */
  readonly token?: string | undefined;
}

/** What it said. */
export interface AdminReply {
  readonly status: number;
  /** As JSON; a text where it is none. */
  readonly body: unknown;
}

/** More than any document has. */
const MAX_BYTES = 16 * 2 ** 20;

function parsed(text: string, contentType: string | undefined): unknown {
  return contentType?.startsWith("application/json") ? JSON.parse(text) : text;
}

/**
 * Asks an admin server for a document, under a deadline for the whole of it.
 *
 * @param path `/api/overview`, `/readyz`, `/metrics`.
 * @returns whatever its status is, but for 401 and 403.
 * @throws {AdminUnavailableError} when nobody answers in time, what comes is no document, or the token is not taken.
 * @example
 * const [run] = await readRunFiles(home);
 * (await getAdmin(run, "/readyz")).status; // 200
 */
export async function getAdmin(
  { url, tokenFile = null, token }: AdminAddress,
  path: string,
  { timeoutMs = 2_000, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<AdminReply> {
  if (url === null) throw new AdminUnavailableError({ url: "(none)", status: null, reason: "the node has none" });
  const fail = (reason: string, status: number | null, cause?: unknown) =>
    new AdminUnavailableError({ url, status, reason, cause });
  const key = token ?? (tokenFile === null ? null : await readToken(tokenFile).catch(() => null));
  const within = AbortSignal.timeout(timeoutMs);
  const limit = signal === undefined ? within : AbortSignal.any([signal, within]);
  const reply = await new Promise<{ status: number; type: string | undefined; text: string }>((resolve, reject) => {
    const refuse = (error: Error) =>
      reject(fail(within.aborted ? `it took longer than ${timeoutMs} ms` : errorText(error), null, error));
    const asking = request(new URL(path, url), {
      signal: limit,
      agent: false,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
    });
    asking.once("error", refuse);
    asking.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.once("error", refuse);
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) response.destroy(new Error(`the document is larger than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.once("end", () => {
        const [status, type] = [response.statusCode ?? 0, response.headers["content-type"]];
        resolve({ status, type, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    asking.end();
  });
  const { status, type, text } = reply;
  if (status === 401 || status === 403) throw fail("it asks for a token", status);
  try {
    return { status, body: parsed(text, type) };
  } catch (cause) {
    throw fail("what it said is no JSON", status, cause);
  }
}
