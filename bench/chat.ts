import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Statistics } from '../studio/studio.ts'
import { type Discord, type Interaction, openDiscord } from '../test/support/discord/index.ts'
import { temporaryFolder } from '../test/support/studio.ts'
import { report, round, summarize } from './canvas.ts'

/**
 * Chat under load, against the bot in a process of its own and a Discord of our own in this one. First: 60 `/imagine` at
 * once beside people who type 100 autocomplete keys a second. Then: pictures through a Discord that loses one answer in
 * twenty, half of them after their effect. Ends with an error if an interaction is not acknowledged, or if a picture
 * does not end, or ends twice, or an edit is refused. A stand-in paints stripes, unless `--model` names a folder.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '60' },
    keys: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    pictures: { type: 'string', default: '1000' },
    'at-once': { type: 'string', default: '20' },
    share: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '1' },
    model: { type: 'string' },
  },
})
const engine = values.model ?? '5'
const painted = values.model === undefined ? 'a stand-in that paints stripes, 5 ms a step' : values.model

const typing = await withBot(measureTyping)
const losing = await withBot(measureLosses)
report(`Chat, painted by ${painted}`, [...typing.lines, ...losing.lines], {
  engine: painted,
  typing: typing.figures,
  losing: losing.figures,
})
process.exitCode = typing.isGood && losing.isGood ? 0 : 1

interface Finding {
  readonly lines: readonly string[]
  readonly figures: Readonly<Record<string, unknown>>
  readonly isGood: boolean
}
interface Bot {
  readonly discord: Discord
  statistics(): Promise<Statistics>
}

/** 60 commands at once, two seconds after people have begun to type. */
async function measureTyping({ discord }: Bot): Promise<Finding> {
  const [requests, keysPerSecond, seconds] = [Number(values.requests), Number(values.keys), Number(values.seconds)]
  const typists = Array.from({ length: 25 }, (_, index) => discord.user(`typist${index}`))
  let keys = 0
  let suggested = 0
  const typed: Promise<void>[] = []
  const type = () => {
    const typist = typists[keys++ % typists.length]!
    const suggestion = typist.type('imagine', 'style', 'c'.repeat(1 + (keys % 5)))
    // Of what one person typed, only the newest is answered: their client waits for no other.
    typed.push(
      suggestion.then(
        () => void suggested++,
        () => undefined,
      ),
    )
  }
  const startedAt = performance.now()
  // People do not type more slowly because we are late.
  const typingTimer = setInterval(() => {
    while (keys < ((performance.now() - startedAt) * keysPerSecond) / 1_000) type()
  }, 10)
  await sleep(2_000)
  const asked = await Promise.allSettled(
    Array.from({ length: requests }, (_, index) =>
      discord.user(`painter${index}`).slash('imagine', { prompt: `a pier at ${index} o'clock` }),
    ),
  )
  const answered = asked.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  await sleep(Math.max(0, 1_000 * seconds - 2_000))
  clearInterval(typingTimer)
  const typedPerSecond = round((1_000 * keys) / (performance.now() - startedAt))
  await Promise.all(typed)
  const ended = await Promise.allSettled(answered.map(one => discord.offers(one, 'Reroll', 600_000)))
  const times = summarize(answered.map(({ acknowledged, createdAt }) => acknowledged!.at - createdAt))
  const finished = ended.filter(({ status }) => status === 'fulfilled').length
  return {
    lines: [
      `${answered.length} of ${requests} /imagine at once acknowledged beside ${typedPerSecond} keys a second: p50 ${times.p50}, p95 ${times.p95}, at most ${times.max} ms`,
      `${finished} finished, ${refusedEdits(discord)} edits refused; ${suggested} of ${keys} keys had suggestions, the rest were typed over`,
    ],
    figures: {
      ...{ requests, acknowledged: answered.length, finished, refusedEdits: refusedEdits(discord) },
      acknowledgedMs: times,
      ...{ keys, suggested, keysPerSecond: typedPerSecond },
    },
    isGood: answered.length === requests && finished === requests && refusedEdits(discord) === 0,
  }
}

/** Pictures one by one, some at once, while answers are lost. */
async function measureLosses({ discord, statistics }: Bot): Promise<Finding> {
  const count = Number(values.pictures)
  discord.lose(Number(values.share), randomFrom(Number(values.seed)))
  const asked: Interaction[] = []
  const unanswered: number[] = []
  const stuck: string[] = []
  let next = 0
  const startedAt = performance.now()
  const paint = async (painter: number) => {
    while (next < count) {
      const index = next++
      try {
        const one = await discord.user(`painter${painter}`).slash('imagine', { prompt: `a pier at ${index} o'clock` })
        asked.push(one)
        await discord.offers(one, 'Reroll', 300_000)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        if (message.includes('did not respond')) unanswered.push(index)
        else stuck.push(message)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, (_, painter) => paint(painter)))
  const seconds = (performance.now() - startedAt) / 1_000
  const { pictures } = await statistics()
  const twice = asked.filter(one => one.original!.attachments.length > 1 || one.followUps.length > 0)
  const isGood =
    unanswered.length + stuck.length + twice.length + refusedEdits(discord) === 0 &&
    pictures.finished === count &&
    pictures.queued + pictures.running + pictures.failed === 0
  const figures = {
    ...{ pictures: count, lostAnswers: discord.lost(), unanswered: unanswered.length, stuck: stuck.length },
    ...{
      shownTwice: twice.length,
      painted: pictures.finished,
      paintedTwice: pictures.finished - count + unanswered.length,
    },
    ...{ seconds: round(seconds), refusedEdits: refusedEdits(discord) },
  }
  const lines = [
    `${figures.painted} of ${count} pictures ended in ${figures.seconds} s, ${figures.lostAnswers} answers lost`,
    `${figures.unanswered} unanswered, ${figures.stuck} stuck, ${figures.shownTwice} shown twice, ${figures.paintedTwice} painted twice, ${figures.refusedEdits} edits refused`,
    ...stuck.slice(0, 5),
  ]
  return { lines, figures, isGood }
}

/** Edits of messages that Discord did not take: too many at once, or wrong. Answers that we lose on purpose are not. */
function refusedEdits({ requests }: Discord): number {
  const isRefused = (status: number) => status >= 400 && status < 500
  return requests.filter(({ route, status }) => route.endsWith('.edit') && isRefused(status)).length
}

/** The bot in a process of its own, on an empty studio. */
async function withBot<T>(work: (bot: Bot) => Promise<T>): Promise<T> {
  const discord = await openDiscord()
  const { folder, remove } = temporaryFolder()
  const program = join(import.meta.dirname, '..', 'test', 'support', 'botProcess.ts')
  const args = ['--import', 'tsx', program, discord.api, discord.token, folder, engine]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  try {
    await untilReady(child)
    return await work({
      discord,
      async statistics() {
        child.send('statistics')
        const [statistics] = await once(child, 'message')
        return statistics as Statistics // what it sends
      },
    })
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
    remove()
    await discord.close()
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', chunk => {
      said = (said + String(chunk)).slice(-10_000)
      if (said.includes('ready')) resolve()
    })
    child.once('exit', () => reject(new Error(`The bot did not start: ${said}`)))
  })
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** The same numbers from 0 to below 1 in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
