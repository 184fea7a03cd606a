import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { openDatabase } from '../../../prisma/database.ts'
import type { Learning, LearningEvent, PersonId, Sharing, Style, StyleId } from '../../../studio/studio.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { openTestEngine, type TestEngine } from '../../support/engine.ts'
import { patient } from '../../support/patience.ts'
import { buildStudio, type TestStudio, temporaryFolder, untilEnded } from '../../support/studio.ts'

/** For a machine that has other things to do. */
const patienceMs = patient(30_000)
const guild = '111'
const otherGuild = '222'

/** One colour, as a PNG that somebody brings. */
function paper(color: string, side = 64): Promise<Uint8Array> {
  return sharp({ create: { width: side, height: side, channels: 3, background: color } })
    .png()
    .toBuffer()
}

function learned(test: TestStudio, learning: Learning): Promise<{ learning: Learning; facts: LearningEvent[] }> {
  const facts: LearningEvent[] = []
  return new Promise(resolve => {
    test.studio.styles.watch(learning.id, fact => {
      facts.push(fact)
      if (fact.type === 'ended') resolve({ learning: fact.learning, facts })
    })
  })
}

onEachDatabase(newUrl => {
  let test: TestStudio
  let engine: TestEngine
  let people: Record<'owner' | 'guest' | 'member' | 'stranger' | 'operator', PersonId>
  const { folder, remove } = temporaryFolder()
  const databaseUrl = () => url
  let url = ''
  let count = 0
  let monthsLater = 0

  beforeAll(async () => {
    url = newUrl(folder)
    engine = openTestEngine()
    test = await buildStudio({
      ...{ engine, dataFolder: folder, databaseUrl: url, operators: ['999'] },
      now: () => new Date(Date.now() + monthsLater),
      styleLimits: { stylesPerPerson: 4, picturesPerStyle: 3, learnings: 3, learningsPerPerson: 1 },
    })
  })
  afterAll(async () => {
    await test?.close()
    remove()
  })
  beforeEach(async () => {
    count++
    const from = async (discordId: string, guildId: string | null) =>
      (await test.studio.people.fromDiscord({ discordId, name: discordId, guildId })).id
    people = {
      owner: await from(`1${count}`, guild),
      guest: (await test.studio.people.newGuest('Guest')).person.id,
      member: await from(`2${count}`, guild),
      stranger: await from(`3${count}`, otherGuild),
      operator: await from('999', null),
    }
  })

  async function buildStyle({ name = 'Reds', color = '#ff2020' } = {}): Promise<StyleId> {
    const { styles } = test.studio
    const { id } = await styles.create(people.owner, { name, pictures: [{ bytes: await paper(color) }] })
    await learned(test, await styles.learn(people.owner, id))
    return id
  }
  const paint = (by: PersonId, style: StyleId, more = {}) =>
    test.studio.pictures.request(by, 'canvas', { prompt: 'a red house', seed: 1, styles: [{ style, ...more }] })

  describe('who may do what', () => {
    type Who = keyof typeof people
    const everybody: Who[] = ['owner', 'guest', 'member', 'stranger', 'operator']
    /** Who may see and use it; an operator may also see what is not shared. */
    const users: Record<Sharing, Who[]> = {
      private: ['owner'],
      [`guild:${guild}`]: ['owner', 'member'],
      everyone: everybody,
    }
    const uses: Record<string, (by: PersonId, id: StyleId) => Promise<unknown>> = {
      paint: (by, id) => paint(by, id),
      checkUse: (by, id) => test.studio.styles.checkUse(by, id),
      setDefault: (by, id) => test.studio.styles.setDefault(by, id),
    }
    const looks: typeof uses = {
      show: (by, id) => test.studio.styles.show(by, id),
      find: (by, id) => test.studio.styles.find(by, id),
      readExample: (by, id) => test.studio.styles.readExample(by, id, 1, 'after', 0),
    }
    const owns: typeof uses = {
      rename: (by, id) => test.studio.styles.rename(by, id, 'Other'),
      share: (by, id) => test.studio.styles.share(by, id, 'private'),
      addPictures: async (by, id) => test.studio.styles.addPictures(by, id, [{ bytes: await paper('#000000') }]),
      setCaption: (by, id) => test.studio.styles.setCaption(by, id, 'x' as never, ''),
      removePicture: (by, id) => test.studio.styles.removePicture(by, id, 'x' as never),
      readPicture: (by, id) => test.studio.styles.readPicture(by, id, 'x' as never),
      learn: (by, id) => test.studio.styles.learn(by, id),
      cancel: (by, id) => test.studio.styles.cancel(by, id),
      restore: (by, id) => test.studio.styles.restore(by, id, 1),
      chooseExamples: (by, id) => test.studio.styles.chooseExamples(by, id, ['a house']),
      exportFile: (by, id) => test.studio.styles.exportFile(by, id),
      importFile: (by, id) => test.studio.styles.importFile(by, { style: id, bytes: new Uint8Array(1) }),
      remove: (by, id) => test.studio.styles.remove(by, id),
    }
    const codeOf = (action: Promise<unknown>) =>
      action.then(
        () => null,
        (error: { code?: string }) => error.code ?? error,
      )

    it.each(Object.keys(users) as Sharing[])('with a style that is shared with: %s', async sharing => {
      const { styles } = test.studio
      const id = await buildStyle()
      await styles.share(people.owner, id, sharing)
      for (const who of everybody) {
        const by = people[who]
        const isUser = users[sharing]!.includes(who)
        const listed = await styles.list(by)
        expect(listed.map(style => style.id).includes(id), `${who} lists`).toBe(isUser)
        for (const [name, act] of Object.entries(uses)) {
          expect(await codeOf(act(by, id)), `${who}: ${name}`).toBe(isUser ? null : 'style/missing')
        }
        for (const [name, act] of Object.entries(looks)) {
          const sees = isUser || who === 'operator'
          expect(await codeOf(act(by, id)), `${who}: ${name}`).toBe(sees ? null : 'style/missing')
        }
        if (who === 'owner') continue
        for (const [name, act] of Object.entries(owns)) {
          const code = isUser || who === 'operator' ? 'style/not-yours' : 'style/missing'
          expect(await codeOf(act(by, id)), `${who}: ${name}`).toBe(code)
        }
        if (who === 'operator') continue
        expect(await codeOf(styles.disable(by, id, 'no'))).toBe('style/operator')
        expect(await codeOf(styles.enable(by, id))).toBe('style/operator')
      }
      expect(await codeOf(styles.disable(people.owner, id, 'no'))).toBe('style/operator')
      await styles.remove(people.owner, id)
    })

    it('lets a server switch teaching and sharing off', async () => {
      const { styles, guilds } = test.studio
      const id = await buildStyle()
      await styles.share(people.owner, id, `guild:${guild}`)
      const at = { id: guild, isManager: true }
      await expect(guilds.setSwitches(people.member, { ...at, isManager: false }, {})).rejects.toMatchObject({
        code: 'guild/manager',
      })
      await guilds.setSwitches(people.member, at, { sharing: false, learning: false })
      expect(await guilds.switches(guild)).toEqual({ sharing: false, learning: false })
      expect(await codeOf(styles.checkUse(people.member, id))).toBe('style/missing')
      expect(await codeOf(styles.share(people.owner, id, `guild:${guild}`))).toBe('guild/sharing-off')
      expect(await codeOf(styles.learn(people.owner, id, { guild }))).toBe('guild/learning-off')
      expect(await codeOf(styles.create(people.owner, { name: 'New', guild }))).toBe('guild/learning-off')
      await guilds.setSwitches(people.operator, { id: guild, isManager: false }, { sharing: true, learning: true })
      await styles.checkUse(people.member, id)
      expect(await codeOf(styles.share(people.owner, id, `guild:${otherGuild}`))).toBe('style/sharing')
      expect(await codeOf(styles.share(people.owner, id, 'friends' as Sharing))).toBe('style/sharing')
    })

    it('knows where somebody has been heard lately, by the newest name of the server', async () => {
      const { people, guilds } = test.studio
      const here = { discordId: `4${count}`, name: 'Dee' }
      for (const guildName of ['Atelier', null, 'The  Atelier']) {
        await people.fromDiscord({ ...here, guildId: '333', guildName })
      }
      await people.fromDiscord({ ...here, guildId: '444' })
      const { id } = await people.fromDiscord(here)
      const known = { id: '333', name: 'The Atelier', sharing: true }
      expect(await guilds.ofPerson(id)).toEqual([known, { id: '444', name: null, sharing: true }])
      await guilds.setSwitches(id, { id: '333', isManager: true }, { sharing: false })
      expect(await guilds.ofPerson(id)).toMatchObject([{ ...known, sharing: false }, {}])
      expect(await guilds.ofPerson((await people.newGuest('Guest')).person.id)).toEqual([])
      monthsLater = 32 * 24 * 60 * 60 * 1000
      expect(await guilds.ofPerson(id)).toEqual([])
      monthsLater = 0
    })

    it('disables a style everywhere at once, until it is enabled again', async () => {
      const { styles } = test.studio
      const id = await buildStyle()
      await styles.share(people.owner, id, 'everyone')
      engine.hold()
      await paint(people.guest, id, { weight: 0.1 })
      const waiting = await paint(people.guest, id)
      await styles.disable(people.operator, id, 'Not yours to teach.')
      engine.release()
      expect((await untilEnded(test.studio, waiting.job)).pictures[0]!.state).toBe('failed')
      await expect(paint(people.owner, id)).rejects.toMatchObject({
        code: 'style/disabled',
        hint: 'The reason: Not yours to teach.',
      })
      expect(await codeOf(styles.learn(people.owner, id))).toBe('style/disabled')
      expect((await styles.find(people.owner, id)).isDisabled).toBe(true)
      await styles.enable(people.operator, id)
      await styles.checkUse(people.owner, id)
    })
  })

  it('learns as a durable job, tells how it goes, and paints with what was learned', async () => {
    const { styles, pictures } = test.studio
    const { id } = await styles.create(people.owner, {
      name: '  Reds  of  mine ',
      pictures: [{ bytes: await paper('#ff0000'), caption: 'all red' }],
    })
    await expect(paint(people.owner, id)).rejects.toMatchObject({ code: 'style/unlearned' })
    await styles.chooseExamples(people.owner, id, ['a house', 'a tree'])
    const { learning, facts } = await learned(test, await styles.learn(people.owner, id, { method: 'exact', steps: 4 }))
    expect(learning).toMatchObject({ state: 'finished', version: 1, step: 4, steps: 4 })
    expect(learning.summary).toMatch(/Version 1 is in use now\.$/)
    expect([...new Set(facts.map(({ type }) => type))]).toEqual(['started', 'stepped', 'painted', 'ended'])

    const ask = engine.learnAsks.at(-1)!
    expect(ask).toMatchObject({ owner: people.owner, recipe: { method: 'exact', steps: 4 } })
    expect(ask.pictures).toMatchObject([{ caption: 'all red', picture: { width: 64, height: 64 } }])
    const shown = await styles.show(people.owner, id)
    expect(shown).toMatchObject({
      name: 'Reds of mine',
      version: 1,
      pictures: 1,
      error: null,
      examples: 2,
      isMine: true,
    })
    expect(shown.versions).toMatchObject([
      { number: 1, isInUse: true, fits: true, rank: 1, origin: 'learned', pictures: 1 },
    ])
    expect(shown.versions[0]!.curve).toHaveLength(4)
    const example = await styles.readExample(people.owner, id, 1, 'after', 1)
    expect(await sharp(example!).metadata()).toMatchObject({ width: 64, height: 64, format: 'png' })
    expect(await styles.readExample(people.owner, id, 1, 'after', 2)).toBeNull()

    const [plain, styled] = await Promise.all([
      pictures.request(people.owner, 'canvas', { prompt: 'a red house', seed: 1 }),
      paint(people.owner, id, { weight: 0.75 }),
    ])
    const [before, after] = await Promise.all(
      [plain, styled].map(async ({ job }) => (await untilEnded(test.studio, job)).pictures[0]!),
    )
    expect(after!.recipe.styles).toEqual([{ style: id, name: 'Reds of mine', version: 1, weight: 0.75 }])
    expect(after!.file).not.toBe(before!.file)
    const again = await pictures.again(people.owner, after!.id, { sameSeed: true })
    expect((await untilEnded(test.studio, again.job)).pictures[0]).toMatchObject({ recipe: after!.recipe })
    await expect(pictures.again(people.guest, after!.id)).rejects.toMatchObject({ code: 'style/missing' })
  })

  it('keeps the version in use if the new one is worse, and restores any', async () => {
    const { styles } = test.studio
    const id = await buildStyle()
    const worse = await learned(test, await styles.learn(people.owner, id, { steps: 1 }))
    expect(worse.learning.summary).toMatch(/Version 1 stays in use; this one is stored as version 2\.$/)
    expect((await styles.find(people.owner, id)).version).toBe(1)
    await styles.restore(people.owner, id, 2)
    expect((await styles.find(people.owner, id)).version).toBe(2)
    await expect(styles.restore(people.owner, id, 3)).rejects.toMatchObject({ code: 'style/version' })
  })

  it('refuses what cannot be, in words', async () => {
    const { styles } = test.studio
    const by = people.owner
    const id = await buildStyle()
    const refuses = (action: Promise<unknown>, code: string) => expect(action).rejects.toMatchObject({ code })
    await refuses(styles.create(by, { name: 'REDS' }), 'style/name-taken')
    for (const name of ['', 'a:b', 'a,b', 'x'.repeat(41)]) await refuses(styles.create(by, { name }), 'style/name')
    await refuses(styles.create(by, { name: 'Text', pictures: [{ bytes: Buffer.from('text') }] }), 'image/type')
    const bytes = await paper('#123456')
    const four = Array.from({ length: 4 }, () => ({ bytes }))
    await refuses(styles.create(by, { name: 'Many', pictures: four }), 'style/pictures-many')
    await refuses(styles.addPictures(by, id, four), 'style/pictures-many')
    await refuses(styles.addPictures(by, id, [{ bytes, caption: 'x'.repeat(201) }]), 'style/caption')
    await refuses(styles.setCaption(by, id, 'x' as never, 'words'), 'style/picture-missing')
    await refuses(styles.chooseExamples(by, id, Array(5).fill('a house')), 'style/examples')
    await refuses(styles.find(by, 'no such style'), 'style/missing')
    await refuses(styles.cancel(by, id), 'style/not-learning')
    await refuses(styles.importFile(by, { name: 'File', bytes }), 'style/file')
    await refuses(paint(by, id, { weight: 1.6 }), 'style/weight')
    const twice = { prompt: 'a red house', styles: Array.from({ length: 4 }, () => ({ style: id })) }
    await refuses(test.studio.pictures.request(by, 'canvas', twice), 'style/many')
    const { id: empty } = await styles.create(by, { name: 'Empty' })
    await refuses(styles.learn(by, empty), 'style/pictures-few')
    await styles.create(by, { name: 'Third' })
    await styles.create(by, { name: 'Fourth' })
    await refuses(styles.create(by, { name: 'Fifth' }), 'style/count')
  })

  it('limits how many learn at once, cancels, and takes no pictures away from a learning', async () => {
    const { styles } = test.studio
    const by = people.owner
    const pictures = [{ bytes: await paper('#00ff00') }]
    const first = await styles.create(by, { name: 'First', pictures })
    const second = await styles.create(by, { name: 'Second', pictures })
    engine.hold()
    const learning = await styles.learn(by, first.id)
    await expect(styles.learn(by, first.id)).rejects.toMatchObject({ code: 'style/learning' })
    await expect(styles.learn(by, second.id)).rejects.toMatchObject({ code: 'style/busy-yours' })
    const picture = first.stylePictures[0]!.id
    await expect(styles.removePicture(by, first.id, picture)).rejects.toMatchObject({ code: 'style/learning' })
    for (const other of [people.member, people.stranger]) {
      const { id } = await styles.create(other, { name: 'Mine', pictures })
      await styles.learn(other, id)
    }
    const { id } = await styles.create(people.guest, { name: 'Mine', pictures })
    await expect(styles.learn(people.guest, id)).rejects.toMatchObject({ code: 'style/busy' })
    const ended = learned(test, learning)
    await styles.cancel(by, first.id)
    engine.release()
    expect((await ended).learning.state).toBe('cancelled')
    await styles.removePicture(by, first.id, picture)
    expect((await styles.show(by, first.id)).stylePictures).toEqual([])
  })

  it('learns from pictures that were made here, but only by their own person', async () => {
    const { styles, pictures } = test.studio
    const { job } = await pictures.request(people.owner, 'canvas', { prompt: 'a red house' })
    const made = (await untilEnded(test.studio, job)).pictures[0]!
    const { stylePictures } = await styles.create(people.owner, { name: 'Made', pictures: [{ picture: made.id }] })
    expect(stylePictures).toMatchObject([{ caption: 'a red house', width: 64 }])
    const stolen = styles.create(people.guest, { name: 'Stolen', pictures: [{ picture: made.id }] })
    await expect(stolen).rejects.toMatchObject({ code: 'style/picture-foreign' })
  })

  it('finds by name, your own before others, and remembers a default', async () => {
    const { styles } = test.studio
    const name = `Shared ${count}`
    const theirs = await buildStyle({ name })
    await styles.share(people.owner, theirs, 'everyone')
    expect((await styles.find(people.guest, name.toUpperCase())).id).toBe(theirs)
    await styles.setDefault(people.guest, theirs)
    expect((await styles.defaultOf(people.guest))?.id).toBe(theirs)
    const mine = await styles.create(people.guest, { name })
    expect((await styles.find(people.guest, name)).id).toBe(mine.id)
    const names = (list: Style[]) => list.map(style => style.id)
    expect(names(await styles.list(people.guest)).slice(0, 1)).toEqual([mine.id])
    expect(names(await styles.list(people.guest, { usable: true }))).not.toContain(mine.id)
    expect(names(await styles.list(people.guest, { own: true }))).toEqual([mine.id])
    await styles.share(people.owner, theirs, 'private')
    expect(await styles.defaultOf(people.guest)).toBeNull()
  })

  it('exports what another studio of the same model imports as an equal style', async () => {
    const { styles } = test.studio
    const id = await buildStyle({ name: 'Reds & more!' })
    const { bytes, fileName } = await styles.exportFile(people.owner, id)
    expect(fileName).toBe('Reds-more.safetensors')
    const imported = await styles.importFile(people.guest, { name: 'Brought', bytes })
    expect(imported).toMatchObject({ version: 1, error: null, versions: [{ origin: 'imported', rank: 1 }] })
    const pictures = await Promise.all(
      [
        [people.owner, id],
        [people.guest, imported.id],
      ].map(async ([by, style]) => {
        const { job } = await paint(by as PersonId, style as StyleId)
        return (await untilEnded(test.studio, job)).pictures[0]!
      }),
    )
    const [one, other] = await Promise.all(
      pictures.map(async ({ file }) =>
        sharp((await test.studio.pictures.files.read(file!))!)
          .raw()
          .toBuffer(),
      ),
    )
    const worst = one!.reduce((most, value, index) => Math.max(most, Math.abs(value - other![index]!)), 0)
    // It is quantized once more on the way; exactly so, it lands on its own levels.
    expect(worst).toBeLessThanOrEqual(1)
    const next = await styles.importFile(people.owner, { style: id, bytes })
    expect(next).toMatchObject({ version: 2 })
  })

  it('paints examples of what came as a file when nobody waits, and leaves none of what is deleted', async () => {
    const { styles } = test.studio
    const { bytes } = await styles.exportFile(people.owner, await buildStyle())
    const shown = async (style: StyleId) => (await styles.show(people.member, style)).versions[0]!
    const { id } = await styles.importFile(people.member, { name: 'Brought', bytes })
    await vi.waitFor(async () => expect(await shown(id)).toMatchObject({ origin: 'imported', examples: 4 }), patienceMs)
    const asks = engine.asks.filter(({ owner }) => owner === people.member)
    expect(asks).toHaveLength(8)
    expect(asks.map(({ priority }) => priority)).toEqual(Array(8).fill('background'))
    expect(asks.slice(4)).toMatchObject(asks.slice(0, 4).map(({ prompt, seed }) => ({ prompt, seed })))
    const examples = await Promise.all(
      (['before', 'after'] as const).map(when => styles.readExample(people.member, id, 1, when, 3)),
    )
    expect(Buffer.from(examples[0]!).equals(Buffer.from(examples[1]!))).toBe(false)
    expect((await styles.list(people.member, { own: true }))[0]).toMatchObject({ examples: 4 })

    // In the words that its owner has chosen.
    engine.hold()
    await styles.chooseExamples(people.member, id, ['a house by the sea'])
    await styles.importFile(people.member, { style: id, bytes })
    const { id: deleted } = await styles.importFile(people.member, { name: 'Not for long', bytes })
    await vi.waitFor(() => expect(engine.asks.at(-1)).toMatchObject({ prompt: 'a house by the sea' }), patienceMs)
    await styles.remove(people.member, deleted)
    engine.release()
    await vi.waitFor(async () => expect(await shown(id)).toMatchObject({ number: 2, examples: 4 }), patienceMs)
    expect(readdirSync(join(folder, 'styles'))).not.toContain(deleted)
    expect(test.bugs).toEqual([])
  })

  it('imports a file of more ranks than there are slots and says what was kept of it', async () => {
    const name = 'unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_v'
    const bytes = writeSafetensors(
      new Map([
        [`${name}.lora_A.weight`, { shape: [20, 3], values: new Float32Array(60).fill(0.1) }],
        [`${name}.lora_B.weight`, { shape: [3, 20], values: new Float32Array(60).fill(0.1) }],
      ]),
    )
    const peftConfig = '{"r": 20, "lora_alpha": 10}'
    const style = await test.studio.styles.importFile(people.owner, { name: 'Wide', bytes, peftConfig })
    expect(style).toMatchObject({
      notes: 'Reduced from rank 20 to 16, which keeps 100.0 % of what it changes.',
      versions: [{ origin: 'imported', rank: 16 }],
    })
  })

  it('refuses a style of another model with words', async () => {
    const id = await buildStyle()
    const other = await buildStudio({
      ...{ engine: openTestEngine({ modelHash: 'b'.repeat(64) }), dataFolder: folder, databaseUrl: databaseUrl() },
      resume: 'none',
    })
    const ask = other.studio.pictures.request(people.owner, 'canvas', {
      prompt: 'a red house',
      styles: [{ style: id }],
    })
    await expect(ask).rejects.toMatchObject({ code: 'style/model', message: expect.stringMatching(/another model/) })
    expect((await other.studio.styles.find(people.owner, id)).error).toMatchObject({ code: 'style/model' })
    await other.close()
  })

  describe('where styles change other targets of the model than before', () => {
    const end = { name: 'conv_in', in: 36, out: 4, kernel: [3, 3] } as const
    const contentOf = ({ bytes }: { bytes: Uint8Array }) =>
      new Map([...readSafetensors(bytes).tensors].map(([name, tensor]) => [name, tensor.read()]))

    it('takes a style that changes fewer, and nothing else by it', async () => {
      const id = await buildStyle()
      const before = contentOf(await test.studio.styles.exportFile(people.owner, id))
      const narrow = openTestEngine()
      const { targets, valuesPerRank } = narrow.styleLayout!
      const styleLayout = {
        ...narrow.styleLayout!,
        targets: [end, ...targets],
        valuesPerRank: valuesPerRank + end.in + end.out,
      }
      const other = await buildStudio({
        ...{ engine: { ...narrow, styleLayout }, dataFolder: folder, databaseUrl: databaseUrl() },
        resume: 'none',
      })
      const after = contentOf(await other.studio.styles.exportFile(people.owner, id))
      await other.close()
      for (const [name, values] of after) {
        expect(values, name).toEqual(before.get(name) ?? new Float32Array(values.length))
      }
      expect([...after.keys()]).toEqual(expect.arrayContaining([...before.keys(), 'unet.conv_in.lora_A.weight']))
    })

    it('refuses a style that changes more, with the cure', async () => {
      const id = await buildStyle()
      const database = await openDatabase(databaseUrl())
      const targets = [...engine.styleLayout!.targets, end] as unknown as object[]
      await database.client.styleVersion.updateMany({ where: { styleId: id }, data: { targets } })
      await database.close()
      const message = expect.stringMatching(/changes ends too.*may set FOURSTROKE_STYLE_TARGETS=attention,ends\./)
      const error = { code: 'style/model', message }
      await expect(paint(people.owner, id)).rejects.toMatchObject(error)
      await expect(test.studio.styles.exportFile(people.owner, id)).rejects.toMatchObject(error)
      await expect(test.studio.styles.restore(people.owner, id, 1)).rejects.toMatchObject(error)
    })
  })

  it('deletes a style with all that belongs to it, rows, files and vectors', async () => {
    const { styles } = test.studio
    const id = await buildStyle()
    await styles.setDefault(people.owner, id)
    await paint(people.owner, id)
    engine.hold()
    const learning = await styles.learn(people.owner, id)
    const ended = learned(test, learning)
    await styles.remove(people.owner, id)
    engine.release()
    expect((await ended).learning.state).toBe('cancelled')
    const database = await openDatabase(databaseUrl())
    const { client } = database
    const where = { styleId: id }
    const left = await Promise.all([
      client.style.count({ where: { id } }),
      client.stylePicture.count({ where }),
      client.styleVersion.count({ where }),
      client.learning.count({ where }),
    ])
    expect(left).toEqual([0, 0, 0, 0])
    await database.close()
    expect(readdirSync(join(folder, 'styles'))).not.toContain(id)
    await expect(styles.find(people.owner, id)).rejects.toMatchObject({ code: 'style/missing' })
    // The engine has forgotten it too.
    const gone = {
      owner: '',
      priority: 'interactive',
      prompt: 'a',
      seed: 1,
      steps: 1,
      guidance: 8,
      width: 64,
      height: 64,
    } as const
    expect(() => engine.paint({ ...gone, styles: [{ id: `${id}@1`, weight: 1 }] })).toThrow(/style/)
  })
})
