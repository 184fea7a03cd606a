import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStudio, type StudioOptions } from '../../studio/index.ts'
import {
  type BudgetProfile,
  friends,
  type JobId,
  type Picture,
  type PictureEvent,
  type Studio,
} from '../../studio/studio.ts'
import { openTestEngine, type TestEngine } from './engine.ts'
import { type CollectedLog, collectLog } from './log.ts'

/** A folder that is gone after `remove`. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface TestStudio {
  readonly studio: Studio
  readonly engine: TestEngine
  readonly folder: string
  /** Errors that the studio has logged as bugs. */
  readonly bugs: CollectedLog['bugs']
  close(): Promise<void>
}

/** A real studio on a real database and folder over an engine that paints stripes. */
export async function buildStudio(
  overrides: Partial<StudioOptions> & { engine?: TestEngine } = {},
): Promise<TestStudio> {
  const place = overrides.dataFolder ? null : temporaryFolder()
  const folder = overrides.dataFolder ?? place!.folder
  const engine = overrides.engine ?? openTestEngine()
  const { log, bugs } = collectLog()
  const studio = await openStudio({
    databaseUrl: `file:${join(folder, 'fourstroke.db')}`,
    dataFolder: folder,
    resume: 'all',
    log,
    ...overrides,
    engine,
  })
  return {
    ...{ studio, engine, folder, bugs },
    async close() {
      await studio.close()
      await engine.close()
      place?.remove()
    },
  }
}

/** Resolves when every picture of an ask has ended, with all facts in the order in which they were told. */
export async function untilEnded(
  studio: Studio,
  ask: JobId,
  count = 1,
  options?: { previews?: boolean },
): Promise<{ pictures: Picture[]; facts: PictureEvent[] }> {
  const facts: PictureEvent[] = []
  const pictures: Picture[] = []
  await new Promise<void>(resolve => {
    studio.pictures.watch(
      ask,
      fact => {
        facts.push(fact)
        if (fact.type === 'ended' && pictures.push(fact.picture) === count) resolve()
      },
      options,
    )
  })
  return { pictures: pictures.sort((a, b) => a.index - b.index), facts }
}

/** Budgets for friends, but with a queue of so many pictures of the model's size. */
export function withQueue(perPerson: number, overall: number): BudgetProfile {
  const own = { atOnce: perPerson }
  return { ...friends, steps: { person: own, guest: own, everybody: { atOnce: overall } } }
}

/** The same bytes in every run. */
export function seededRandom(seed: string): (bytes: number) => Uint8Array {
  let draws = 0
  return bytes => createHash('shake256', { outputLength: bytes }).update(`${seed}:${draws++}`).digest()
}
