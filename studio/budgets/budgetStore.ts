/** One part of what somebody takes: so much of one budget. */
export interface Demand {
  /** Which budget, and whose: `steps:person:<id>`. */
  readonly key: string
  readonly cost: number
  /** How much there is of it; what is there already counts. */
  readonly capacity: number
  /** How much of it comes back by itself; 0: it is held until it is given back. */
  readonly perSecond: number
  /**
   * Who is in line, where everybody draws on the same budget: when it is full, whoever holds less than an equal share of
   * it still gets in. So the greediest waits, not the newest; all together never hold more than twice the capacity.
   */
  readonly party?: string
  /** However large one thing is: whoever holds nothing of it yet may have it. */
  readonly firstIsFree?: boolean
}

/**
 * Where budgets are counted. In this process, or for several of them in one that they share: every call is one atomic
 * act, and nothing but these two is needed.
 */
export interface BudgetStore {
  /** Takes all of them and resolves with null, or none and resolves with the first that there is no room for. */
  take(demands: readonly Demand[]): Promise<Demand | null>
  giveBack(demands: readonly Demand[]): Promise<void>
}

interface Level {
  used: number
  at: number
  readonly perSecond: number
  readonly parties: Map<string, number>
}

/** Rates that have come back whole are forgotten whenever there are this many more. */
const forgetEvery = 10_000

/** Budgets in the memory of this process. `now` in milliseconds. */
export function createMemoryStore(now: () => number = () => performance.now()): BudgetStore {
  const levels = new Map<string, Level>()
  let forgetAt = forgetEvery

  const usedNow = ({ used, at, perSecond }: Level) => Math.max(0, used - ((now() - at) / 1000) * perSecond)

  /** What is used of it by now. */
  function levelOf({ key, perSecond }: Demand): Level {
    const known = levels.get(key)
    if (!known) return { used: 0, at: now(), perSecond, parties: new Map() }
    known.used = usedNow(known)
    known.at = now()
    return known
  }

  function hasRoom(demand: Demand): boolean {
    const { cost, capacity, party, firstIsFree = false } = demand
    const { used, parties } = levelOf(demand)
    if (used + cost <= capacity) return true
    if (firstIsFree && used === 0) return true
    if (party === undefined) return false
    const mine = parties.get(party) ?? 0
    const others = parties.size - (parties.has(party) ? 1 : 0)
    return others > 0 && mine + cost <= capacity / (others + 1)
  }

  function add(demand: Demand, cost: number): void {
    const level = levelOf(demand)
    level.used = Math.max(0, level.used + cost)
    if (demand.party !== undefined) {
      const mine = (level.parties.get(demand.party) ?? 0) + cost
      // Sums of fractions do not come back to nothing exactly.
      if (mine > 1e-9) level.parties.set(demand.party, mine)
      else level.parties.delete(demand.party)
    }
    if (level.used > 1e-9) levels.set(demand.key, level)
    else levels.delete(demand.key)
  }

  function forget(): void {
    for (const [key, level] of levels) if (usedNow(level) === 0) levels.delete(key)
    forgetAt = levels.size + forgetEvery
  }

  return {
    async take(demands) {
      for (const demand of demands) if (!hasRoom(demand)) return demand
      for (const demand of demands) add(demand, demand.cost)
      if (levels.size > forgetAt) forget()
      return null
    },
    async giveBack(demands) {
      for (const demand of demands) add(demand, -demand.cost)
    },
  }
}
