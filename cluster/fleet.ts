/** The engines that have our model: what they can do together, and which of them paints what. */

import { type Caller, problemOf } from './callers.ts'
import type { Connection, Connections } from './connections.ts'
import { bestEngine, createLeases } from './engineChoice.ts'
import { stateOf } from './load.ts'
import type { JobKind } from './placements.ts'
import type { NodeAbilities } from './protocol.ts'

/** `first`: its model is ours from now on. `foreign`: it has another one, and is left alone. */
export type Joining = 'first' | 'another' | 'foreign'

export interface Fleet {
  readonly all: readonly Connection[]
  /** Of the engine that seems best, or seemed best last. Only once one has joined. */
  readonly abilities: NodeAbilities
  readonly state: ReturnType<typeof stateOf>
  find(engine: string): Connection | undefined
  join(connection: Connection): Joining
  /** Throws what the last engine says against it, if none has nothing to say. */
  check(look: (abilities: NodeAbilities) => unknown): void
  /** Whether another one than an engine that cannot may do this. */
  anyFits(caller: Caller): boolean
  /** Jobs of each kind that they like to have at a time, those that leave not counted. */
  slots(): Record<JobKind, number>
  /** Who paints this now; undefined: nobody can. `jobs`: how many each has of ours. */
  choose(
    caller: Extract<Caller, { kind: 'picture' }>,
    styleHashes: readonly string[],
    jobs: ReadonlyMap<string, number>,
  ): Connection | undefined
}

export function createFleet(engines: Connections['engines']): Fleet {
  const leases = createLeases()
  let known: NodeAbilities | undefined

  const all = () => [...engines.values()]
  function usable(): Connection[] {
    const hash = known?.info.model.hash
    return all().filter(({ abilities }) => abilities.info.model.hash === hash)
  }
  function abilitiesNow(): NodeAbilities {
    const there = usable()
    const best = bestEngine(there, [], new Map()) ?? there[0]
    if (best) known = best.abilities
    return known!
  }

  return {
    get all() {
      return all()
    },
    get abilities() {
      return abilitiesNow()
    },
    get state() {
      return stateOf(all())
    },
    find: engine => engines.get(engine),
    join({ abilities }) {
      const joining = known ? 'another' : 'first'
      known ??= abilities
      return abilities.info.model.hash === known.info.model.hash ? joining : 'foreign'
    },
    check(look) {
      const there = usable().map(({ abilities }) => abilities)
      let refusal: unknown
      for (const abilities of there.length > 0 ? there : [abilitiesNow()]) {
        try {
          look(abilities)
          return
        } catch (error) {
          refusal = error
        }
      }
      throw refusal
    },
    anyFits: caller => usable().some(({ abilities }) => !problemOf(abilities, caller)),
    slots() {
      const there = usable().filter(({ isDraining }) => !isDraining)
      const sum = (kind: JobKind) => there.reduce((total, { abilities }) => total + abilities.slots[kind], 0)
      return { picture: sum('picture'), learning: sum('learning') }
    },
    choose(caller, styleHashes, jobs) {
      const now = Date.now()
      const { liveKey } = caller.request
      const fit = usable().filter(({ abilities }) => !problemOf(abilities, caller))
      const usual = liveKey === undefined ? undefined : leases.get(liveKey, now)
      const leased = fit.find(({ id, isDraining, load }) => id === usual && !isDraining && load.state === 'ready')
      const engine = leased ?? bestEngine(fit, styleHashes, jobs)
      if (engine && liveKey !== undefined) leases.set(liveKey, engine.id, now)
      return engine
    },
  }
}
