import type { IncomingMessage } from "node:http";
import { AdminRequestError } from "./errors.ts";
import { sessionCookie } from "./guard.ts";
import type { Guesses } from "./guesses.ts";
import { LOGIN_CSP, type Reply } from "./reply.ts";
import { type Keeper, SESSION_SECONDS } from "./token.ts";

const MAX_BODY_BYTES = 2_048;
const BODY_TIMEOUT_MS = 5_000;
/** Forms that are on their way at once: one takes a moment, or is held back by somebody. */
const MAX_READING = 16;

const page = (complaint: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>conversion-subnet: token</title>
</head>
<body>
<main>
<h1>conversion-subnet</h1>
${complaint === "" ? "" : `<p role="alert">${complaint}</p>`}
<form method="post" action="/login">
<p><label for="token">Token of this node (in the file that it named when it started)</label></p>
<p><input id="token" name="token" type="password" autocomplete="current-password" required size="66"></p>
<p><button type="submit">Look</button></p>
</form>
</main>
</body>
</html>
`;

const pageReply = (status: number, complaint = ""): Reply => ({
  status,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": LOGIN_CSP,
  },
  body: page(complaint),
});

async function readBody(incoming: IncomingMessage): Promise<string> {
  const timer = setTimeout(() => incoming.destroy(), BODY_TIMEOUT_MS);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) {
        const problem = `the body is larger than ${MAX_BODY_BYTES} bytes`;
        throw new AdminRequestError({ code: "BODY_TOO_LARGE", problem, headers: { connection: "close" } });
      }
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Takes the token from a browser; see {@link createLogin}. */
export interface Login {
  page(): Reply;
  /** @throws {AdminRequestError} BODY_TOO_LARGE, RATE_LIMITED, OVERLOADED. */
  take(incoming: IncomingMessage): Promise<Reply>;
}

/**
 * The page on which a browser gives the token, once a week: it gets a cookie that scripts cannot read and other sites cannot send.
 *
 * @param keeper null = no token is asked for, and the page leads on.
 */
export function createLogin({ keeper, guesses }: { keeper: Keeper | null; guesses: Guesses }): Login {
  const onward = (headers: Readonly<Record<string, string>> = {}): Reply => ({
    status: 303,
    headers: { location: "/", "cache-control": "no-store", ...headers },
    body: "",
  });
  let reading = 0;
  const bodyOf = async (incoming: IncomingMessage): Promise<string> => {
    if (reading >= MAX_READING) {
      const headers = { connection: "close", "retry-after": "5" };
      throw new AdminRequestError({ code: "OVERLOADED", problem: "too many are giving a token", headers });
    }
    reading += 1;
    try {
      return await readBody(incoming);
    } finally {
      reading -= 1;
    }
  };
  return {
    page: () => (keeper === null ? onward() : pageReply(200)),
    async take(incoming) {
      if (keeper === null) return onward();
      const address = incoming.socket.remoteAddress ?? "";
      guesses.check(address);
      const token = new URLSearchParams(await bodyOf(incoming)).get("token")?.trim() ?? "";
      // Others may have been on their way when this one began.
      guesses.check(address);
      if (!keeper.isToken(token)) {
        guesses.wrong(address, token);
        return pageReply(401, "That is not the token.");
      }
      return onward({ "set-cookie": sessionCookie(keeper.session(), SESSION_SECONDS) });
    },
  };
}
