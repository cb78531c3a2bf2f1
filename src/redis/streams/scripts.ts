/**
 * Adds events, all or none, as long as the stream stays within its bound.
 * KEYS: events. ARGV: most entries, then source and event of each. Answer: 1 = added, 0 = full.
 */
export const ADD = `
if redis.call('XLEN', KEYS[1]) + (#ARGV - 1) / 2 > tonumber(ARGV[1]) then return 0 end
for i = 2, #ARGV, 2 do redis.call('XADD', KEYS[1], '*', 's', ARGV[i], 'e', ARGV[i + 1]) end
return 1`;

/**
 * Moves an entry to the dead letters, its fields as they are, in one step with its acknowledgement.
 * KEYS: events, dead, attempts. ARGV: group, id, reason, most dead letters. Answer: 1 = moved, 0 = it was not pending any more.
 */
export const BURY = `
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
local letter = {'XADD', KEYS[2], 'MAXLEN', '=', ARGV[4], '*', 'group', ARGV[1], 'id', ARGV[2], 'reason', ARGV[3]}
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if found then
  for i = 1, math.min(#found[2], 64) do letter[#letter + 1] = found[2][i] end
end
redis.call(unpack(letter))
redis.call('HDEL', KEYS[3], ARGV[1] .. ' ' .. ARGV[2])
return 1`;

/**
 * Puts a dead letter back among the events.
 * KEYS: events, dead. ARGV: id of the letter, most entries. Answer: 1 = back, 0 = no such letter, -1 = no place.
 */
export const REQUEUE = `
local found = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not found then return 0 end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then return -1 end
local entry = {'XADD', KEYS[1], '*'}
for i = 7, #found[2] do entry[#entry + 1] = found[2][i] end
if #entry > 3 then redis.call(unpack(entry)) end
redis.call('XDEL', KEYS[2], ARGV[1])
return 1`;

/**
 * Looks after a stream: takes away what every group has acknowledged, and consumers of one's own group that are gone and owe nothing.
 * KEYS: events, dead. ARGV: group, ms after which a consumer is gone.
 * Answer: entries, unread, pending, id of the oldest that is not acknowledged, dead letters, entries taken away.
 */
export const LOOK_AFTER = `
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function less(a, b)
  local ams, aseq = parts(a)
  local bms, bseq = parts(b)
  return ams < bms or (ams == bms and aseq < bseq)
end
local function pairsOf(list)
  local one = {}
  for i = 1, #list, 2 do one[list[i]] = list[i + 1] end
  return one
end
local dead = redis.call('XLEN', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0, 0, '', dead, 0} end
local low, own
for _, list in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = pairsOf(list)
  local needed
  if group.pending > 0 then
    needed = redis.call('XPENDING', KEYS[1], group.name)[2]
  else
    local ms, seq = parts(group['last-delivered-id'])
    needed = string.format('%.0f-%.0f', ms, seq + 1)
  end
  if not low or less(needed, low) then low = needed end
  if group.name == ARGV[1] then own = group end
end
local trimmed = 0
if low then trimmed = redis.call('XTRIM', KEYS[1], 'MINID', '=', low) end
local length = redis.call('XLEN', KEYS[1])
if not own then return {length, length, 0, '', dead, trimmed} end
local oldest = ''
if own.pending > 0 then
  oldest = redis.call('XPENDING', KEYS[1], ARGV[1])[2]
else
  local first = redis.call('XRANGE', KEYS[1], '(' .. own['last-delivered-id'], '+', 'COUNT', 1)[1]
  if first then oldest = first[1] end
end
for _, list in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local one = pairsOf(list)
  if one.pending == 0 and one.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], one.name)
  end
end
return {length, own.lag or math.max(0, length - own.pending), own.pending, oldest, dead, trimmed}`;

/**
 * Lets a consumer go that owes nothing.
 * KEYS: events. ARGV: group, consumer.
 */
export const LEAVE = `
for _, list in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  if list[2] == ARGV[2] and list[4] == 0 then return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
end
return 0`;
