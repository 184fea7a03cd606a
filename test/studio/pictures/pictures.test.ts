import { existsSync } from 'node:fs'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '../../../protocol/errors.ts'
import { readTexts } from '../../../studio/images/png.ts'
import type { FileHash, JobId, Person, PictureEvent, PictureId, PictureOptions } from '../../../studio/studio.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { openTestEngine, type TestEngine } from '../../support/engine.ts'
import { buildStudio, type TestStudio, temporaryFolder, untilEnded, withQueue } from '../../support/studio.ts'

const wish: PictureOptions = { prompt: 'a red house', seed: 7, width: 32, height: 32 }
/** One that counts as one: of the model's own size. */
const whole: PictureOptions = { prompt: 'a red house', seed: 7 }

onEachDatabase(newUrl => {
  let test: TestStudio
  let engine: TestEngine
  let ada: Person
  let ben: Person
  const { folder, remove } = temporaryFolder()
  beforeAll(async () => {
    const failures = { 'a broken brush': 'engine/stopped', 'a bug': new Error('The brush is a bug.') } as const
    engine = openTestEngine({ failures })
    test = await buildStudio({
      ...{ engine, dataFolder: folder, databaseUrl: newUrl(folder) },
      budgets: withQueue(6, 9),
    })
  })
  beforeEach(async () => {
    ada = (await test.studio.people.newGuest('Ada')).person
    ben = (await test.studio.people.newGuest('Ben')).person
  })
  afterEach(() => engine.release())
  afterAll(async () => {
    await test?.close()
    remove()
  })
  const pictures = () => test.studio.pictures
  const paint = async (change: Partial<PictureOptions> = {}, by = ada) => {
    const { job } = await pictures().request(by.id, 'canvas', { ...wish, ...change })
    return (await untilEnded(test.studio, job, change.count ?? 1)).pictures
  }

  describe('a picture that was asked for', () => {
    it('is a row before anyone is told, and a file with its recipe when it is finished', async () => {
      engine.hold()
      const asked = await pictures().request(ada.id, 'chat', wish)
      expect(await pictures().find(asked.pictures[0]!.id)).toMatchObject({
        ...{ state: 'queued', owner: ada.id, origin: 'chat', index: 0, file: null, failure: null, parent: null },
        recipe: { ...wish, steps: 4, guidance: 8, model: 'stripes', modelHash: engine.info.model.hash },
      })
      engine.release()
      const {
        pictures: [picture],
      } = await untilEnded(test.studio, asked.job)
      expect(picture).toMatchObject({ state: 'finished', output: { device: 'cpu' }, finishedAt: expect.any(Date) })
      expect(await pictures().find(picture!.id)).toEqual(picture)
      const png = (await pictures().files.read(picture!.file!))!
      expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 32, height: 32 })
      expect(JSON.parse(readTexts(png)['fourstroke']!)).toMatchObject(picture!.recipe)
    })

    it('tells of its place in the line, its start, its steps and its end, in this order', async () => {
      engine.hold()
      const first = await pictures().request(ada.id, 'canvas', wish)
      const second = await pictures().request(ada.id, 'canvas', wish)
      const watched = untilEnded(test.studio, second.job, 1, { previews: true })
      engine.release()
      const { facts } = await watched
      expect(facts[0]).toMatchObject({ type: 'queued', ahead: 1, waitMs: expect.any(Number) })
      const types = facts.map(({ type }) => type).filter(type => type !== 'queued')
      expect(types).toEqual(['started', 'stepped', 'stepped', 'stepped', 'stepped', 'ended'])
      const steps = facts.filter(fact => fact.type === 'stepped')
      expect(steps.map(({ step, steps, preview }) => [step, steps, preview?.width])).toEqual(
        [1, 2, 3, 4].map(step => [step, 4, 32]),
      )
      await untilEnded(test.studio, first.job)
    })

    it('shows previews only to those who want them', async () => {
      const { job } = await pictures().request(ada.id, 'chat', wish)
      const { facts } = await untilEnded(test.studio, job)
      expect(facts.some(fact => 'preview' in fact)).toBe(false)
      await pictures().request(ada.id, 'commandLine', wish)
      await pictures().request(ada.id, 'commandLine', { ...wish, previews: true })
      expect(engine.asks.slice(-3).map(({ previews }) => previews)).toEqual(['decoded', 'none', 'decoded'])
    })

    it('tells a late listener what is true, once', async () => {
      const [picture] = await paint()
      const facts: PictureEvent[] = []
      const stop = pictures().watch(picture!.job, fact => facts.push(fact))
      await untilEnded(test.studio, picture!.job)
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(facts).toEqual([{ type: 'ended', picture }])
      stop()
    })

    it('ends although a listener fails', async () => {
      const { job } = await pictures().request(ada.id, 'chat', wish)
      pictures().watch(job, () => {
        throw new Error('I do not listen.')
      })
      expect((await untilEnded(test.studio, job)).pictures[0]?.state).toBe('finished')
      // It may be told a moment later than the others.
      await expect.poll(() => test.bugs.splice(0).length).toBeGreaterThan(0)
    })
  })

  describe('several at once', () => {
    it('use the seeds that follow, from the largest back to zero', async () => {
      const made = await paint({ count: 4, seed: 2 ** 32 - 2 })
      expect(made.map(({ index, recipe }) => [index, recipe.seed])).toEqual([
        [0, 4294967294],
        [1, 4294967295],
        [2, 0],
        [3, 1],
      ])
      expect(new Set(made.map(({ file }) => file)).size).toBe(4)
      expect((await pictures().ofJob(made[0]!.job)).map(({ id }) => id)).toEqual(made.map(({ id }) => id))
    })

    it('draw a seed when none is said', async () => {
      const { prompt } = wish
      const seeds = new Set<number>()
      for (let i = 0; i < 4; i++) {
        const {
          job,
          pictures: [picture],
        } = await pictures().request(ada.id, 'canvas', { prompt })
        seeds.add(picture!.recipe.seed)
        await untilEnded(test.studio, job)
      }
      expect(seeds.size).toBe(4)
    })
  })

  describe('an image to paint over', () => {
    it('is fitted to the size, and named in the recipe', async () => {
      const stored = await pictures().files.take(ada.id, await redImage())
      const [picture] = await paint({ image: stored.file, strength: 0.5 })
      expect(picture!.recipe).toMatchObject({ image: stored.file, strength: 0.5 })
      expect(engine.asks.at(-1)?.image).toMatchObject({ width: 32, height: 32 })
      const [other] = await paint({ image: picture!.file! })
      expect(other!.recipe).toMatchObject({ image: picture!.file, strength: 0.6 })
    })

    it.each(['f'.repeat(64), '../../etc/passwd', ''])('is refused if there is none under %j', async name => {
      await expect(pictures().request(ada.id, 'chat', { ...wish, image: name as FileHash })).rejects.toMatchObject({
        code: 'request/image',
      })
    })
  })

  describe('a mask', () => {
    const half = (edge = 16) =>
      sharp(
        Uint8Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < edge ? 0 : 255)),
        {
          raw: { width: 32, height: 32, channels: 1 },
        },
      )
        .png()
        .toBuffer()

    it('goes to the engine with its image, softened, and frees all of what it covers', async () => {
      const { file: image } = await pictures().files.take(ada.id, await redImage())
      const { file: maskImage } = await pictures().files.take(ada.id, await half())
      const [picture] = await paint({ image, maskImage, maskBlur: 3 })
      expect(picture!.recipe).toMatchObject({ image, maskImage, maskBlur: 3, strength: 1 })
      const { data } = engine.asks.at(-1)!.maskImage!
      expect([data[0], data[31]]).toEqual([0, 255])
      expect(data[15]).toBeGreaterThan(64)
      expect(data[15]).toBeLessThan(192)
    })

    it('is asked for again, and its file goes with the last picture that names it', async () => {
      const { file: image } = await pictures().files.take(ada.id, await redImage())
      const { file: maskImage } = await pictures().files.take(ada.id, await half(8))
      const [first] = await paint({ image, maskImage })
      const again = await pictures().again(ada.id, first!.id, { sameSeed: true })
      const [second] = (await untilEnded(test.studio, again.job)).pictures
      expect(second!.file).toBe(first!.file)
      await pictures().remove(first!.job, ada.id)
      expect(await pictures().files.has(maskImage)).toBe(true)
      await pictures().remove(second!.job, ada.id)
      expect(await pictures().files.has(maskImage)).toBe(false)
    })

    it('is refused without an image, where there is none, and with a blur that is no number', async () => {
      const { file: image } = await pictures().files.take(ada.id, await redImage())
      const missing = 'f'.repeat(64) as FileHash
      for (const change of [{ maskImage: image }, { image, maskImage: missing }, { image, maskBlur: Number.NaN }]) {
        const refused = pictures().request(ada.id, 'chat', { ...wish, ...change })
        await expect(refused).rejects.toMatchObject({ code: 'request/mask' })
      }
    })
  })

  describe('a branch', () => {
    it('has the first steps of its picture, and the rest as it says', async () => {
      const [parent] = await paint({ guidance: 5 })
      const { job } = await pictures().branch(ada.id, parent!.id, 2, { prompt: 'a blue house', seed: 9 })
      const [branch] = (await untilEnded(test.studio, job)).pictures
      const prefix = [{ prompt: 'a red house', seed: 7, guidance: 5, untilStep: 2 }]
      expect(branch).toMatchObject({ state: 'finished', parent: parent!.id })
      expect(branch!.recipe).toMatchObject({ prompt: 'a blue house', seed: 9, guidance: 5, steps: 4, prefix })
      expect(engine.asks.at(-1)).toMatchObject({ prompt: 'a blue house', seed: 9, prefix })

      const twig = await pictures().branch(ada.id, branch!.id, 3, { prompt: 'a boat' })
      const [leaf] = (await untilEnded(test.studio, twig.job)).pictures
      expect(leaf!.recipe.prefix).toMatchObject([
        { prompt: 'a red house', untilStep: 2 },
        { prompt: 'a blue house', untilStep: 3 },
      ])
      const early = await pictures().branch(ada.id, leaf!.id, 1, { prompt: 'a cat' })
      await untilEnded(test.studio, early.job)
      expect(engine.asks.at(-1)?.prefix).toMatchObject([{ prompt: 'a red house', untilStep: 1 }])
    })

    it.each([0, 4, 1.5, Number.NaN])('is refused from step %s of four', async step => {
      const [parent] = await paint()
      await expect(pictures().branch(ada.id, parent!.id, step)).rejects.toMatchObject({ code: 'request/branch' })
    })
  })

  describe('regions and variations', () => {
    const half = () => sharp(new Uint8Array(32 * 32).fill(255, 512), { raw: { width: 32, height: 32, channels: 1 } })

    it('go to the engine as they stand in the recipe, and are asked for again', async () => {
      const { file: mask } = await pictures().files.take(ada.id, await half().png().toBuffer())
      const said = {
        regions: [{ mask, prompt: 'a  boat ', weight: 2 }],
        ...{ guidance: 3, guidanceByStep: [4, 3], timesteps: [900, 300], endStep: 1, upscale: { strength: 0.3 } },
      }
      const [first] = await paint(said)
      const regions = [{ mask, prompt: 'a boat', guidance: 3, weight: 2 }]
      expect(first!.recipe).toMatchObject({ regions, steps: 2, customTimesteps: [900, 300], endStep: 1 })
      const ask = engine.asks.at(-1)!
      expect(ask).toMatchObject({
        timesteps: [900, 300],
        guidanceByStep: [4, 3],
        endStep: 1,
        upscale: { strength: 0.3 },
      })
      expect(ask.regions).toMatchObject([{ prompt: 'a boat', guidance: 3, weight: 2 }])
      expect([ask.regions![0]!.mask.data[0], ask.regions![0]!.mask.data.at(-1)]).toEqual([0, 255])

      const again = await pictures().again(ada.id, first!.id, { sameSeed: true })
      const [second] = (await untilEnded(test.studio, again.job)).pictures
      expect(second!.recipe).toEqual(first!.recipe)
      await pictures().remove(first!.job, ada.id)
      expect(await pictures().files.has(mask)).toBe(true)
      await pictures().remove(second!.job, ada.id)
      expect(await pictures().files.has(mask)).toBe(false)
    })

    it('keep the seed and draw other noise for each of several variations', async () => {
      const painted = await paint({ count: 3, variation: { seed: 2 ** 32 - 1, strength: 0.2 } })
      expect(painted.map(({ recipe }) => [recipe.seed, recipe.variation?.seed])).toEqual([
        [7, 2 ** 32 - 1],
        [7, 0],
        [7, 1],
      ])
      expect(engine.asks.slice(-3).map(ask => ask.variation?.seed)).toEqual([2 ** 32 - 1, 0, 1])
    })

    it('are refused where there are too many', async () => {
      const regions = new Array(9).fill({ mask: 'f'.repeat(64), prompt: 'x' })
      const refused = pictures().request(ada.id, 'chat', { ...wish, regions })
      await expect(refused).rejects.toMatchObject({ code: 'request/region' })
    })
  })

  describe('bad input', () => {
    const nothing = 'nowhere' as PictureId
    const cases: [string, string, Partial<PictureOptions>][] = [
      ['an empty prompt', 'prompt/empty', { prompt: '' }],
      ['a prompt of spaces and line breaks', 'prompt/empty', { prompt: ' \n\t ' }],
      ['10 000 characters', 'prompt/long', { prompt: 'x'.repeat(10_000) }],
      ['control characters', 'prompt/characters', { prompt: 'a\u0000b' }],
      ['escape sequences', 'prompt/characters', { prompt: 'a \u001b[31mred house' }],
      ['words that turn the line around', 'prompt/characters', { prompt: 'a \u202eesuoh der' }],
      ['half a character', 'prompt/characters', { prompt: 'a \ud83d house' }],
      ['no pictures', 'picture/count', { count: 0 }],
      ['five pictures', 'picture/count', { count: 5 }],
      ['one and a half pictures', 'picture/count', { count: 1.5 }],
      ['pictures without number', 'picture/count', { count: Number.NaN }],
      ['a size that is no multiple of 8', 'request/size', { width: 100 }],
      ['no size', 'request/size', { height: 0 }],
      ['a huge size', 'request/size', { width: 80_000, height: 80_000 }],
      ['a size that is no number', 'request/size', { width: Number.NaN }],
      ['a negative seed', 'request/seed', { seed: -1 }],
      ['a seed past 32 bits', 'request/seed', { seed: 2 ** 32 }],
      ['a seed past 32 bits for four pictures', 'request/seed', { seed: 2 ** 32, count: 4 }],
      ['a seed that is no number', 'request/seed', { seed: Number.NaN, count: 2 }],
      ['no steps', 'request/steps', { steps: 0 }],
      ['51 steps', 'request/steps', { steps: 51 }],
      ['half a step', 'request/steps', { steps: 0.5 }],
      ['guidance that is no number', 'request/guidance', { guidance: Number.NaN }],
      ['guidance without end', 'request/guidance', { guidance: Number.POSITIVE_INFINITY }],
      ['strength without an image', 'request/strength', { strength: 0.5 }],
      ['a parent that is not there', 'picture/missing', { parent: nothing }],
    ]
    it.each(cases)('refuses %s as %s, and leaves no row', async (_, code, change) => {
      const refusal = await pictures()
        .request(ada.id, 'chat', { ...wish, ...change })
        .catch((error: unknown) => error)
      expect(refusal).toMatchObject({ name: 'UserError', code })
      expect((refusal as Error).message.length).toBeGreaterThan(10)
      expect(await pictures().ofPerson(ada.id, 10)).toEqual([])
    })

    it.each([Number.NaN, 0, -1, 1.5, 0.01])('refuses a strength of %s', async strength => {
      const { file } = await pictures().files.take(ada.id, await redImage())
      await expect(pictures().request(ada.id, 'chat', { ...wish, image: file, strength })).rejects.toMatchObject({
        code: 'request/strength',
      })
    })

    it('takes markdown, mentions, emoji and other scripts as the words they are', async () => {
      for (const prompt of ['**bold** @everyone <@1> `x`', '猫 和 👩‍🚀', '\'; DROP TABLE "Picture"; --', '__proto__']) {
        const [picture] = await paint({ prompt })
        expect(picture).toMatchObject({ state: 'finished', recipe: { prompt } })
      }
    })

    it('reads line breaks as spaces', async () => {
      expect((await paint({ prompt: ' a red\n\thouse ' }))[0]!.recipe.prompt).toBe('a red house')
    })
  })

  describe('limits', () => {
    it('hold for one person and for all, however fast they ask', async () => {
      engine.hold()
      const askAtOnce = (by: Person, length: number) =>
        Promise.allSettled(Array.from({ length }, () => pictures().request(by.id, 'chat', whole)))
      const results = [...(await askAtOnce(ada, 8)), ...(await askAtOnce(ben, 4))]
      const codes = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
      // Ben is the one with less in a full line: his fourth gets in, and it is Ada who would have to wait.
      expect(codes).toEqual(['queue/yours', 'queue/yours'])
      expect(await test.studio.statistics()).toMatchObject({ pictures: { queued: 10, running: 0 } })
      const { job } = (await pictures().ofPerson(ada.id, 1))[0]!
      await pictures().cancel(job, ada.id)
      const again = () => pictures().request(ada.id, 'chat', whole)
      await expect(again()).rejects.toMatchObject({ code: 'queue/full' })
      await pictures().cancel((await pictures().ofPerson(ada.id, 1, 'queued'))[0]!.job, ada.id)
      await again()
      engine.release()
      for (const person of [ada, ben]) {
        for (const picture of await pictures().ofPerson(person.id, 20)) await untilEnded(test.studio, picture.job)
      }
      expect(await test.studio.statistics()).toMatchObject({ pictures: { queued: 0, running: 0 } })
    })
  })

  describe('failures', () => {
    it('are written down as the engine says them', async () => {
      expect((await paint({ prompt: 'a broken brush' }))[0]).toMatchObject({
        state: 'failed',
        failure: { code: 'engine/stopped', message: 'The engine says: engine/stopped.' },
        file: null,
      })
    })

    it('that the engine meets before it begins keep its own message too', async () => {
      const { paint: whole } = engine
      engine.paint = () => {
        throw new UserError('request/size', 'Expected a smaller picture, got this one.', { hint: 'Shrink it.' })
      }
      const [picture] = await paint().finally(() => {
        engine.paint = whole
      })
      expect(picture).toMatchObject({
        state: 'failed',
        failure: { code: 'request/size', message: 'Expected a smaller picture, got this one.', hint: 'Shrink it.' },
      })
    })

    it('that are bugs are told without details, and noted', async () => {
      const [picture] = await paint({ prompt: 'a bug' })
      expect(picture).toMatchObject({ state: 'failed', failure: { code: 'picture/bug' } })
      expect(picture!.failure!.message).not.toMatch(/brush/)
      expect(test.bugs.splice(0)).toMatchObject([{ type: 'Error', message: 'The brush is a bug.' }])
    })
  })

  describe('again', () => {
    it('paints the same wish with a new seed, as a child', async () => {
      const [first] = await paint()
      const {
        pictures: [second],
      } = await pictures().again(ben.id, first!.id)
      const { seed: _, ...same } = first!.recipe
      expect(second).toMatchObject({ owner: ben.id, origin: 'canvas', parent: first!.id, recipe: same })
      expect(second!.recipe.seed).not.toBe(first!.recipe.seed)
    })

    it('changes what it is told, keeps the seed if it is told so, and answers in chat', async () => {
      const [first] = await paint({ count: 2 })
      const chat = chatTarget()
      const { job, pictures: all } = await pictures().again(
        ada.id,
        first!.id,
        { prompt: 'a blue house', sameSeed: true },
        chat,
      )
      expect(all.map(({ recipe }) => [recipe.prompt, recipe.seed])).toEqual([
        ['a blue house', 7],
        ['a blue house', 8],
      ])
      expect(all[0]!.origin).toBe('chat')
      expect(await test.studio.chat.find(job)).toMatchObject(chat)
    })

    it('is refused for a picture that is not there', async () => {
      await expect(pictures().again(ada.id, 'nowhere' as PictureId)).rejects.toMatchObject({ code: 'picture/missing' })
    })
  })

  describe('cancel', () => {
    it('ends what waits and what runs, and leaves what is finished', async () => {
      const { job } = await pictures().request(ada.id, 'chat', { ...wish, count: 3 })
      const facts: PictureEvent[] = []
      await new Promise<void>(resolve => {
        pictures().watch(job, fact => {
          facts.push(fact)
          if (fact.type === 'ended') resolve()
        })
      })
      engine.hold()
      await pictures().cancel(job, ada.id)
      const states = (await pictures().ofJob(job)).map(({ state }) => state)
      expect(states.filter(state => state === 'finished').length).toBeGreaterThan(0)
      expect(states.every(state => state === 'finished' || state === 'cancelled')).toBe(true)
      engine.release()
      await new Promise(resolve => setTimeout(resolve, 30))
      expect((await pictures().ofJob(job)).map(({ state }) => state)).toEqual(states)
      expect(facts.filter(({ type }) => type === 'ended')).toHaveLength(3)
    })

    it('is the owner’s alone', async () => {
      const [picture] = await paint()
      await expect(pictures().cancel(picture!.job, ben.id)).rejects.toMatchObject({ code: 'picture/not-yours' })
      await expect(pictures().cancel('nowhere' as JobId, ben.id)).rejects.toMatchObject({ code: 'picture/missing' })
    })
  })

  describe('remove', () => {
    it('takes rows and files away', async () => {
      const [picture] = await paint({ prompt: 'only once' })
      await expect(pictures().remove(picture!.job, ben.id)).rejects.toMatchObject({ code: 'picture/not-yours' })
      await pictures().remove(picture!.job, ada.id)
      expect(await pictures().find(picture!.id)).toBeNull()
      expect(await pictures().files.has(picture!.file!)).toBe(false)
      await expect(pictures().remove(picture!.job, ada.id)).rejects.toMatchObject({ code: 'picture/missing' })
    })

    it('may come while others read it', async () => {
      for (let round = 0; round < 10; round++) {
        const { job, pictures: asked } = await pictures().request(ada.id, 'chat', wish)
        const removed = pictures().remove(job, ada.id)
        let isRemoved = false
        void removed.finally(() => (isRemoved = true))
        while (!isRemoved) {
          await Promise.all([pictures().find(asked[0]!.id), pictures().ofJob(job), pictures().ofPerson(ada.id, 5)])
        }
        await removed
        expect(await pictures().ofJob(job)).toEqual([])
      }
    })

    it('leaves a file that another picture is, or paints over', async () => {
      const [one] = await paint({ prompt: 'twice' })
      const [same] = await paint({ prompt: 'twice' }, ben)
      expect(same!.file).toBe(one!.file)
      const [over] = await paint({ image: one!.file! }, ben)
      await pictures().remove(one!.job, ada.id)
      expect(await pictures().files.has(one!.file!)).toBe(true)
      await pictures().remove(same!.job, ben.id)
      expect(await pictures().files.has(one!.file!)).toBe(true)
      await pictures().remove(over!.job, ben.id)
      expect(await pictures().files.has(one!.file!)).toBe(false)
    })

    it('leaves a file that a room shows', async () => {
      const [pinned] = await paint({ prompt: 'pinned' })
      const [kept] = await paint({ prompt: 'kept' })
      const { room } = await test.studio.rooms.create(ada.id, { name: 'Wall', opening: pinned!.id })
      const operation = { type: 'add', element: { kind: 'image', file: pinned!.file } }
      for (const { file } of [pinned!, kept!])
        expect(await test.studio.rooms.addFile(room.id, file!, ada.id)).toBe(true)
      await test.studio.rooms.append(room.id, [{ clock: 1, key: 'a:1', author: ada.id, operation }])
      await test.studio.rooms.snapshot(room.id, 1, { elements: [{ kind: 'image', file: kept!.file }] })
      await pictures().remove(pinned!.job, ada.id)
      await pictures().remove(kept!.job, ada.id)
      expect(await pictures().files.has(pinned!.file!)).toBe(true)
      expect(await pictures().files.has(kept!.file!)).toBe(true)
    })

    it('ends what is still being painted, and leaves no file of it', async () => {
      engine.hold()
      const { job } = await pictures().request(ada.id, 'chat', { ...wish, prompt: 'never seen' })
      await pictures().remove(job, ada.id)
      engine.release()
      const [after] = await paint({ prompt: 'afterwards' })
      expect(after!.state).toBe('finished')
      expect(await pictures().ofJob(job)).toEqual([])
    })
  })

  it('opens a room with a picture that is finished, and with no other', async () => {
    const create = (opening: PictureId) => test.studio.rooms.create(ada.id, { name: 'From chat', opening })
    const [picture] = await paint()
    expect((await create(picture!.id)).room.opening).toBe(picture!.id)
    await expect(create('nowhere' as PictureId)).rejects.toMatchObject({ code: 'picture/missing' })
    engine.hold()
    const { job, pictures: waiting } = await pictures().request(ada.id, 'chat', wish)
    await expect(create(waiting[0]!.id)).rejects.toMatchObject({ code: 'picture/unfinished' })
    await pictures().cancel(job, ada.id)
  })

  it('finds the pictures of a frame and of a person, newest first', async () => {
    const { room } = await test.studio.rooms.create(ada.id, { name: 'Studio' })
    const frame = { room: room.id, frameId: 'frame-1' }
    const first = await paint({ frame, seed: 1 })
    const second = await paint({ frame, seed: 2 }, ben)
    await paint({ frame: { ...frame, frameId: 'frame-2' }, seed: 3 })
    const seeds = (all: { recipe: { seed: number } }[]) => all.map(({ recipe }) => recipe.seed)
    expect(seeds(await pictures().ofFrame(room.id, 'frame-1', 10))).toEqual([2, 1])
    expect(seeds(await pictures().ofFrame(room.id, 'frame-1', 1))).toEqual([2])
    expect(seeds(await pictures().ofPerson(ada.id, 10))).toEqual([3, 1])
    expect(first[0]!.id).not.toBe(second[0]!.id)
  })

  describe('files', () => {
    it('lie under their hash, and nothing else becomes a path', async () => {
      const { file, width, height } = await pictures().files.take(ada.id, await redImage())
      expect([width, height]).toEqual([48, 48])
      expect(existsSync(`${folder}/files/${file.slice(0, 2)}/${file}`)).toBe(true)
      expect((await pictures().files.take(ada.id, await redImage())).file).toBe(file)
      for (const name of ['../fourstroke.db', `${file}/..`, file.toUpperCase()] as FileHash[]) {
        expect(await pictures().files.read(name)).toBeNull()
        expect(await pictures().files.has(name)).toBe(false)
      }
      expect(await pictures().files.read('0'.repeat(64) as FileHash)).toBeNull()
    })
  })

  describe('live', () => {
    it('is not written down, and the newest of a frame replaces the one that waits', async () => {
      const { room } = await test.studio.rooms.create(ada.id, { name: 'Studio' })
      const ask = {
        room: room.id,
        frameId: 'f',
        prompt: 'a house',
        seed: 1,
        steps: 2,
        guidance: 8,
        width: 16,
        height: 16,
      }
      engine.hold()
      // The engine has its hands full, so that what comes now waits.
      const busy = await test.studio.live.paint(ben.id, { ...ask, frameId: 'busy' })
      // One after the other, as a frame asks for them: each is looked up in the database before it goes to the engine.
      const paintings = []
      for (const seed of [1, 2, 3]) paintings.push(await test.studio.live.paint(ada.id, { ...ask, seed }))
      const other = await test.studio.live.paint(ada.id, { ...ask, frameId: 'g' })
      engine.release()
      const ends = await Promise.all([...paintings, other].map(({ ended }) => ended))
      expect((await busy.ended).type).toBe('finished')
      expect(ends.map(({ type }) => type)).toEqual(['replaced', 'replaced', 'finished', 'finished'])
      expect(engine.asks.at(-1)).toMatchObject({ owner: ada.id, priority: 'live', liveKey: `${room.id}:g` })
      expect(await pictures().ofPerson(ada.id, 10)).toEqual([])
      await expect(test.studio.live.paint(ada.id, { ...ask, prompt: ' ' })).rejects.toThrow(/prompt is empty/)
      await expect(test.studio.live.paint(ada.id, { ...ask, width: 17 })).rejects.toThrow(
        expect.objectContaining({ name: 'UserError', code: 'request/size' }),
      )
    })

    it('is kept with the drawing beneath it and its mask, so that its recipe paints it again', async () => {
      const { room } = await test.studio.rooms.create(ada.id, { name: 'Studio' })
      const image = { width: 16, height: 16, data: new Uint8Array(16 * 16 * 3).fill(99) }
      const grey = sharp(new Uint8Array(256).fill(140), { raw: { width: 16, height: 16, channels: 1 } })
      const { file: maskImage } = await pictures().files.take(ada.id, await grey.png().toBuffer())
      const numbers = { seed: 1, steps: 2, guidance: 8, width: 16, height: 16, strength: 0.5 }
      const ask = { room: room.id, frameId: 'f', prompt: 'a house', ...numbers, image, maskImage }
      const end = await (await test.studio.live.paint(ada.id, ask)).ended
      if (end.type !== 'finished') throw new Error(`Expected a finished picture, got ${end.type}`)
      const kept = await test.studio.live.save(ada.id, ask, end)
      expect(kept).toMatchObject({
        state: 'finished',
        origin: 'canvas',
        owner: ada.id,
        recipe: { prompt: 'a house', ...numbers },
      })
      expect(await pictures().ofFrame(room.id, 'f', 5)).toEqual([kept])
      const beneath = (await pictures().files.read(kept.recipe.image!))!
      expect(new Uint8Array(await sharp(beneath).raw().toBuffer())).toEqual(image.data)
      const { job: again } = await pictures().again(ada.id, kept.id, { sameSeed: true })
      expect((await untilEnded(test.studio, again)).pictures[0]!.file).toBe(kept.file)
    })

    it('goes with its files once its frame has newer ones, unless something came from it', async () => {
      const { live, rooms } = test.studio
      const { room } = await rooms.create(ada.id, { name: 'Studio' })
      const drawing = { width: 16, height: 16, data: new Uint8Array(16 * 16 * 3).fill(98) }
      const keep = async (seed: number, image = drawing, frameId = 'f') => {
        const numbers = { seed, steps: 2, guidance: 8, width: 16, height: 16, strength: 0.5 }
        const ask = { room: room.id, frameId, prompt: `number ${seed}`, ...numbers, image }
        const end = await (await live.paint(ada.id, ask)).ended
        if (end.type !== 'finished') throw new Error(`Expected a finished picture, got ${end.type}`)
        // Rows of one millisecond count as equally new.
        await new Promise(resolve => setTimeout(resolve, 2))
        return live.save(ada.id, ask, end, { newest: 2 })
      }
      const alone = await keep(1, { ...drawing, data: new Uint8Array(16 * 16 * 3).fill(97) })
      const elsewhere = await keep(2, drawing, 'g')
      const parent = await keep(3)
      const varied = await pictures().again(ada.id, parent.id, { frame: { room: room.id, frameId: 'h' } })
      await untilEnded(test.studio, varied.job)
      const opening = await keep(4)
      await rooms.create(ada.id, { name: 'Opened', opening: opening.id })
      const frame = { room: room.id, frameId: 'f' }
      const [asked] = await paint({ frame })
      const pinned = await keep(5)
      const operation = { type: 'add', element: { kind: 'image', file: pinned.file } }
      await rooms.addFile(room.id, pinned.file!, ada.id)
      await rooms.append(room.id, [{ clock: 1, key: 'ada:1', author: ada.id, operation }])
      const [sixth, seventh] = [await keep(6), await keep(7)]

      const left = await pictures().ofFrame(room.id, 'f', 20)
      expect(left.map(({ id }) => id)).toEqual([seventh, sixth, asked!, opening, parent].map(({ id }) => id))
      expect(await pictures().ofFrame(room.id, 'g', 20)).toEqual([elsewhere])
      const { files } = pictures()
      expect(await files.has(alone.file!)).toBe(false)
      expect(await files.has(alone.recipe.image!)).toBe(false)
      // Pinned: the canvas shows the file. The drawing beneath is that of others too.
      expect(await files.has(pinned.file!)).toBe(true)
      expect(await files.has(pinned.recipe.image!)).toBe(true)
    })
  })

  describe('chat', () => {
    it('remembers where to answer until it has been done, and where it was after that', async () => {
      const { chat } = test.studio
      const target = chatTarget()
      const before = (await chat.undelivered()).length
      const { job } = await pictures().request(ada.id, 'chat', wish, target)
      const later = await pictures().request(ada.id, 'chat', wish, { ...chatTarget(), messageId: '42' })
      expect((await chat.undelivered()).slice(before).map(reply => reply.job)).toEqual([job, later.job])
      await chat.setMessage(job, '99')
      expect(await chat.find(job)).toEqual({ ...target, job, messageId: '99', createdAt: expect.any(Date) })
      await chat.markDelivered(job)
      expect((await chat.undelivered()).slice(before).map(reply => reply.job)).toEqual([later.job])
      expect(await chat.find(job)).toMatchObject({ messageId: '99', channelId: '3', interactionToken: '' })
      expect(await chat.find('nowhere' as JobId)).toBeNull()
    })

    it('keeps a pending reply until it led to a job or an answer, and what failed for a day more', async () => {
      let time = Date.now()
      const place = temporaryFolder()
      const url = newUrl(place.folder)
      const own = await buildStudio({ dataFolder: place.folder, databaseUrl: url, now: () => new Date(time) })
      const { chat, people, pictures } = own.studio
      const promised = async (interactionId: string) => {
        const target = { ...chatTarget(), interactionId }
        await chat.addPendingReply(target, { prompt: interactionId })
        time += 1_000
        return target
      }
      const [asked, lost] = [await promised('asked'), await promised('lost')]
      for (const id of ['answered', 'refused']) await promised(id)
      const { person } = await people.newGuest('Ada')
      await pictures.request(person.id, 'chat', wish, asked)
      await chat.resolvePendingReply('answered')
      await chat.resolvePendingReply('refused', { retry: true })
      expect(await chat.pendingReplies()).toEqual([
        { ...lost, payload: { prompt: 'lost' }, createdAt: expect.any(Date) },
      ])
      expect(await chat.payloadOf('refused')).toEqual({ prompt: 'refused' })
      for (const id of ['asked', 'answered']) expect(await chat.payloadOf(id)).toBeNull()

      time += 25 * 60 * 60 * 1000
      await promised('later')
      await chat.resolvePendingReply('later', { retry: true })
      expect(await chat.payloadOf('refused')).toBeNull()
      expect(await chat.payloadOf('later')).toEqual({ prompt: 'later' })
      await own.close()
      place.remove()
    })
  })

  it('met no bug on the way', () => expect(test.bugs).toEqual([]))
})

function chatTarget() {
  const ids = { applicationId: '1', interactionId: '2', channelId: '3', guildId: null, messageId: null, locale: null }
  return { ...ids, interactionToken: 'secret' }
}

function redImage(): Promise<Buffer> {
  return sharp({ create: { width: 48, height: 48, channels: 3, background: '#ff0000' } })
    .jpeg()
    .toBuffer()
}
