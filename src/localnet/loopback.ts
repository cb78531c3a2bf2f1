const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/i;

/** Whether a host, without its port, is this machine itself. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
