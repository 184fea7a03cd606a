import { afterAll, beforeAll, describe } from 'vitest'
import { testEngine } from '../engine/engineContract.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { openBehindSocket } from './support/nodes.ts'

describe.runIf(hasRedis)('on another machine', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  testEngine(options => openBehindSocket(redis.url, options))
})
