import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../../prisma/database.ts'
import { createOperationLog, RoomTakenError } from '../../../studio/rooms/operationLog.ts'
import type { OperationEntry } from '../../../studio/studio.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { buildStudio, temporaryFolder } from '../../support/studio.ts'

onEachDatabase(newUrl => {
  const { folder, remove } = temporaryFolder()
  afterAll(remove)

  it('a snapshot writes no operation again that one before it dropped, however long the log', async () => {
    const databaseUrl = newUrl(folder)
    const { studio, close } = await buildStudio({ dataFolder: folder, databaseUrl })
    const { person } = await studio.people.newGuest('Ada')
    const { room } = await studio.rooms.create(person.id, { name: 'Studio' })
    await close()
    const database = await openDatabase(databaseUrl)
    const written: number[] = []
    const client = database.client.$extends({
      query: {
        operation: {
          async updateMany({ args, query }) {
            const { count } = await query(args)
            written.push(count)
            return { count }
          },
        },
      },
    }) as unknown as typeof database.client // it is one, and counts
    const log = createOperationLog({ client, now: () => new Date() })
    const entry = (clock: number): OperationEntry => {
      return { clock, key: `page:${clock}`, author: person.id, operation: { type: 'remove', ids: [`${clock}`] } }
    }
    for (let clock = 10; clock <= 60; clock += 10) {
      await log.append(
        room.id,
        Array.from({ length: 10 }, (_, index) => entry(clock - 9 + index)),
      )
      await log.snapshot(room.id, clock, { upTo: clock })
    }
    expect(written).toEqual([10, 10, 10, 10, 10])
    const left = await database.client.operation.findMany({ where: { roomId: room.id }, orderBy: { clock: 'asc' } })
    expect(left.flatMap(({ clock, operation }) => (operation === null ? [] : clock))).toEqual(
      Array.from({ length: 10 }, (_, index) => 51 + index),
    )
    await database.close()
  })

  it('is written by whoever took it over last and by nobody else, whatever was acknowledged before', async () => {
    const databaseUrl = newUrl(folder)
    const { studio, close } = await buildStudio({ dataFolder: folder, databaseUrl })
    const { person } = await studio.people.newGuest('Ada')
    const { room } = await studio.rooms.create(person.id, { name: 'Studio' })
    const entry = (clock: number, key = `page:${clock}`): OperationEntry => {
      return { clock, key, author: person.id, operation: { type: 'remove', ids: [key] } }
    }
    const first = await studio.rooms.takeOver(room.id)
    expect(await first.append(room.id, [entry(1), entry(2)])).toHaveLength(2)
    const second = await studio.rooms.takeOver(room.id)
    expect([await first.isHeld(), await second.isHeld()]).toEqual([false, true])
    await expect(first.append(room.id, [entry(3)])).rejects.toThrow(RoomTakenError)
    await expect(first.snapshot(room.id, 2, { upTo: 2 })).rejects.toThrow(RoomTakenError)
    expect(await second.append(room.id, [entry(3, 'other:1')])).toHaveLength(1)
    await second.snapshot(room.id, 3, { upTo: 3 })
    // What was stored and not answered is found, not stored twice.
    expect(await second.append(room.id, [entry(4, 'other:1'), entry(5)])).toMatchObject([{ clock: 4, key: 'page:5' }])
    const { operations } = await second.load(room.id, { before: 3 })
    expect(operations.map(({ key }) => key)).toEqual(['page:1', 'page:2', 'other:1', 'page:5'])
    await close()
  })

  it('has one writer, however many take it over at the same time', async () => {
    const databaseUrl = newUrl(folder)
    const { studio, close } = await buildStudio({ dataFolder: folder, databaseUrl })
    const { person } = await studio.people.newGuest('Ada')
    const { room } = await studio.rooms.create(person.id, { name: 'Studio' })
    const writers = await Promise.all(Array.from({ length: 6 }, () => studio.rooms.takeOver(room.id)))
    const writes = await Promise.allSettled(
      writers.map((log, page) =>
        log.append(room.id, [
          { clock: 1, key: `${page}:1`, author: person.id, operation: { type: 'remove', ids: [] } },
        ]),
      ),
    )
    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await close()
  })
})
