import { AdminRequestError } from "./errors.ts";
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
  /** Whether the caller has shown the token, or none is asked for. */
  isAllowed(request: GuardedRequest): boolean;
}

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
 * @example
 * createGuard({ host: "127.0.0.1", allowHosts: [], keeper: null }).isAllowed(request); // true
 */
export function createGuard({
  host,
  allowHosts,
  keeper,
}: {
  readonly host: string;
  readonly allowHosts: readonly string[];
  readonly keeper: Keeper | null;
}): Guard {
  const plain = (name: string) => name.toLowerCase().replace(/^\[|\]$/g, "");
  const known = new Set([plain(host), ...allowHosts.map(plain)]);
  const isOurs = (name: string) =>
    known.has(plain(name)) || isLoopback(name) || (EVERY_ADDRESS.has(host) && IP_LITERAL.test(name));
  return {
    checkOrigin({ header }) {
      const given = header("host") ?? "";
      const [, name = ""] = /^(\[[^\]]{1,60}\]|[^:/?#@\s]{1,255})(?::\d{1,5})?$/.exec(given) ?? [];
      if (!isOurs(name)) {
        const problem = "the name asked for is not this server's: see --admin.allow_host";
        throw new AdminRequestError({ code: "WRONG_HOST", problem });
      }
      const site = header("sec-fetch-site");
      const foreign = site === "cross-site" || site === "same-site";
      // A link from elsewhere may open the page; a page from elsewhere may not ask for anything.
      if (foreign && header("sec-fetch-mode") !== "navigate")
        throw new AdminRequestError({ code: "FORBIDDEN", problem: "it comes from another site's page" });
    },
    isAllowed({ header }) {
      if (keeper === null) return true;
      const [, bearer] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header("authorization") ?? "") ?? [];
      if (bearer !== undefined) return keeper.isToken(bearer);
      const session = cookieOf(header("cookie"));
      return session !== "" && keeper.isSession(session);
    },
  };
}
