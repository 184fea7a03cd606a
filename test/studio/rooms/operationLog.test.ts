import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../../prisma/database.ts'
import { createOperationLog } from '../../../studio/rooms/operationLog.ts'
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
})
