/**
 * Which epoch this Redis is in. A Redis that runs anew, or knows of none, begins one.
 * KEYS: epoch. ARGV: run id of the server, floor and name of a new epoch. Answer: name and floor.
 */
export const ENTER = `
local known = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'floor')
if known[1] == ARGV[1] then return {known[2], known[3]} end
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'epoch', ARGV[3], 'floor', ARGV[2])
return {ARGV[3], ARGV[2]}`;

/**
 * Remembers a nonce, in one step with the look at the epoch.
 * KEYS: epoch, nonce. ARGV: the epoch the caller knows, ms to remember. Answer: 1 = new, 0 = was there, -1 = another epoch.
 */
export const ACCEPT = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return -1 end
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then return 1 end
return 0`;
