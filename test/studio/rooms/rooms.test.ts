import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../../protocol/limits.ts'
import type { OperationEntry, Person, PersonId, Room, RoomId } from '../../../studio/studio.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { buildStudio, type TestStudio, temporaryFolder } from '../../support/studio.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

onEachDatabase(newUrl => {
  let test: TestStudio
  let ada: Person
  let ben: Person
  const { folder, remove } = temporaryFolder()
  beforeAll(async () => {
    test = await buildStudio({ dataFolder: folder, databaseUrl: newUrl(folder) })
    ada = (await test.studio.people.newGuest('Ada')).person
    ben = (await test.studio.people.newGuest('Ben')).person
  })
  afterAll(async () => {
    await test?.close()
    remove()
  })
  const rooms = () => test.studio.rooms
  const newRoom = async (): Promise<Room> => (await rooms().create(ada.id, { name: 'Studio' })).room

  describe('links', () => {
    it('are secrets of 128 bits, one to draw and one to look', async () => {
      const { links } = await rooms().create(ada.id, { name: 'Studio' })
      for (const link of [links.edit, links.view]) expect(Buffer.from(link, 'base64url')).toHaveLength(16)
      expect(links.edit).not.toBe(links.view)
    })

    it('let in as what they say, and keep the better role', async () => {
      const { room, links } = await rooms().create(ada.id, { name: 'Studio' })
      expect(await rooms().enter(links.view, ada.id)).toMatchObject({ room, role: 'owner', links })
      expect((await rooms().enter(links.view, ben.id))?.role).toBe('viewer')
      expect(await rooms().enter(links.edit, ben.id)).toMatchObject({ role: 'editor', links })
      expect((await rooms().enter(links.view, ben.id))?.role).toBe('editor')
    })

    it('do not give the link to draw to those who may look', async () => {
      const { links } = await rooms().create(ada.id, { name: 'Studio' })
      const entered = await rooms().enter(links.view, ben.id)
      expect(entered?.links).toEqual({ edit: links.view, view: links.view })
    })

    it.each(['', 'nonsense', '%', "' OR 1=1 --"])('do not open for %j', async secret => {
      expect(await rooms().enter(secret, ben.id)).toBeNull()
    })
  })

  describe('a name', () => {
    it.each(['', '   ', '\u0007', 'x'.repeat(81)])('is refused if it is %j', async name => {
      await expect(rooms().create(ada.id, { name })).rejects.toMatchObject({ code: 'room/name' })
    })

    it('is changed by those who may draw', async () => {
      const { room, links } = await rooms().create(ada.id, { name: 'Studio' })
      await rooms().rename(room.id, ' A  better\nname ', ada.id)
      expect((await rooms().enter(links.view, ben.id))?.room.name).toBe('A better name')
      await expect(rooms().rename(room.id, 'Mine', ben.id)).rejects.toMatchObject({ code: 'room/viewer' })
      const cy = (await test.studio.people.newGuest('Cy')).person
      await expect(rooms().rename(room.id, 'Mine', cy.id)).rejects.toMatchObject({ code: 'room/missing' })
    })
  })

  describe('a palette', () => {
    it('takes each colour once, as many as fit, from those who may draw', async () => {
      const { room, links } = await rooms().create(ada.id, { name: 'Colours' })
      expect(room.palette).toEqual([])
      const colors = Array.from({ length: limits.maxPaletteColors }, (_, index) => `#0000${(16 + index).toString(16)}`)
      await Promise.all(colors.map(color => rooms().addColor(room.id, color, ada.id)))
      expect(await rooms().addColor(room.id, colors[3]!, ada.id)).toEqual(colors)
      await expect(rooms().addColor(room.id, '#ffffff', ada.id)).rejects.toMatchObject({ code: 'room/palette' })
      expect(await rooms().removeColor(room.id, colors[0]!, ada.id)).toEqual(colors.slice(1))
      expect((await rooms().enter(links.view, ben.id))?.room.palette).toEqual(colors.slice(1))
      await expect(rooms().addColor(room.id, '#ffffff', ben.id)).rejects.toMatchObject({ code: 'room/viewer' })
    })
  })

  it('lists the rooms of a person', async () => {
    const { person } = await test.studio.people.newGuest('Dee')
    const first = await rooms().create(person.id, { name: 'First' })
    const second = await rooms().create(ada.id, { name: 'Second' })
    await rooms().enter(second.links.view, person.id)
    expect((await rooms().ofPerson(person.id)).map(room => room.name).sort()).toEqual(['First', 'Second'])
    expect(first.room.opening).toBeNull()
  })

  const entry = (clock: number, key: string, author: PersonId = ada.id): OperationEntry => {
    return { clock, key, author, operation: { type: 'test', key, nested: [1, { two: null }] } }
  }

  describe('operations', () => {
    it('are stored in order and come back as they were', async () => {
      const { id } = await newRoom()
      const entries = [entry(1, 'a:1'), entry(2, 'b:1', ben.id), entry(3, 'a:2')]
      expect(await rooms().append(id, entries)).toEqual(entries)
      expect(await rooms().load(id)).toEqual({ snapshot: null, operations: entries })
    })

    it('are stored once, however often they are sent', async () => {
      const { id } = await newRoom()
      await rooms().append(id, [entry(1, 'a:1')])
      expect(await rooms().append(id, [entry(1, 'a:1')])).toEqual([])
      expect(await rooms().append(id, [entry(2, 'a:1'), entry(3, 'a:2'), entry(4, 'a:2')])).toEqual(
        [entry(2, 'a:2')].map(fresh => ({ ...fresh, clock: 2 })),
      )
      expect((await rooms().load(id)).operations.map(({ clock, key }) => [clock, key])).toEqual([
        [1, 'a:1'],
        [2, 'a:2'],
      ])
    })

    it('are refused whole when their clock is not the room’s', async () => {
      const { id } = await newRoom()
      await rooms().append(id, [entry(1, 'a:1')])
      await expect(rooms().append(id, [entry(2, 'b:1'), entry(4, 'b:2')])).rejects.toThrow('Expected clock 3')
      await expect(rooms().append(id, [entry(1, 'c:1')])).rejects.toThrow('Expected clock 2')
      expect((await rooms().load(id)).operations).toHaveLength(1)
    })

    it('of two writers at once never share a clock', async () => {
      const { id } = await newRoom()
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, client) => rooms().append(id, [entry(1, `${client}:1`)])),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect((await rooms().load(id)).operations).toHaveLength(1)
    })

    it('keep, under any resending, each key once and clocks without gaps', async () => {
      const batch = fc.array(
        fc.record({ client: fc.integer({ min: 0, max: 2 }), seq: fc.integer({ min: 1, max: 6 }) }),
        {
          maxLength: 5,
        },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { maxLength: 6 }), fc.integer({ min: 0, max: 6 }), async (batches, pause) => {
          const { id } = await newRoom()
          const expected: string[] = []
          for (const [index, keys] of batches.entries()) {
            const sent = keys.map(({ client, seq }, place) => entry(expected.length + place + 1, `${client}:${seq}`))
            const fresh = [...new Set(sent.map(({ key }) => key))].filter(key => !expected.includes(key))
            expect((await rooms().append(id, sent)).map(({ key }) => key)).toEqual(fresh)
            expected.push(...fresh)
            if (index === pause && expected.length > 0) await rooms().snapshot(id, expected.length, { keys: expected })
          }
          const { snapshot, operations } = await rooms().load(id)
          const seen = [...((snapshot?.scene as { keys: string[] })?.keys ?? []), ...operations.map(({ key }) => key)]
          expect(seen).toEqual(expected)
          expect(operations.map(({ clock }) => clock - (snapshot?.clock ?? 0))).toEqual(operations.map((_, i) => i + 1))
        }),
        { numRuns: 25 },
      )
    })
  })

  describe('snapshots', () => {
    it('stand for what came before them, and what came before is not applied again', async () => {
      const { id } = await newRoom()
      await rooms().append(
        id,
        [1, 2, 3, 4, 5, 6].map(clock => entry(clock, `a:${clock}`)),
      )
      await rooms().snapshot(id, 2, { upTo: 2 })
      await rooms().snapshot(id, 4, { upTo: 4 })
      await rooms().snapshot(id, 5, { upTo: 5 })
      expect(await rooms().load(id)).toEqual({
        snapshot: { clock: 5, scene: { upTo: 5 } },
        operations: [entry(6, 'a:6')],
      })
      expect(await rooms().append(id, [entry(7, 'a:1')])).toEqual([])
      expect(await rooms().append(id, [entry(7, 'b:1')])).toHaveLength(1)
    })

    it('are forgotten by the program once they are stored, however large', async () => {
      const { id } = await newRoom()
      const letters = 1_000_000
      const scene = (clock: number) => JSON.stringify({ clock, letters: 'ab'.repeat(letters / 2) })
      const heldBytes = async () => {
        // What a first collection sets free, a second one takes away.
        collectGarbage()
        await new Promise(resolve => setTimeout(resolve, 50))
        collectGarbage()
        return process.memoryUsage().heapUsed
      }
      await rooms().snapshot(id, 1, scene(1))
      const before = await heldBytes()
      for (let clock = 2; clock <= 21; clock++) await rooms().snapshot(id, clock, scene(clock))
      // Prisma remembered each of the twenty four times, until there were a thousand; and a dozen of them in its history.
      expect((await heldBytes()) - before).toBeLessThan(5 * letters)
      expect((await rooms().load(id)).snapshot).toEqual({ clock: 21, scene: scene(21) })
    })
  })

  it('gives an empty record for a room without a stroke', async () => {
    expect(await rooms().load('nowhere' as RoomId)).toEqual({ snapshot: null, operations: [] })
  })
})
