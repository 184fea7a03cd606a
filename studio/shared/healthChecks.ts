import type { EngineLoad } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { freeBytes } from './freeSpace.ts'
import type { HealthCheck } from './healthCheck.ts'

/** What a studio needs to be of use: that its database answers, its engine works, and its disk has room. */
export function createHealthChecks(options: {
  readonly client: Pick<PrismaClient, '$queryRaw'>
  /** Where files are, if that is another machine. */
  readonly objects: { readonly isShared: boolean; find(key: string): Promise<unknown> }
  readonly load: () => EngineLoad
  readonly dataFolder: string
  /** Below this many free bytes the disk counts as full. */
  readonly minFreeBytes: number
}): readonly HealthCheck[] {
  const { client, objects, load, dataFolder, minFreeBytes } = options
  return [
    {
      name: 'database',
      async examine() {
        await client.$queryRaw`SELECT 1 AS "one"`
        return null
      },
    },
    {
      name: 'engine',
      examine() {
        const { state, restReason } = load()
        if (state === 'ready' || restReason === null) return engineProblems[state]
        return state === 'resting' ? `The engine rests. ${restReason}` : restReason
      },
    },
    {
      name: 'disk',
      async examine() {
        const free = await freeBytes(dataFolder)
        if (free >= minFreeBytes) return null
        return `The disk of the data folder has ${mebibytes(free)} MB left, less than the ${mebibytes(minFreeBytes)} MB that it should have.`
      },
    },
    ...(objects.isShared ? [storageCheck(objects)] : []),
  ]
}

/** That it answers: there is nothing under this key. */
const storageCheck = ({ find }: { find(key: string): Promise<unknown> }): HealthCheck => ({
  name: 'storage',
  async examine() {
    await find('trial/readiness')
    return null
  },
})

const engineProblems = {
  ready: null,
  starting: 'The engine is starting.',
  resting: 'The engine stopped too often and rests; the log says why.',
  closed: 'The engine is closed.',
} as const satisfies Record<EngineLoad['state'], string | null>

const mebibytes = (bytes: number) => Math.floor(bytes / 2 ** 20)
