import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, it } from 'vitest'
import type { Prisma } from '../../prisma/client/sqlite/client.ts'
import { openDatabase } from '../../prisma/database.ts'
import { onEachDatabase } from '../support/databases.ts'
import { openTestEngine } from '../support/engine.ts'
import { buildStudio, type TestStudio, temporaryFolder, untilEnded } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)

/** As a version that nobody remembers may have written them, or a hand. */
const unreadable: readonly Prisma.InputJsonValue[] = ['a word', 7, [], {}, { prompt: 4, styles: 'none', modelHash: [] }]

onEachDatabase((newUrl, provider) => {
  it('rows that cannot be read keep nobody from opening, painting, learning and looking at the rest', async () => {
    const dataFolder = join(folder, provider)
    const databaseUrl = newUrl(dataFolder)
    const open = (engine = openTestEngine()) => buildStudio({ engine, dataFolder, databaseUrl })
    const held = openTestEngine({ beforeLearning: () => new Promise(() => undefined) })
    const first = await open(held)
    const by = (await first.studio.people.fromDiscord({ discordId: '1', name: 'Ada' })).id
    const style = await styleOf(first, by, 'Greens')
    const learned = await styleOf(first, by, 'Reds')
    held.hold()
    const jobs = [...unreadable, null].map(() => first.studio.pictures.request(by, 'chat', { prompt: 'a pier' }))
    const asked = await Promise.all(jobs)
    await first.studio.styles.learn(by, style)
    await first.close()

    const { client, close } = await openDatabase(databaseUrl)
    for (const [index, recipe] of unreadable.entries()) {
      await client.picture.updateMany({ where: { jobId: asked[index]!.job }, data: { recipe, failure: recipe } })
    }
    await client.learning.updateMany({ data: { recipe: 'a word', pictures: { a: 1 }, curve: 'flat' } })
    await client.style.updateMany({ where: { id: learned }, data: { examplePrompts: 'a house', version: 1 } })
    await client.styleVersion.create({
      data: {
        ...{ styleId: learned, number: 1, origin: 'learned', createdAt: new Date(), modelHash: 'm', rank: 4 },
        ...{ targets: 'all', vector: Buffer.alloc(2), bytes: 2, recipe: 'none', curve: [{ step: 'one' }, 3] },
        ...{ assessment: 'good', pictures: 5, examples: 0 },
      },
    })
    await close()

    const second = await open()
    const { studio, bugs } = second
    const { pictures } = await untilEnded(studio, asked.at(-1)!.job)
    expect(pictures).toMatchObject([{ state: 'finished' }])
    for (const { job } of asked.slice(0, -1)) {
      const ended = await untilEnded(studio, job)
      expect(ended.pictures).toMatchObject([{ state: 'failed', failure: { code: 'picture/bug' } }])
    }
    await expect.poll(async () => (await studio.styles.show(by, style)).learning?.state).toBe('failed')
    expect(await studio.styles.list(by, { own: true })).toHaveLength(2)
    expect(await studio.styles.show(by, learned)).toMatchObject({
      examplePrompts: [],
      versions: [{ recipe: null, curve: [], assessment: null, pictures: 0 }],
    })
    expect(bugs).toEqual([])
    await second.close()
  })
})

async function styleOf(
  { studio }: TestStudio,
  by: Parameters<TestStudio['studio']['styles']['create']>[0],
  name: string,
) {
  const create = { width: 32, height: 32, channels: 3, background: '#20ff20' } as const
  const bytes = await sharp({ create }).png().toBuffer()
  return (await studio.styles.create(by, { name, pictures: [{ bytes }] })).id
}
