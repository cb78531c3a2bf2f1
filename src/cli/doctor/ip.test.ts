import { expect, it } from "vitest";
import { reachOf } from "./ip.ts";

it.each([
  ["8.8.8.8", "public"],
  ["172.15.255.255", "public"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "public"],
  ["10.1.2.3", "private"],
  ["192.168.0.9", "private"],
  ["169.254.1.1", "private"],
  ["100.64.0.1", "shared"],
  ["100.128.0.1", "public"],
  ["127.8.8.8", "loopback"],
  ["0.0.0.0", "none"],
  ["224.0.0.1", "none"],
  ["255.255.255.255", "none"],
  ["203.0.113.7", "none"],
  ["::1", "none"],
  ["example.com", "none"],
])("%s can be reached by: %s", (ip, reach) => {
  expect(reachOf(ip)).toBe(reach);
});
