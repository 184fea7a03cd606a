import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { openDatabase } from '../../../prisma/database.ts'
import { errorPayload, errorText } from '../../../protocol/errors.ts'
import type { LearningId, PersonId, StyleId } from '../../../studio/studio.ts'
import { openTestEngine, type TestEngine } from '../../support/engine.ts'
import { buildStudio, type TestStudio, temporaryFolder } from '../../support/studio.ts'

/** Several starts, on a machine that has other things to do. */
const slow = 120_000

let place: ReturnType<typeof temporaryFolder>
let databaseUrl: string
beforeEach(() => {
  place = temporaryFolder()
  databaseUrl = `file:${join(place.folder, 'fourstroke.db')}`
})
afterEach(() => place.remove())

const openHere = (engine: TestEngine) => buildStudio({ engine, dataFolder: place.folder, databaseUrl })
const green = () =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: '#20ff20' } })
    .png()
    .toBuffer()

async function teach(test: TestStudio): Promise<{ by: PersonId; style: StyleId; learning: LearningId }> {
  const by = (await test.studio.people.fromDiscord({ discordId: '1', name: 'Ada' })).id
  const { id: style } = await test.studio.styles.create(by, { name: 'Greens', pictures: [{ bytes: await green() }] })
  return { by, style, learning: (await test.studio.styles.learn(by, style)).id }
}

function ended(test: TestStudio, learning: LearningId) {
  return new Promise(resolve => {
    test.studio.styles.watch(learning, fact => fact.type === 'ended' && resolve(fact.learning))
  })
}

async function vectorOf(style: StyleId, number = 1): Promise<Uint8Array> {
  const database = await openDatabase(databaseUrl)
  const where = { styleId_number: { styleId: style, number } }
  const { vector } = await database.client.styleVersion.findUniqueOrThrow({ where })
  await database.close()
  return vector
}

const checkpoints = (style: StyleId) => readdirSync(join(place.folder, 'styles', style, 'learnings'))

it(
  'goes on from its checkpoint after a stop in the middle, and ends in an equal style',
  async () => {
    const whole = await openHere(openTestEngine())
    const reference = await teach(whole)
    await ended(whole, reference.learning)
    const expected = await vectorOf(reference.style)
    expect(checkpoints(reference.style)).toEqual([])
    await whole.studio.styles.remove(reference.by, reference.style)
    await whole.close()

    let isAtFive = () => undefined as unknown
    const atFive = new Promise(resolve => {
      isAtFive = () => resolve(null)
    })
    const stuck = openTestEngine({
      beforeLearning: step => (step < 5 ? Promise.resolve() : new Promise(() => isAtFive())),
    })
    const first = await openHere(stuck)
    const { style, learning } = await teach(first)
    await atFive
    await first.close()

    const engine = openTestEngine()
    engine.hold()
    const second = await openHere(engine)
    // Whoever looks now sees how it went before the stop.
    const curve = await new Promise(resolve => {
      const stop = second.studio.styles.watch(learning, fact => resolve(fact.type === 'curve' ? fact.points : fact))
      onTestFinished(stop)
    })
    expect(curve).toMatchObject([{ step: 1 }, { step: 2 }, { step: 3 }, { step: 4 }])
    engine.release()
    expect(await ended(second, learning)).toMatchObject({ state: 'finished', version: 1 })
    expect(JSON.parse(Buffer.from(engine.learnAsks[0]!.resume!).toString())).toMatchObject({ step: 4 })
    expect(Buffer.from(await vectorOf(style)).equals(Buffer.from(expected))).toBe(true)
    expect(second.bugs).toEqual([])
    await second.close()
  },
  slow,
)

it('paints the examples of an imported style after a restart, if it was stopped before', async () => {
  const engine = openTestEngine()
  const first = await openHere(engine)
  const { by, style, learning } = await teach(first)
  await ended(first, learning)
  const { bytes } = await first.studio.styles.exportFile(by, style)
  engine.hold()
  const { id } = await first.studio.styles.importFile(by, { name: 'Brought', bytes })
  await vi.waitFor(() => expect(engine.load().running).toBe(1), slow)
  await first.close()
  expect(first.bugs).toEqual([])

  const second = await openHere(openTestEngine())
  await vi.waitFor(async () => expect((await second.studio.styles.find(by, id)).examples).toBe(4), slow)
  await second.close()
})

it('begins again when the model has changed meanwhile', async () => {
  const stuck = openTestEngine({
    beforeLearning: step => (step < 3 ? Promise.resolve() : new Promise(() => undefined)),
  })
  const first = await openHere(stuck)
  const { by, style, learning } = await teach(first)
  await new Promise<void>(resolve => {
    first.studio.styles.watch(learning, fact => fact.type === 'painted' && resolve())
  })
  await first.close()
  const engine = openTestEngine({ modelHash: 'b'.repeat(64) })
  const second = await openHere(engine)
  await ended(second, learning)
  expect(engine.learnAsks[0]!.resume).toBeUndefined()
  expect(await second.studio.styles.find(by, style)).toMatchObject({ version: 1, error: null })
  await second.close()
})

it.each([['a bug', new Error('out of luck'), errorText(errorPayload('style/learning-failed'))]])(
  'says how it ended when the engine has %s',
  async (_name, error, summary) => {
    const engine = openTestEngine({ beforeLearning: () => Promise.reject(error) })
    const test = await openHere(engine)
    const { by, style, learning } = await teach(test)
    expect(await ended(test, learning)).toMatchObject({ state: 'failed', summary })
    expect(test.bugs).toMatchObject([{ message: error.message }])
    expect(await test.studio.styles.find(by, style)).toMatchObject({
      version: null,
      error: { code: 'style/unlearned' },
    })
    await test.close()
  },
)

it('says that the model takes no styles, where it does not', async () => {
  const test = await openHere(openTestEngine({ takesStyles: false }))
  const { styles } = test.studio
  expect(styles.error).toMatchObject({ code: 'style/none' })
  await expect(teach(test)).rejects.toMatchObject({ code: 'style/none' })
  const [style] = await styles.list((await test.studio.people.fromDiscord({ discordId: '1', name: 'Ada' })).id)
  await expect(styles.importFile(style!.owner.id, { name: 'File', bytes: new Uint8Array(8) })).rejects.toMatchObject({
    code: 'style/none',
  })
  await test.close()
})

it('leaves not a byte of a deleted style in the files of the database, at once', async () => {
  const test = await openHere(openTestEngine())
  const { by, style, learning } = await teach(test)
  await ended(test, learning)
  const vector = Buffer.from(await vectorOf(style))
  const files = () => {
    const names = readdirSync(place.folder).filter(name => name.startsWith('fourstroke.db'))
    return Buffer.concat(names.map(name => readFileSync(join(place.folder, name))))
  }
  const traces = [vector, Buffer.from(style), Buffer.from(learning), Buffer.from('Greens')]
  for (const trace of traces) expect(files().includes(trace)).toBe(true)
  await test.studio.styles.remove(by, style)
  for (const trace of traces) expect(files().includes(trace)).toBe(false)
  expect(readdirSync(join(place.folder, 'styles'))).toEqual([])
  await test.close()
})

it('takes no offence when a style is deleted while its checkpoint is written', async () => {
  let arrive: () => void = () => undefined
  const isAtTwo = new Promise<void>(resolve => {
    arrive = resolve
  })
  let goOn: () => void = () => undefined
  const gate = new Promise<void>(resolve => {
    goOn = resolve
  })
  const beforeLearning = async (step: number) => {
    if (step === 2) arrive()
    await (step === 2 ? gate : step > 2 ? new Promise(() => undefined) : null)
  }
  const test = await openHere(openTestEngine({ beforeLearning }))
  const { style } = await teach(test)
  await isAtTwo
  const { client, close } = await openDatabase(databaseUrl)
  await client.style.deleteMany({ where: { id: style } })
  await close()
  // Where its folder was, none can be made.
  const folder = join(place.folder, 'styles', style)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  goOn()
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), slow)
  await test.close()
  expect(test.bugs).toEqual([])
})

it('gives up a learning during which program after program has died without getting further', async () => {
  const engine = openTestEngine()
  engine.hold()
  const test = await openHere(engine)
  const { learning } = await teach(test)
  await test.close()
  const { client, close } = await openDatabase(databaseUrl)
  await client.learning.update({ where: { id: learning }, data: { state: 'running', interrupts: 2 } })
  await close()
  const next = await openHere(openTestEngine())
  // 'style/interrupted'
  expect(await ended(next, learning)).toMatchObject({
    state: 'failed',
    summary: expect.stringMatching(/several times/),
  })
  await next.close()
})

it('keeps where in chat to answer until it has been answered', async () => {
  const test = await openHere(openTestEngine())
  const { by, style, learning } = await teach(test)
  await ended(test, learning)
  const { styles } = test.studio
  const target = { applicationId: 'a', interactionId: 'i', interactionToken: 't', channelId: 'c', guildId: null }
  const chat = { ...target, messageId: null, locale: null }
  const { id } = await styles.learn(by, style, { chat })
  expect(await styles.chat.undelivered()).toMatchObject([{ learning: id, ...chat }])
  await styles.chat.setMessage(id, 'm')
  expect(await styles.chat.find(id)).toMatchObject({ messageId: 'm', interactionToken: 't' })
  await ended(test, id)
  await styles.chat.markDelivered(id)
  expect(await styles.chat.undelivered()).toEqual([])
  expect(await styles.chat.find(id)).toMatchObject({ interactionToken: '' })
  await test.close()
})

it(
  'survives being killed in the middle: the next program ends in an equal style',
  async () => {
    const program = join(import.meta.dirname, '../../support/learningProgram.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', program, place.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said: string[] = []
    for await (const line of createInterface(child.stdout)) {
      said = line.split(' ')
      if (said[0] === 'kept') break
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    const [, style, learning] = said

    const engine = openTestEngine()
    const test = await openHere(engine)
    expect(await ended(test, learning as LearningId)).toMatchObject({ state: 'finished' })
    expect(engine.learnAsks[0]!.resume).toBeDefined()
    const killed = Buffer.from(await vectorOf(style as StyleId))
    const whole = await teach(test)
    await ended(test, whole.learning)
    expect(killed.equals(Buffer.from(await vectorOf(whole.style)))).toBe(true)
    await test.close()
  },
  slow,
)
