import { describe, expect, it } from "vitest";
import { packIp, unpackIp } from "./ip.ts";

describe("an IP address", () => {
  it.each([
    ["1.2.3.4", 16909060n, 4],
    ["255.255.255.254", 4294967294n, 4],
    ["2001:db8::1", 42540766411282592856903984951653826561n, 6],
    ["::1", 1n, 6],
    ["1::", 2n ** 112n, 6],
    ["1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008n, 6],
    ["1:0:0:2::3", 0x00010000000000020000000000000003n, 6],
    ["fe80:0:1::", 0xfe800000000100000000000000000000n, 6],
  ])("%s is %d", (text, ip, ipType) => {
    expect(packIp(text)).toEqual({ ip, ipType });
    expect(unpackIp({ ip, ipType })).toBe(text);
  });

  it("may hold IPv4 at its end", () => {
    expect(packIp("::ffff:1.2.3.4")).toEqual({ ip: 0xffff01020304n, ipType: 6 });
  });

  it.each(["", "localhost", "1.2.3", "1.2.3.256", "01.2.3.4", "fe80::1%eth0", "1:2:3", "::1::"])(
    "is not %j",
    (text) => {
      expect(() => packIp(text)).toThrow("axon.ip must be an IPv4 or IPv6 address.");
    },
  );

  it.each([
    [0n, 4],
    [0n, 0],
    [5n, 5],
    [2n ** 32n, 4],
    [2n ** 128n, 6],
    [-1n, 4],
  ])("is nobody's: %d of type %d", (ip, ipType) => {
    expect(unpackIp({ ip, ipType })).toBeNull();
  });
});
