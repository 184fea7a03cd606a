/** Which engine is best for a live frame: by what they can do and how busy they are. */
import type { Connection } from './connections.ts'

/** What fetching an adapter that is not in memory may cost. */
const fetchMs = 30
/** A key keeps its engine while its frame is painted, and so long after. */
const leaseMs = 30_000

type Candidate = Pick<Connection, 'id' | 'isDraining'> & {
  readonly abilities: Pick<Connection['abilities'], 'styles' | 'slots'>
  readonly load: Pick<Connection['load'], 'state' | 'waiting' | 'running' | 'stepMs'>
}

/** `ours`: how many jobs of this client each has, which its last report may not know of yet. */
export function bestEngine<Engine extends Candidate>(
  engines: readonly Engine[],
  styles: readonly string[],
  ours: ReadonlyMap<string, number>,
): Engine | undefined {
  const costOf = ({ id, abilities, load }: Engine) => {
    const busy = Math.max(load.waiting + load.running, ours.get(id) ?? 0)
    const missing = styles.filter(hash => !abilities.styles.includes(hash)).length
    return (1 + busy / abilities.slots.picture) * Math.max(load.stepMs, 1) + missing * fetchMs
  }
  const usable = engines.filter(({ isDraining, load }) => !isDraining && load.state === 'ready')
  return usable.toSorted((a, b) => costOf(a) - costOf(b))[0]
}

/** Which engine paints a key. */
export interface Leases {
  get(key: string, now: number): string | undefined
  set(key: string, engine: string, now: number): void
}

export function createLeases(): Leases {
  const leases = new Map<string, { readonly engine: string; readonly usedAt: number }>()
  return {
    get(key, now) {
      const lease = leases.get(key)
      return lease && lease.usedAt + leaseMs > now ? lease.engine : undefined
    },
    set(key, engine, now) {
      leases.delete(key)
      leases.set(key, { engine, usedAt: now })
      for (const [oldest, { usedAt }] of leases) {
        if (usedAt + leaseMs > now) break
        leases.delete(oldest)
      }
    },
  }
}
