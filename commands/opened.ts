import type { Config } from '../config.ts'
import { openEngine } from '../engine/index.ts'
import { openStudio } from '../studio/index.ts'
import type { Person, Studio } from '../studio/studio.ts'

/** Does something in the studio as the person of the command line, and closes everything again, whatever came of it. */
export async function withStudio<T>(config: Config, work: (studio: Studio, person: Person) => Promise<T>): Promise<T> {
  const engine = await openEngine(config.engine)
  try {
    const { databaseUrl, dataFolder, operators, styleLimits } = config
    const studio = await openStudio({ engine, databaseUrl, dataFolder, operators, styleLimits, resume: 'none' })
    try {
      return await work(studio, await studio.people.fromCommandLine())
    } finally {
      await studio.close()
    }
  } finally {
    await engine.close()
  }
}
