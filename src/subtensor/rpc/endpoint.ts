/**
 * An endpoint without what may be a secret in it: user, password, query.
 *
 * @example
 * printableEndpoint("wss://me:secret@node.example:443/rpc?key=7"); // "wss://node.example:443/rpc"
 */
export function printableEndpoint(endpoint: string): string {
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
