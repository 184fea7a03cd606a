/** Scripts of Redis by which programs share out the shards of the bot (shardLeases.ts). KEYS: none; ARGV: prefix, own id, … */

const names = `
local programs, holders = ARGV[1] .. 'programs', ARGV[1] .. 'holders'
local countName, nextName = ARGV[1] .. 'count', ARGV[1] .. 'next'
local own = ARGV[2]
`

/**
 * ARGV: …, milliseconds of the lease, wanted count, 1 to resize to it, count of what this program has, what it has.
 * Says that this program is alive, takes what is free up to its fair share, and returns what it has, as JSON.
 */
export const renewScript = `${names}
local lease, wanted, resize, knownCount = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', programs, '-inf', now)
redis.call('ZADD', programs, now + lease, own)
local has = {}
local n = 0
for _, id in ipairs(redis.call('ZRANGE', programs, 0, -1)) do
  has[id] = 0
  n = n + 1
end

-- What programs have that are gone is nobody's.
local holderOf, held = {}, 0
local function give(shard, id)
  holderOf[shard] = id
  has[id] = has[id] + 1
  held = held + 1
end
local all = redis.call('HGETALL', holders)
for i = 1, #all, 2 do
  if has[all[i + 1]] then give(tonumber(all[i]), all[i + 1]) else redis.call('HDEL', holders, all[i]) end
end

-- A Redis that has lost its data, or is new, learns from the programs who has what: until all have said so nothing is free.
if not redis.call('GET', ARGV[1] .. 'seen') then
  redis.call('SET', ARGV[1] .. 'seen', 1)
  redis.call('SET', ARGV[1] .. 'learning', 1, 'PX', math.floor(lease / 3))
end
local isLearning = redis.call('EXISTS', ARGV[1] .. 'learning') == 1
local count = tonumber(redis.call('GET', countName) or 0)
if count == 0 and knownCount > 0 then count = knownCount end
if knownCount == count then
  for shard in string.gmatch(ARGV[7], '%d+') do
    if not holderOf[tonumber(shard)] then
      redis.call('HSET', holders, shard, own)
      give(tonumber(shard), own)
    end
  end
end

-- Another number holds once nobody has a shard of the old one.
if resize == '1' and wanted ~= count then redis.call('SET', nextName, wanted) end
local target = tonumber(redis.call('GET', nextName) or 0)
if held == 0 and not isLearning then
  count = target > 0 and target or wanted
  redis.call('DEL', nextName)
  target = 0
end
if count > 0 then redis.call('SET', countName, count) end

local floor, ceil = math.floor(count / n), math.ceil(count / n)
local starving, free = false, 0
for id, number in pairs(has) do if id ~= own and number < floor then starving = true end end
if target == 0 and not isLearning then
  for shard = 0, count - 1 do
    if not holderOf[shard] then
      if has[own] < floor or (has[own] < ceil and not starving) then
        redis.call('HSET', holders, shard, own)
        give(shard, own)
      else
        free = free + 1
      end
    end
  end
end

local excess = has[own] - ceil
if excess <= 0 then excess = (has[own] > floor and starving and free == 0) and 1 or 0 end
if target > 0 then excess = has[own] end
if isLearning then excess = 0 end
local mine = {}
for shard, id in pairs(holderOf) do if id == own then table.insert(mine, shard) end end
table.sort(mine)
return '{"count":' .. count .. ',"shards":[' .. table.concat(mine, ',') .. '],"excess":' .. excess .. '}'
`

/** ARGV: …, shard. */
export const releaseScript = `${names}
if redis.call('HGET', holders, ARGV[3]) == own then redis.call('HDEL', holders, ARGV[3]) end
return 0
`

/** Gives away all that this program has. */
export const leaveScript = `${names}
redis.call('ZREM', programs, own)
local all = redis.call('HGETALL', holders)
for i = 1, #all, 2 do
  if all[i + 1] == own then redis.call('HDEL', holders, all[i]) end
end
return 0
`

/** ARGV: …, bucket, milliseconds. Returns 0 when one may identify now, or else how many milliseconds to wait. */
export const identifyScript = `${names}
local name = ARGV[1] .. 'identify:' .. ARGV[3]
if redis.call('SET', name, own, 'NX', 'PX', ARGV[4]) then return 0 end
return math.max(redis.call('PTTL', name), 50)
`
