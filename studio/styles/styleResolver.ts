import type { Adapter, Engine, StyleLayout, StyleUse } from '../../engine/index.ts'
import { checkTargets, loadStoredStyle } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { StyleInRecipe } from '../images/recipe.ts'
import { accountOf } from '../people/formerGuests.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { Access } from './access.ts'

/** A style in a picture that is requested. */
export interface StyleSelection {
  readonly style: StyleId
  /** 0 … 1.5. Default: 1. */
  readonly weight?: number
  /** Default: the version in use. */
  readonly version?: number
  /** Who put it there, if it is not the person who requests it: a frame goes on with the style that its owner has lent to it. */
  readonly lender?: PersonId
}

/** Vectors that the engine has at once; those that pictures wait for come on top. */
const maxRegistered = 48

/** Styles in pictures: from what a person names to what is registered with the engine. */
export interface StyleResolver {
  /** What the recipe says of them. Refuses what this person, or whoever has lent it to them, may not use now. */
  resolve(by: PersonId, selected: readonly StyleSelection[]): Promise<StyleInRecipe[]>
  /** Gives the engine what a recipe needs. Refuses styles that are gone or disabled since it was written. */
  register(styles: readonly StyleInRecipe[]): Promise<StyleUse[]>
  /** They stay with the engine until then. */
  retain(styles: readonly StyleUse[], until: Promise<unknown>): void
  /** The engine forgets every version, and what still waits for one fails. */
  forget(style: StyleId): void
  /** Forgets what other programs have deleted or disabled. */
  prune(): Promise<void>
}

/** Registers styles with an engine, and forgets those unused for longest. */
export function createStyleResolver({
  engine,
  client,
  access,
}: {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly access: Access
}): StyleResolver {
  /** What is registered with the engine, by its id there, that used longest ago first; with how many pictures wait for it. */
  const registered = new Map<string, { readonly style: StyleId; holders: number }>()

  /** A frame may still name the guest as whom its author has lent the style. */
  async function lenderOf({ lender }: StyleSelection): Promise<PersonId | undefined> {
    return lender === undefined ? undefined : accountOf(client, lender)
  }

  async function find(style: StyleId, wanted?: number) {
    const row = await client.style.findUnique({
      where: { id: style },
      select: { name: true, version: true, disabledAt: true, disabledReason: true },
    })
    if (!row) throw new UserError('style/missing')
    if (row.disabledAt) throw disabled(row.disabledReason)
    const number = wanted ?? row.version
    if (number === null) throw new UserError('style/unlearned')
    const version = await client.styleVersion.findUnique({
      where: { styleId_number: { styleId: style, number } },
      select: { modelHash: true, targets: true, rank: true },
    })
    if (!version) throw new UserError('style/version')
    checkVersion(engine, version)
    return { ...row, number, rank: version.rank }
  }

  async function give(style: StyleId, version: number): Promise<string> {
    const id = `${style}@${version}`
    const known = registered.get(id)
    await find(style, version)
    if (!known) {
      const row = await client.styleVersion.findUnique({
        where: { styleId_number: { styleId: style, number: version } },
        select: { vector: true, modelHash: true, targets: true },
      })
      if (!row) throw new UserError('style/missing')
      const adapter = adapterOf(engine, row)
      engine.registerStyle(id, adapter)
    }
    const entry = registered.get(id) ?? { style, holders: 0 }
    registered.delete(id)
    registered.set(id, entry)
    return id
  }

  function drop(id: string): void {
    registered.delete(id)
    engine.unregisterStyle(id)
  }

  function makeRoom(): void {
    for (const [id, { holders }] of registered) {
      if (registered.size <= maxRegistered) return
      if (holders === 0) drop(id)
    }
  }

  const resolver: StyleResolver = {
    async resolve(by, selected) {
      if (selected.length > limits.maxStylesPerFrame) throw new UserError('style/many')
      const resolved: StyleInRecipe[] = []
      for (const selection of selected) {
        const { style, weight = 1 } = selection
        if (!(weight >= 0 && weight <= limits.maxStyleWeight)) throw new UserError('style/weight')
        await access.checkUse((await lenderOf(selection)) ?? by, style)
        const { name, number } = await find(style, selection.version)
        resolved.push({ style, name, version: number, weight })
      }
      return resolved
    },

    async register(styles) {
      const needed: StyleUse[] = []
      for (const { style, version, weight } of styles) needed.push({ id: await give(style, version), weight })
      makeRoom()
      return needed
    },

    retain(styles, until) {
      const entries = styles.map(({ id }) => registered.get(id)).filter(entry => entry !== undefined)
      for (const entry of entries) entry.holders++
      const release = () => {
        for (const entry of entries) entry.holders--
      }
      until.then(release, release)
    },

    forget(style) {
      for (const [id, entry] of [...registered]) if (entry.style === style) drop(id)
    },

    async prune() {
      const styles = [...new Set([...registered.values()].map(({ style }) => style))]
      if (styles.length === 0) return
      const rows = await client.style.findMany({
        where: { id: { in: styles }, disabledAt: null },
        select: { id: true },
      })
      for (const style of styles) if (!rows.some(({ id }) => id === style)) resolver.forget(style)
    },
  }
  return resolver
}

/** `reason`: what the operator says about it. */
export function disabled(reason: string | null): UserError {
  return new UserError('style/disabled', undefined, { values: { reason: reason ?? '' } })
}

interface VersionRow {
  readonly modelHash: string
  readonly targets: unknown
}

/** Which projections a stored version changes. */
export function targetsOf({ targets }: Pick<VersionRow, 'targets'>): StyleLayout['targets'] {
  return targets as StyleLayout['targets'] // written by this studio alone
}

/** Refuses what was learned on another model, or changes more of it than styles do now. */
export function checkVersion(engine: Pick<Engine, 'styleLayout'>, row: VersionRow): void {
  checkModel(engine, row.modelHash)
  checkTargets(targetsOf(row), engine.styleLayout!)
}

/** The adapter of a stored version. Refuses what does not fit the model that is loaded. */
export function adapterOf(engine: Pick<Engine, 'styleLayout'>, row: VersionRow & { vector: Uint8Array }): Adapter {
  checkModel(engine, row.modelHash)
  return loadStoredStyle(row.vector, engine.styleLayout!, targetsOf(row))
}

/** A style learned on one model says nothing to another. */
export function checkModel({ styleLayout }: Pick<Engine, 'styleLayout'>, modelHash: string): void {
  if (!styleLayout) throw new UserError('style/none')
  if (modelHash !== styleLayout.modelHash) {
    throw new UserError(
      'style/model',
      'This style was learned on another model: learn it again to use it with this one.',
    )
  }
}
