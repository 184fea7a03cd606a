/**
 * Lua for Redis; each script is one atomic act. Rates are hashes `rate:<key>` of what is used and since when, which
 * expire once all has come back. What is held is `held:<key>`, by program, and `party:<key>`, by program and party; what
 * belongs to a program whose `program:<id>` has expired counts no more and is deleted by whoever meets it.
 */
const common = `
local prefix, own = ARGV[1], ARGV[2]
local nothing = 1e-9

-- budgets of which this program may hold something
local keysName = prefix .. 'keys:' .. own

local function partyField(program, party) return program .. ' ' .. party end

local alive = { [own] = true }
local function isAlive(program)
  if alive[program] == nil then alive[program] = redis.call('EXISTS', prefix .. 'program:' .. program) == 1 end
  return alive[program]
end

-- fields and values of a hash, without those of programs that are gone
local function eachAlive(name, visit)
  local all = redis.call('HGETALL', name)
  for i = 1, #all, 2 do
    local program = string.match(all[i], '^%S+')
    if isAlive(program) then visit(all[i], tonumber(all[i + 1])) else redis.call('HDEL', name, all[i]) end
  end
end

local function addTo(name, field, amount)
  local now = (tonumber(redis.call('HGET', name, field)) or 0) + amount
  if now > nothing then redis.call('HSET', name, field, string.format('%.17g', now)) else redis.call('HDEL', name, field) end
end
`

const levels = `
local now = tonumber(ARGV[3])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local demands = cjson.decode(ARGV[4])

local function usedOf(demand)
  if demand.perSecond > 0 then
    local level = redis.call('HMGET', prefix .. 'rate:' .. demand.key, 'used', 'at')
    if not level[1] then return 0 end
    return math.max(0, tonumber(level[1]) - (now - tonumber(level[2])) / 1000 * demand.perSecond)
  end
  local used = 0
  eachAlive(prefix .. 'held:' .. demand.key, function(_, amount) used = used + amount end)
  return used
end

local function add(demand, cost)
  if demand.perSecond == 0 then
    redis.call('SADD', keysName, demand.key)
    redis.call('PEXPIRE', keysName, 86400000)
    addTo(prefix .. 'held:' .. demand.key, own, cost)
    if demand.party then addTo(prefix .. 'party:' .. demand.key, partyField(own, demand.party), cost) end
    return
  end
  local name = prefix .. 'rate:' .. demand.key
  local used = usedOf(demand) + cost
  if used <= nothing then redis.call('DEL', name) return end
  redis.call('HSET', name, 'used', string.format('%.17g', used), 'at', string.format('%.17g', now))
  redis.call('PEXPIRE', name, math.ceil(used / demand.perSecond * 1000) + 1000)
end
`

/** ARGV: prefix, program, milliseconds or -1, demands. Takes all and returns 0, or none and returns which is full, from 1. */
export const takeScript = `${common}${levels}
local function hasRoom(demand)
  if demand.capacity == -1 then return true end
  local used = usedOf(demand)
  if used + demand.cost <= demand.capacity then return true end
  if demand.firstIsFree and used == 0 then return true end
  if not demand.party then return false end
  local parties, count = {}, 0
  eachAlive(prefix .. 'party:' .. demand.key, function(field, amount)
    local party = string.match(field, '^%S+ (.*)$')
    if parties[party] == nil then count = count + 1 end
    parties[party] = (parties[party] or 0) + amount
  end)
  local mine = parties[demand.party]
  local others = count - (mine and 1 or 0)
  return others > 0 and (mine or 0) + demand.cost <= demand.capacity / (others + 1)
end

for index, demand in ipairs(demands) do
  if not hasRoom(demand) then return index end
end
for _, demand in ipairs(demands) do add(demand, demand.cost) end
return 0
`

/** The same arguments. Gives back. */
export const adjustScript = `${common}${levels}
for _, demand in ipairs(demands) do add(demand, -demand.cost) end
return 0
`

/** ARGV: prefix, program, amounts by key and party. What this program holds is that and nothing else. */
export const restoreScript = `${common}
for _, key in ipairs(redis.call('SMEMBERS', keysName)) do
  redis.call('HDEL', prefix .. 'held:' .. key, own)
  eachAlive(prefix .. 'party:' .. key, function(field)
    if string.match(field, '^%S+') == own then redis.call('HDEL', prefix .. 'party:' .. key, field) end
  end)
end
redis.call('DEL', keysName)
for _, amount in ipairs(cjson.decode(ARGV[3])) do
  redis.call('SADD', keysName, amount.key)
  redis.call('PEXPIRE', keysName, 86400000)
  if amount.party then
    redis.call('HSET', prefix .. 'party:' .. amount.key, partyField(own, amount.party), string.format('%.17g', amount.cost))
  else
    redis.call('HSET', prefix .. 'held:' .. amount.key, own, string.format('%.17g', amount.cost))
  end
end
return 0
`

/** ARGV: prefix, program, milliseconds that it counts as alive. Returns whether it was, and how many are, itself included. */
export const beatScript = `
local prefix, own, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('EXISTS', prefix .. 'program:' .. own)
redis.call('SET', prefix .. 'program:' .. own, '1', 'PX', lease)
redis.call('ZADD', prefix .. 'programs', now + lease, own)
redis.call('ZREMRANGEBYSCORE', prefix .. 'programs', '-inf', '(' .. now)
return { known, redis.call('ZCARD', prefix .. 'programs') }
`

/** ARGV: prefix, program. It has ended. */
export const endScript = `
redis.call('ZREM', ARGV[1] .. 'programs', ARGV[2])
return redis.call('DEL', ARGV[1] .. 'program:' .. ARGV[2])
`
