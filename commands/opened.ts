import type { Config } from '../config.ts'
import { openEngine } from '../engine/index.ts'
import { createLog } from '../logging.ts'
import type { Person, Studio } from '../studio/studio.ts'
import { checkDataFolder } from './files.ts'
import { createLoadingLines } from './loading.ts'

/**
 * Does something in the studio as the person of the command line, and closes everything again, whatever came of it.
 * The engine's process starts first, so that it loads its model while this one loads its modules and the database.
 * `warmUp` is worth its time where much is painted.
 */
export async function withStudio<T>(
  config: Config,
  work: (studio: Studio, person: Person) => Promise<T>,
  { warmUp = false }: { readonly warmUp?: boolean } = {},
): Promise<T> {
  await checkDataFolder(config.dataFolder)
  const log = createLog(config.log)
  const { onLoading, end } = createLoadingLines()
  const engine = openEngine({ ...config.engine, warmUp, onLoading, log: log.child({ name: 'engine' }) })
  engine.then(end, end)
  // Who waits for it first is the studio; until then nobody would hear that it cannot be opened.
  engine.catch(() => undefined)
  try {
    const { openStudio } = await import('../studio/index.ts')
    const { databaseUrl, dataFolder, bucket, operators, styleLimits } = config
    const given = { databaseUrl, dataFolder, bucket, operators, styleLimits }
    const studio = await openStudio({ engine, ...given, log, resume: 'none' })
    try {
      return await work(studio, await studio.people.fromCommandLine())
    } finally {
      await studio.close()
    }
  } finally {
    await engine.then(
      opened => opened.close(),
      () => undefined,
    )
  }
}
