import { isIPv4, isIPv6 } from "node:net";
import { refuse } from "./primitives.ts";

/** An address as the chain keeps it: the whole of it as one integer. */
export interface PackedIp {
  readonly ip: bigint;
  readonly ipType: 4 | 6;
}

const IPV4_END = 2n ** 32n;
const IPV6_END = 2n ** 128n;
const packV4 = (text: string) => text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);

/** Groups of 16 bits on one side of `::`; an IPv4 address at the end makes two. */
function groupsOf(text: string): bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const v4 = packV4(group);
    return [v4 >> 16n, v4 & 0xffffn];
  });
}

/**
 * An IP address as one integer.
 *
 * @throws {InvalidArgumentError} when the text is neither IPv4 nor IPv6.
 * @example
 * packIp("1.2.3.4"); // { ip: 16909060n, ipType: 4 }
 */
export function packIp(text: string): PackedIp {
  if (isIPv4(text)) return { ip: packV4(text), ipType: 4 };
  if (!isIPv6(text) || text.includes("%")) return refuse("axon.ip", "must be an IPv4 or IPv6 address", text);
  const [left = "", right] = text.split("::");
  const [before, after] = [groupsOf(left), groupsOf(right ?? "")];
  const groups = [...before, ...new Array(8 - before.length - after.length).fill(0n), ...after];
  return { ip: groups.reduce((sum, group) => sum * 65536n + group, 0n), ipType: 6 };
}

/** Shortest form of IPv6: the first of the longest runs of zeros is `::`. */
function unpackV6(ip: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((ip >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const runs = groups.map((_, i) => groups.slice(i).findIndex((group) => group !== "0"));
  const lengths = runs.map((run, i) => (run < 0 ? 8 - i : run));
  const longest = Math.max(...lengths);
  if (longest < 2) return groups.join(":");
  const from = lengths.indexOf(longest);
  return `${groups.slice(0, from).join(":")}::${groups.slice(from + longest).join(":")}`;
}

/**
 * The address of an integer; null for 0, which means that nobody serves, and for what is no address.
 *
 * @example
 * unpackIp({ ip: 16909060n, ipType: 4 }); // "1.2.3.4"
 */
export function unpackIp({ ip, ipType }: { readonly ip: bigint; readonly ipType: number }): string | null {
  if (ip <= 0n || ip >= (ipType === 4 ? IPV4_END : IPV6_END)) return null;
  if (ipType === 6) return unpackV6(ip);
  return ipType === 4 ? [24n, 16n, 8n, 0n].map((shift) => (ip >> shift) & 255n).join(".") : null;
}
