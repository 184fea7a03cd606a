import type { Engine, StyleEngine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileStore } from '../images/fileStore.ts'
import type { Guilds } from '../people/guilds.ts'
import type { StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import type { Random } from '../shared/secrets.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { Access } from './access.ts'
import type { StyleLimits } from './style.ts'
import { type Changes, createChanges } from './styleChanges.ts'
import type { StyleFolders } from './styleFolders.ts'
import type { StyleResolver } from './styleResolver.ts'
import { createStyleViews, type StyleViews } from './styleViews.ts'

export interface StylesOptions {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly folders: StyleFolders
  readonly access: Access
  readonly resolver: StyleResolver
  readonly guilds: Guilds
  readonly workers: WorkerRegistry
  readonly now: () => Date
  readonly random: Random
  readonly limits: StyleLimits
  readonly resume: 'all' | 'none'
  readonly onBug: (error: unknown) => void
  /** What was deleted is in no file any more. */
  scrub(): Promise<void>
}

/** What everything that people do with styles is made with. */
export interface StyleParts extends StylesOptions, Changes {
  readonly views: StyleViews
  /** Counting what there is and adding to it is one act. */
  oneAtATime<T>(work: () => Promise<T>): Promise<T>
  /** Refuses where a server has switched teaching off. */
  checkGuild(guild: string | undefined): Promise<void>
  /** Refuses while a style is being learned: nothing is added to it or taken away then. */
  checkIdle(style: StyleId): Promise<void>
}

export function gatherParts(options: StylesOptions): StyleParts {
  const { engine, client, guilds, onBug } = options
  return {
    ...options,
    ...createChanges(onBug),
    views: createStyleViews({ engine, client }),
    oneAtATime: limitConcurrency(1),

    async checkGuild(guild) {
      if (guild !== undefined && !(await guilds.switches(guild)).learning) throw new UserError('guild/learning-off')
    },

    async checkIdle(style) {
      const open = await client.learning.count({ where: { styleId: style, state: { in: openStates } } })
      if (open > 0) throw new UserError('style/learning')
    },
  }
}
