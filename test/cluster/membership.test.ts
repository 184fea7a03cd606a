import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkRedis, examineCluster, type Membership, openMembership } from '../../cluster/index.ts'
import { describeRedisProblem, isRefusal } from '../../cluster/redisProblems.ts'
import { freePort } from '../support/freePort.ts'
import { collectLog } from '../support/log.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'

const ours = { secret: 'a-secret-of-this-test', database: 'ours', files: 's3://ours' }

describe.runIf(hasRedis)('programs on one Redis', () => {
  let redis: RedisServer
  const open = new Set<Membership>()
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await Promise.all([...open].map(one => one.close()))
    open.clear()
  })
  afterAll(() => redis?.stop())

  function join(id: string, leaseMs = 20_000) {
    const { log, bugs } = collectLog({ level: 'info' })
    const membership = openMembership({ redisUrl: redis.url, id, log, leaseMs })
    open.add(membership)
    return { membership, bugs }
  }

  it.each([
    ['the secret', { secret: 'another-secret-of-it' }, /^CLUSTER_SECRET is not .*: use the same one;/],
    ['the database', { database: 'theirs' }, /^DATABASE_URL is not .*: name the same PostgreSQL;/],
    ['the place of files', { files: 'ada:/data' }, /^STORAGE is not .*: name the same bucket,/],
  ])('have %s in common, or one says in one line which setting differs and what to do', async (_, other, words) => {
    await join('first').membership.agree(ours)
    await join('second').membership.agree(ours)
    // An engine has neither database nor files.
    await join('engine').membership.agree({ secret: ours.secret })
    const refused = await join('third')
      .membership.agree({ ...ours, ...other })
      .catch((error: Error) => error.message)
    expect(refused).toMatch(words)
    expect(refused).toMatch(/redis:\/\/host:6379\/1/)
    expect(refused).not.toMatch(/secret-of|\n/)
  })

  it('may have other settings once the last one has ended, with a word or without', async () => {
    const others = { ...ours, secret: 'another-secret-of-it' }
    const { membership } = join('first')
    await membership.agree(ours)
    await membership.close()
    const { membership: second } = join('second')
    await second.agree(others)
    await expect(join('third').membership.agree(ours)).rejects.toThrow(/CLUSTER_SECRET/)
    await second.close()
    // As one that was killed.
    const client = new Redis(redis.url)
    await client.set('{fourstroke}:common:secret', 'theirs gone', 'PX', 500)
    client.disconnect()
    const agrees = () =>
      join('fourth')
        .membership.agree(ours)
        .then(
          () => true,
          () => false,
        )
    await expect.poll(agrees).toBe(true)
  })

  it('notice it later where Redis was away when they started, and say so until it is mended', async () => {
    await redis.halt()
    const { membership, bugs } = join('first', 400)
    await membership.agree(ours)
    await redis.goOn()
    await expect
      .poll(() => examineCluster(redis.url, 'another-secret-of-it').catch((error: Error) => error.message))
      .toMatch(/^CLUSTER_SECRET/)
    expect(membership.problem()).toBeNull()
    // As if another program had come before it when Redis had lost everything.
    const client = new Redis(redis.url)
    await client.set('{fourstroke}:common:files', 'theirs second')
    await expect.poll(() => membership.problem()).toMatch(/^STORAGE is not/)
    expect(bugs.length).toBe(1)
    await client.del('{fourstroke}:common:files')
    client.disconnect()
    await expect.poll(() => membership.problem()).toBeNull()
  })

  it('start while Redis is away, and end in words where it turns them away', async () => {
    await checkRedis(`redis://127.0.0.1:${await freePort()}`)
    const client = new Redis(redis.url)
    await client.config('SET', 'requirepass', 'right')
    await checkRedis(redis.url.replace('//', '//:right@'))
    for (const [user, words] of [
      ['', /^The Redis in REDIS_URL cannot be used: it wants a password; write it into REDIS_URL/],
      [':wrong@', /^The Redis in REDIS_URL cannot be used: it does not know this user and password; correct REDIS_URL/],
    ] as const) {
      await expect(checkRedis(redis.url.replace('//', `//${user}`))).rejects.toMatchObject({
        ...{ code: 'settings/invalid', message: expect.stringMatching(words) },
      })
    }
    await client.config('SET', 'requirepass', '')
    client.disconnect()
  })
})

describe('what Redis says', () => {
  const told = (message: string, code?: string) =>
    describeRedisProblem(Object.assign(new Error(message), { code }), 'redis://:hidden@machine:6380/1')

  it.each([
    [
      'connect ECONNREFUSED 10.0.0.1:6380',
      'ECONNREFUSED',
      'nobody listens at machine:6380; start it, or correct REDIS_URL',
    ],
    ['getaddrinfo ENOTFOUND machine', 'ENOTFOUND', 'there is no machine of the name machine; correct REDIS_URL'],
    ['connect ETIMEDOUT', 'ETIMEDOUT', /^machine:6380 does not answer; correct REDIS_URL/],
    ['Command timed out', undefined, /^machine:6380 does not answer; correct REDIS_URL/],
    [
      'NOAUTH Authentication required.',
      undefined,
      'it wants a password; write it into REDIS_URL, redis://:password@host:port',
    ],
    [
      'WRONGPASS invalid username-password pair',
      undefined,
      /^it does not know this user and password; correct REDIS_URL/,
    ],
    ['NOPERM this user has no permissions', undefined, /^its user may not do all that is needed/],
    ['Something else', undefined, 'it says “Something else”; correct REDIS_URL'],
  ])('“%s” is told with a cure and without the password', (message, code, words) => {
    expect(told(message, code)).toEqual(expect.stringMatching(words))
    expect(told(message, code)).not.toContain('hidden')
  })

  it('is final where it turns us away, and else waited for', () => {
    const errors = ['NOAUTH x', 'WRONGPASS x', 'NOPERM x', 'connect ECONNREFUSED', 'LOADING Redis is loading']
    expect(errors.map(message => isRefusal(new Error(message)))).toEqual([true, true, true, false, false])
  })
})
