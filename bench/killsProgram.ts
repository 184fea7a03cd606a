import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { openEngine } from '../engine/index.ts'
import { createLog } from '../logging.ts'
import { openStudio } from '../studio/index.ts'
import type { PersonId, StyleId } from '../studio/studio.ts'
import { uploadSide } from './killsUploads.ts'

/**
 * A program to be killed while it does everything at once: jobs from chat, live frames, learnings and uploads. Arguments:
 * data folder, model folder. Lines `requested <job> <count>`, `learning <id>` and `uploaded <hash>` say what somebody has
 * been told. On any line of standard input it begins nothing new, finishes what is open, and says `drained`.
 */
const [dataFolder = '', modelFolder = ''] = process.argv.slice(2)
const say = (...words: readonly (string | number)[]) => process.stdout.write(`${words.join(' ')}\n`)
const engine = await openEngine({ modelFolder, device: 'cpu', warmUp: false, restart: { maxCrashes: 1000 } })
const studio = await openStudio({
  ...{ engine, dataFolder, databaseUrl: `file:${join(dataFolder, 'fourstroke.db')}`, resume: 'all' },
  log: createLog({ level: 'fatal' }),
})
const { id: ada } = await studio.people.fromDiscord({ discordId: '1', name: 'Ada' })
const { width, height } = engine.info.model.sizes.default
let isDraining = false
process.stdin.once('data', () => {
  isDraining = true
})
say('ready')
await Promise.all([chat(), live(), uploads(), learnings()])
const openOnes = async () => {
  const { pictures, learnings } = await studio.statistics()
  return pictures.queued + pictures.running + learnings.queued + learnings.running
}
while ((await openOnes()) > 0) await sleep(50)
await studio.close()
await engine.close()
say('drained')
process.exit(0)

/** Again and again, until it is to drain; what is refused because a queue is full waits a little. */
async function again(work: () => Promise<unknown>): Promise<void> {
  while (!isDraining) await work().catch(() => sleep(20))
}

async function chat(): Promise<void> {
  await again(async () => {
    const count = 1 + (randomBytes(1)[0]! % 4)
    const { job } = await studio.pictures.request(
      ada,
      'chat',
      { prompt: 'a red house', count, steps: 2 },
      replyTarget(),
    )
    say('requested', job, count)
  })
}

function replyTarget() {
  const interactionId = String(randomBytes(6).readUIntBE(0, 6))
  return {
    applicationId: '1',
    interactionId,
    interactionToken: 't',
    channelId: '2',
    guildId: null,
    messageId: null,
    locale: null,
  }
}

async function live(): Promise<void> {
  const room = (await studio.rooms.create(ada, { name: 'Kills' })).room.id
  await again(async () => {
    const request = { room, frameId: 'frame', prompt: 'a boat', seed: 1, steps: 2, guidance: 4, width, height }
    const painting = await studio.live.paint(ada, request)
    const end = await painting.ended
    if (end.type === 'finished') await studio.live.save(ada, request, end, { newest: 5 })
    await sleep(50)
  })
}

async function uploads(): Promise<void> {
  await again(async () => {
    const { file } = await studio.pictures.files.take(ada, await noise())
    say('uploaded', file)
    await sleep(100)
  })
}

async function learnings(): Promise<void> {
  if (!engine.styleLayout) return
  await again(async () => {
    const { id } = await studio.styles.learn(ada, await styleOf(ada), { steps: 8 })
    say('learning', id)
    await new Promise<void>(resolve => studio.styles.watch(id, event => event.type === 'ended' && resolve()))
  })
}

async function styleOf(by: PersonId): Promise<StyleId> {
  const [known] = await studio.styles.list(by)
  if (known) return known.id
  const pictures = await Promise.all([1, 2].map(async () => ({ bytes: await noise() })))
  return (await studio.styles.create(by, { name: 'Noise', pictures })).id
}

async function noise(): Promise<Uint8Array> {
  const raw = { width: uploadSide, height: uploadSide, channels: 3 } as const
  return sharp(randomBytes(uploadSide ** 2 * 3), { raw })
    .png()
    .toBuffer()
}
