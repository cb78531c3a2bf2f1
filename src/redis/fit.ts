import type { Redis } from "./connection.ts";
import { RedisUnfitError } from "./errors.ts";

/** One value of what `INFO` says; empty = it is not there. */
export const lineOf = (info: string, name: string): string =>
  new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";

/**
 * What `INFO` says of a server that keeps what it is told and takes writes.
 *
 * @param what it would forget: "nonces".
 * @throws {RedisUnfitError} when it deletes keys as memory runs short, or is a replica.
 */
export async function assertKeeps(redis: Pick<Redis, "address" | "call">, what: string): Promise<string> {
  const info = String(await redis.call("INFO"));
  const { address } = redis;
  const policy = lineOf(info, "maxmemory_policy");
  if (policy !== "noeviction") {
    throw new RedisUnfitError({
      address,
      problem: `its maxmemory-policy is ${policy || "unknown"}, so it forgets ${what} when memory runs short`,
      hint: "Set it to noeviction: redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf.",
    });
  }
  const role = lineOf(info, "role");
  if (role === "master") return info;
  const hint = "Give the address of the primary.";
  throw new RedisUnfitError({ address, problem: `it is a ${role}, which takes no writes`, hint });
}

const OLDEST_MAJOR = 7;

/**
 * The same for a server to which events are entrusted: they must outlive it.
 *
 * @returns when what it wrote is on the disk: "always", "everysec", "no", or "unknown" where it does not tell.
 * @throws {RedisUnfitError} when it keeps nothing on disk, or is too old for what is asked of it.
 */
export async function assertOutlived(redis: Redis): Promise<string> {
  const info = await assertKeeps(redis, "events");
  const { address } = redis;
  const version = lineOf(info, "redis_version");
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    const problem = `it is version ${version}, which cannot say how much of a stream is unread`;
    throw new RedisUnfitError({ address, problem, hint: `Run Redis ${OLDEST_MAJOR}, Valkey, or newer.` });
  }
  if (lineOf(info, "aof_enabled") !== "1") {
    throw new RedisUnfitError({
      address,
      problem:
        "it keeps no log of what it was told (appendonly no), so an event that was acknowledged is lost when it restarts",
      hint: "Switch it on: redis-cli CONFIG SET appendonly yes, and in redis.conf; appendfsync always loses nothing at a power cut either.",
    });
  }
  // Some who run Redis for others let nobody ask.
  const told = await redis.call("CONFIG", "GET", "appendfsync").catch(() => null);
  return Array.isArray(told) && typeof told[1] === "string" ? told[1] : "unknown";
}
