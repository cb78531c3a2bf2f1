import { isIPv4 } from "node:net";

/** Who can reach an IPv4 address. */
export type Reach = "public" | "private" | "shared" | "loopback" | "none";

/** First part of a range, how many bits of it count, and who can reach it (RFC 6890). */
const RANGES: readonly (readonly [first: string, bits: number, reach: Reach])[] = [
  ["0.0.0.0", 8, "none"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "shared"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.0.2.0", 24, "none"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "none"],
  ["198.51.100.0", 24, "none"],
  ["203.0.113.0", 24, "none"],
  ["224.0.0.0", 3, "none"],
];
const numberOf = (ip: string) => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/**
 * Who can reach an address: everybody, this network ("private"), a provider's network ("shared", behind its NAT), this machine, or
 * nobody (kept for other uses, or no IPv4 address at all).
 *
 * @example
 * reachOf("192.168.1.7"); // "private"
 */
export function reachOf(ip: string): Reach {
  if (!isIPv4(ip)) return "none";
  const found = RANGES.find(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(numberOf(ip) / size) === Math.floor(numberOf(first) / size);
  });
  return found?.[2] ?? "public";
}
