import { InvalidArgumentError } from "../core/index.ts";

const SHAPE = /^(postgres(?:ql)?:\/\/)(?:(.*)@)?([^/?@]*)(\/[^?]*)?(\?.*)?$/is;

/** The servers behind one address. */
export interface Servers {
  /** For people: no user, no password, no options. */
  readonly address: string;
  /** One address each, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Which of them was used last: it is tried first. A former primary that comes back is older than its successor. */
  preferred: number;
}

/**
 * Takes an address with one or more servers apart.
 *
 * @throws {InvalidArgumentError}
 * @example
 * serversOf("postgres://me:pw@a:5432,b:5433/db").address; // "postgres://a:5432,b:5433/db"
 */
export function serversOf(url: string): Servers {
  const [, scheme, user, hosts = "", path = "", query = ""] = SHAPE.exec(url) ?? [];
  const refuse = (problem: string) => new InvalidArgumentError({ argument: "history.postgres", problem });
  if (scheme === undefined) throw refuse("must begin with postgres:// or postgresql://");
  if (path.length < 2) throw refuse("must name a database: postgres://HOST:PORT/DATABASE");
  const urls = hosts.split(",").map((host) => `${scheme}${user === undefined ? "" : `${user}@`}${host}${path}${query}`);
  if (!urls.every((one) => URL.canParse(one))) throw refuse("must be postgres://HOST:PORT[,HOST:PORT]/DATABASE");
  return { address: `${scheme}${hosts}${path}`, urls, preferred: 0 };
}
