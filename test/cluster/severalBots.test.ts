/** Several programs that are one bot together, on one Redis and one PostgreSQL, before a loopback Discord. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Discord, type Interaction, openDiscord } from '../support/discord/index.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/studio.ts'

const program = join(import.meta.dirname, '..', 'support', 'botProcess.ts')

describe.runIf(hasRedis && postgresPrograms)('several programs that are one bot', { timeout: patient(180_000) }, () => {
  let redis: RedisServer
  let postgres: Postgres
  let discord: Discord
  let databaseUrl: string
  const { folder, remove } = temporaryFolder()
  const running = new Set<ChildProcess>()
  const within = patient(60_000)

  interface BotProgram {
    /** The shards that it has opened and not closed. */
    shards(): number[]
    kill(signal: NodeJS.Signals): Promise<void>
  }

  /** Resolves once it takes part; `stepMs`: how slowly it paints. */
  async function start(stepMs: number): Promise<BotProgram> {
    const args = ['--import', 'tsx', program, discord.api, discord.token, folder, `${stepMs}`, redis.url, databaseUrl]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    running.add(child)
    let said = ''
    child.stdout.on('data', chunk => (said += String(chunk)))
    await discord.until(() => said.includes('ready') || child.exitCode !== null, 'the start of a bot', within)
    if (child.exitCode !== null) throw new Error(`The bot did not start: ${said}`)
    return {
      shards() {
        const open = new Set<number>()
        for (const [, shard, what] of said.matchAll(/"shard":(\d).*?This program (opens|has closed)/g)) {
          if (what === 'opens') open.add(Number(shard))
          else open.delete(Number(shard))
        }
        return [...open]
      },
      async kill(signal) {
        const ended = once(child, 'exit')
        child.kill(signal)
        await ended
        running.delete(child)
      },
    }
  }
  const paint = (where = discord.general, seed = 1): Promise<Interaction> =>
    discord.user('ada').slash('imagine', { prompt: 'a pier', seed }, where)
  const finals = ({ original }: Interaction) =>
    original!.history.filter(({ buttons }) => buttons.includes('Reroll')).length

  beforeAll(async () => {
    redis = await startRedis()
    postgres = await startPostgres(postgresPrograms!)
  })
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL')
    running.clear()
    await discord.close()
    await redis.halt()
    await redis.goOn()
  })
  afterAll(async () => {
    await redis?.stop()
    postgres?.stop()
    remove()
  })

  async function open(shards: number): Promise<void> {
    discord = await openDiscord({ shards })
    databaseUrl = postgres.newDatabase()
  }

  it('have a fair share of the shards each, register the commands once, and answer on each', async () => {
    await open(2)
    const one = await start(20)
    await discord.until(() => one.shards().length === 2, 'both shards in the first', within)
    const other = await start(20)
    await discord.until(() => one.shards().length === 1 && other.shards().length === 1, 'one shard each', within)
    await discord.until(() => discord.gateway.isConnected(), 'all connections', within)
    for (const where of [discord.general, discord.next, discord.user('ada').direct]) {
      await discord.offers(await paint(where), 'Reroll', within)
    }
    expect(discord.requests.filter(({ route }) => route === 'commands.put')).toHaveLength(1)
    expect(discord.gateway.identifies).toHaveLength(3)

    // One that ends in peace gives away what it has at once.
    await one.kill('SIGTERM')
    await discord.until(() => other.shards().length === 2, 'both shards in the second', within)
  })

  it('take over the shards and the messages of one that is killed, each picture once', async () => {
    await open(2)
    // It paints for longer than this test waits.
    const one = await start(600_000)
    await discord.until(() => one.shards().length === 2, 'both shards in the first', within)
    const other = await start(20)
    await discord.until(() => one.shards().length === 1 && other.shards().length === 1, 'one shard each', within)
    await discord.until(() => discord.gateway.isConnected(), 'all connections', within)
    const asked = [await paint(discord.general, 1), await paint(discord.next, 2)]
    // Each is answered by the program that has its shard: one is painted, and the other is under way.
    await discord.until(() => asked.filter(one => finals(one) > 0).length === 1, 'the picture of the second', within)
    const unfinished = asked.find(one => finals(one) === 0)!
    await discord.offers(unfinished, 'Cancel', within)

    await one.kill('SIGKILL')
    await discord.until(() => other.shards().length === 2, 'both shards in the second', within)
    await discord.offers(unfinished, 'Reroll', within)
    await discord.until(() => discord.gateway.isConnected(), 'all connections', within)
    for (const where of [discord.general, discord.next]) await discord.offers(await paint(where, 3), 'Reroll', within)
    expect(discord.world.messages.size).toBe(4)
    for (const interaction of asked) {
      expect(interaction.original!.attachments).toHaveLength(1)
      expect(finals(interaction)).toBe(1)
    }
    expect(discord.requests.filter(({ route }) => route === 'commands.put')).toHaveLength(1)
  })

  it('begin anew together when Discord wants more shards', async () => {
    await open(1)
    const [one, other] = [await start(20), await start(20)]
    await discord.until(() => one.shards().length + other.shards().length === 1, 'the one shard', within)
    await discord.until(() => discord.gateway.isConnected(), 'the connection', within)
    discord.gateway.shards = 4
    discord.gateway.drop(4011)
    await discord.until(() => one.shards().length === 2 && other.shards().length === 2, 'two shards each', within)
    await discord.until(() => discord.gateway.isConnected(), 'all connections', within)
    await discord.offers(await paint(discord.next), 'Reroll', within)
  })
})
