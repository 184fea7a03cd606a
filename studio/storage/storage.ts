import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { StoredAmounts } from '../budgets/budgets.ts'
import { freeBytes } from '../shared/freeSpace.ts'
import type { PersonId } from '../shared/ids.ts'

/** The room that there is for what people bring. */
export interface Storage {
  /** Bytes that are stored of everybody's, and that the disk has left. */
  totals(): Promise<StorageTotals>
  /** @throws UserError when the disk is nearly full: nothing is brought in then, and painting goes on. */
  checkFree(): Promise<void>
}

/** In bytes. */
export interface StorageTotals {
  readonly stored: number
  /** Left on the disk of the data folder, for programs that are not root's. */
  readonly free: number
  /** Below this nothing is brought in any more. */
  readonly floor: number
}

/** A sum over everything is read at most so often; what is being stored meanwhile is counted beside it. */
const totalMs = 5_000

/** What is stored, as the database knows it. */
export function createStoredAmounts({ client }: { readonly client: PrismaClient }): StoredAmounts {
  let total: { readonly at: number; readonly bytes: Promise<number> } | null = null

  return {
    async ofPerson(name, person) {
      if (name === 'rooms') return client.member.count({ where: { personId: person, role: 'owner' } })
      return bytesOf(client, person)
    },
    async ofEverybody(name) {
      if (name === 'rooms') return client.room.count()
      if (total === null || performance.now() - total.at > totalMs) {
        total = { at: performance.now(), bytes: bytesOf(client) }
        total.bytes.catch(() => {
          total = null
        })
      }
      return total.bytes
    },
  }
}

/** Files, pictures of styles and what styles have learned; of one person or of all. */
async function bytesOf(client: PrismaClient, person?: PersonId): Promise<number> {
  const style = person === undefined ? {} : { style: { ownerId: person } }
  const [files, pictures, versions] = await Promise.all([
    client.storedFile.aggregate({ where: person === undefined ? {} : { ownerId: person }, _sum: { bytes: true } }),
    client.stylePicture.aggregate({ where: style, _sum: { bytes: true } }),
    client.styleVersion.aggregate({ where: style, _sum: { bytes: true } }),
  ])
  return (files._sum.bytes ?? 0) + (pictures._sum.bytes ?? 0) + (versions._sum.bytes ?? 0)
}

/** Watches the disk of the data folder. `floor` in bytes. */
export function createStorage(options: {
  readonly folder: string
  readonly floor: number
  readonly amounts: StoredAmounts
}): Storage {
  const { folder, floor, amounts } = options
  return {
    async totals() {
      return { stored: await amounts.ofEverybody('bytes'), free: await freeBytes(folder), floor }
    },
    async checkFree() {
      if ((await freeBytes(folder)) < floor) throw new UserError('storage/disk')
    },
  }
}
