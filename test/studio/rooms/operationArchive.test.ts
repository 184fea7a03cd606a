import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../../prisma/database.ts'
import { applyOperation, visibleElements } from '../../../protocol/apply.ts'
import { playStep, type ReplayPart, stepsOf } from '../../../protocol/replay.ts'
import type { Element, Operation, SceneElement } from '../../../protocol/scene.ts'
import { unpackText } from '../../../studio/rooms/operationArchive.ts'
import { createOperationLog } from '../../../studio/rooms/operationLog.ts'
import { createReplays, type Replays } from '../../../studio/rooms/replays.ts'
import { asRoomId, type OperationEntry, type PersonId, type RoomId } from '../../../studio/studio.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { add, buildRectangle, buildStroke } from '../../support/scenes.ts'
import { buildStudio, temporaryFolder } from '../../support/studio.ts'

/** What a replay shows in the end. */
async function replayed(replays: Replays, room: RoomId): Promise<Element[]> {
  const { after, upTo } = await replays.history(room)
  const first = await replays.firstScene(room, after)
  const { elements: begun = [] } = JSON.parse(first ?? '{}') as { elements?: SceneElement[] }
  const elements = new Map(begun.map(element => [element.id, element]))
  let clock = after
  while (clock < upTo) {
    const part = (await replays.part(room, clock))!
    for (const step of stepsOf(JSON.parse(await unpackText(part.operations)) as ReplayPart, clock)) {
      expect(step.clock).toBe(clock + 1)
      clock = step.clock
      playStep(elements, step)
    }
  }
  return visibleElements({ elements })
}

interface Drawing {
  readonly type: 'add' | 'extend' | 'move' | 'remove' | 'restore'
  /** Chooses among what is there when the action comes. */
  readonly pick: number
}
type Action = Drawing | { readonly type: 'snapshot' | 'takeOver' }

const pick = fc.nat(1000)
const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constantFrom('add', 'add', 'extend', 'move', 'remove', 'restore'),
        pick,
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('snapshot', 'takeOver') }) },
  ) as fc.Arbitrary<Action>,
  { maxLength: 60 },
)

/** A room of a scene, a log, and who writes it. */
async function buildRoom(log: ReturnType<typeof createOperationLog>, room: RoomId, author: PersonId) {
  const elements = new Map<string, SceneElement>()
  let clock = 0
  let taken = await log.takeOver(room)

  async function operate(operation: Operation): Promise<void> {
    const applied = applyOperation({ elements }, operation, author)
    if (!applied.ok) return
    for (const element of applied.changed) elements.set(element.id, element)
    clock++
    await taken.append(room, [{ clock, key: `page:${clock}`, author, operation } satisfies OperationEntry])
  }
  function operationOf({ type, pick }: Drawing): Operation | null {
    const ids = [...elements.keys()]
    const id = ids[pick % ids.length]
    if (type === 'add') {
      const place = { id: `e${clock}`, x: pick, y: pick % 7 }
      return add(pick % 3 === 0 ? buildRectangle(place) : buildStroke({ ...place, done: pick % 2 === 0 }))
    }
    if (id === undefined) return null
    const element = elements.get(id)!
    if (type === 'extend') {
      const from = element.kind === 'stroke' ? element.points.length / 3 : 0
      return { type, id, from, points: [from, pick % 9, 0.5], done: pick % 2 === 0 }
    }
    return type === 'move' ? { type: 'change', id, change: { x: pick } } : { type, ids: [id] }
  }
  return {
    elements,
    operate,
    async act(action: Action): Promise<void> {
      if (action.type === 'takeOver') taken = await log.takeOver(room)
      else if (action.type === 'snapshot') {
        await taken.snapshot(room, clock, JSON.stringify({ version: 1, elements: [...elements.values()] }))
      } else if ('pick' in action) {
        const operation = operationOf(action)
        if (operation) await operate(operation)
      }
    },
    get clock() {
      return clock
    },
  }
}

onEachDatabase(newUrl => {
  const { folder, remove } = temporaryFolder()
  afterAll(remove)

  /** A database with one room, which a studio has made. */
  async function buildWorld(options: { maxArchivedBytes?: number } = {}) {
    const databaseUrl = newUrl(folder)
    const { studio, close } = await buildStudio({ dataFolder: folder, databaseUrl })
    const { person } = await studio.people.newGuest('Ada')
    const { room } = await studio.rooms.create(person.id, { name: 'Studio' })
    await close()
    const database = await openDatabase(databaseUrl)
    const { client } = database
    const log = createOperationLog({ client, now: () => new Date(), ...options })
    const newRoom = async () => {
      const id = asRoomId(`room-${Math.random()}`)
      const row = await client.room.findUniqueOrThrow({ where: { id: room.id } })
      const data = { ...row, palette: [], id, editSecret: `${id} edit`, viewSecret: `${id} view` }
      await client.room.create({ data })
      return id
    }
    return { ...database, databaseUrl, room: room.id, person: person.id, log, replays: createReplays(client), newRoom }
  }

  it('replays to what lies in the room, whenever snapshots were taken and whoever took it over', async () => {
    const { log, replays, person, newRoom, close } = await buildWorld()
    await fc.assert(
      fc.asyncProperty(actions, async actions => {
        const id = await newRoom()
        const room = await buildRoom(log, id, person)
        for (const action of actions) await room.act(action)
        expect(await replayed(replays, id)).toEqual(visibleElements(room))
        expect(await replays.history(id)).toMatchObject({ after: 0, upTo: room.clock })
      }),
      { numRuns: 25 },
    )
    await close()
  })

  it('drops nothing from the log that is not archived, though a server dies in between', async () => {
    const { client, log, replays, room: id, person, close } = await buildWorld()
    const room = await buildRoom(log, id, person)
    for (let index = 0; index < 12; index++) {
      await room.operate(add(buildStroke({ id: `s${index}` })))
      if (index % 4 === 3) await room.act({ type: 'snapshot' })
    }
    const contents = async () =>
      client.operation.findMany({ where: { roomId: id }, orderBy: { clock: 'asc' }, select: { operation: true } })
    expect((await contents()).map(({ operation }) => operation !== null)).toEqual(
      Array.from({ length: 12 }, (_, index) => index >= 8),
    )
    // Its transaction fails after everything but the last statement was done.
    const dying = client.$extends({
      query: {
        operation: {
          async updateMany() {
            throw new Error('killed')
          },
        },
      },
    }) as unknown as typeof client // it is one, and dies
    await room.operate(add(buildStroke({ id: 'last' })))
    const scene = { version: 1, elements: [...room.elements.values()] }
    await expect(createOperationLog({ client: dying, now: () => new Date() }).snapshot(id, 13, scene)).rejects.toThrow(
      'killed',
    )
    expect((await contents()).filter(({ operation }) => operation !== null)).toHaveLength(5)
    expect(await replayed(replays, id)).toEqual(visibleElements(room))
    await log.snapshot(id, 13, scene)
    expect((await contents()).filter(({ operation }) => operation !== null)).toHaveLength(1)
    expect(await replayed(replays, id)).toEqual(visibleElements(room))
    await close()
  })

  it('keeps so many bytes of a room, and begins with the scene that lay there when it had to drop the oldest', async () => {
    const maxArchivedBytes = 3_000
    const { client, log, replays, room: id, person, close } = await buildWorld({ maxArchivedBytes })
    const room = await buildRoom(log, id, person)
    for (let index = 0; index < 300; index++) {
      await room.operate(add(buildStroke({ id: `s${index}`, x: (index * 7919) % 1000, size: 1 + (index % 40) })))
      if (index % 20 === 19) await room.act({ type: 'snapshot' })
    }
    const { _sum } = await client.archivedOperations.aggregate({ where: { roomId: id }, _sum: { bytes: true } })
    // What cannot be dropped is the newest scene with what came after it.
    expect(_sum.bytes).toBeLessThan(2 * maxArchivedBytes + 10_000)
    const { after } = await replays.history(id)
    expect(after).toBeGreaterThan(0)
    expect(await replayed(replays, id)).toEqual(visibleElements(room))
    await close()
  })

  it('begins where the log does in a room that is older than the archive', async () => {
    const { client, log, replays, room: id, person, close } = await buildWorld()
    const room = await buildRoom(log, id, person)
    for (let index = 0; index < 9; index++) {
      await room.operate(add(buildStroke({ id: `s${index}` })))
      if (index % 3 === 2) await room.act({ type: 'snapshot' })
    }
    await client.archivedOperations.deleteMany()
    const before = await replays.history(id)
    expect(before.after).toBe(6)
    expect(await replayed(replays, id)).toEqual(visibleElements(room))
    await room.operate(add(buildStroke({ id: 'later' })))
    await room.act({ type: 'snapshot' })
    expect(await replays.history(id)).toMatchObject({ after: 6, upTo: 10 })
    expect(await replayed(replays, id)).toEqual(visibleElements(room))
    await close()
  })

  it('goes with its room', async () => {
    const { client, log, room: id, person, close } = await buildWorld()
    const room = await buildRoom(log, id, person)
    for (let index = 0; index < 6; index++) {
      await room.operate(add(buildStroke({ id: `s${index}` })))
      if (index % 2 === 1) await room.act({ type: 'snapshot' })
    }
    expect(await client.archivedOperations.count({ where: { roomId: id } })).toBeGreaterThan(0)
    await client.room.delete({ where: { id } })
    expect(await client.archivedOperations.count({ where: { roomId: id } })).toBe(0)
    await close()
  })
})
