import { AdminRequestError } from "./errors.ts";
import type { Guesses } from "./guesses.ts";
import type { Keeper } from "./token.ts";

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|::1|\[::1\])$/i;
const IP_LITERAL = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;
const EVERY_ADDRESS = new Set(["0.0.0.0", "::", "[::]"]);

/**
 * Whether a host, without its port, is this machine itself.
 *
 * @example
 * isLoopback("127.0.0.1"); // true
 */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** What a guard looks at. */
export interface GuardedRequest {
  readonly method: string;
  /** As it came. */
  readonly target: string;
  /** Of who asks. */
  readonly address: string;
  header(name: string): string | undefined;
}
/** Who is let in; see {@link createGuard}. */
export interface Guard {
  /**
   * Against DNS rebinding and other sites' pages: the name asked for must be ours, and the page that asks too.
   *
   * @throws {AdminRequestError} WRONG_HOST, FORBIDDEN.
   */
  checkOrigin(request: GuardedRequest): void;
  /**
   * Whether the caller has shown the token, or none is asked for.
   *
   * @throws {AdminRequestError} RATE_LIMITED, for one who shows something and has guessed too often.
   */
  isAllowed(request: GuardedRequest): boolean;
}

/** What a link may lead to. */
const PAGES = /^\/(?:login)?(?:\?|$)/;
const COOKIE = "conversion_subnet_session";
/** `name=value; ...`, long ones unread. */
function cookieOf(header: string | undefined): string {
  if (header === undefined || header.length > 8_192) return "";
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (part.slice(0, at).trim() === COOKIE) return part.slice(at + 1).trim();
  }
  return "";
}

/**
 * The cookie that a browser is given.
 *
 * @example
 * sessionCookie("1796000000.ab12…", 604_800); // "conversion_subnet_session=1796000000.ab12…; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"
 */
export const sessionCookie = (session: string, maxAgeSeconds: number): string =>
  `${COOKIE}=${session}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict`;

/**
 * @param host address listened on. Loopback answers to loopback's names; "every address" to any address in digits, which no foreign
 * name can be made to stand for.
 * @param allowHosts names besides, as a proxy in front has them.
 * @param keeper null = everybody that reaches the address may look.
 * @param guesses which of them have been wrong.
 * @example
 * createGuard({ host: "127.0.0.1", allowHosts: [], keeper: null, guesses }).isAllowed(request); // true
 */
export function createGuard({
  host,
  allowHosts,
  keeper,
  guesses,
}: {
  readonly host: string;
  readonly allowHosts: readonly string[];
  readonly keeper: Keeper | null;
  readonly guesses: Guesses;
}): Guard {
  const plain = (name: string) => name.toLowerCase().replace(/^\[|\]$/g, "");
  const known = new Set([plain(host), ...allowHosts.map(plain)]);
  const isOurs = (name: string) =>
    known.has(plain(name)) || isLoopback(name) || (EVERY_ADDRESS.has(host) && IP_LITERAL.test(name));
  return {
    checkOrigin({ method, target, header }) {
      const given = header("host") ?? "";
      const [, name = ""] = /^(\[[^\]]{1,60}\]|[^:/?#@\s]{1,255})(?::\d{1,5})?$/.exec(given) ?? [];
      if (!isOurs(name)) {
        const problem = "the name asked for is not this server's: see --admin.allow_host";
        throw new AdminRequestError({ code: "WRONG_HOST", problem });
      }
      const site = header("sec-fetch-site");
      const foreign = site === "cross-site" || site === "same-site";
      // A link from elsewhere may open the page; a page from elsewhere may not ask for anything, nor by a frame or a form.
      const isLink = header("sec-fetch-mode") === "navigate" && (method === "GET" || method === "HEAD");
      if (foreign && !(isLink && (header("sec-fetch-dest") ?? "document") === "document" && PAGES.test(target)))
        throw new AdminRequestError({ code: "FORBIDDEN", problem: "it comes from another site's page" });
    },
    isAllowed({ address, header }) {
      if (keeper === null) return true;
      const judged = (shown: string, isGood: (shown: string) => boolean) => {
        guesses.check(address);
        const good = isGood(shown);
        if (!good) guesses.wrong(address, shown);
        return good;
      };
      const [, bearer] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header("authorization") ?? "") ?? [];
      if (bearer !== undefined) return judged(bearer, keeper.isToken);
      const session = cookieOf(header("cookie"));
      // Its mark is made of the token: who can make one has guessed that.
      return session !== "" && judged(session, keeper.isSession);
    },
  };
}
