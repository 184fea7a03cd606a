import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import type { PersonId } from '../shared/ids.ts'
import type { BudgetStore, Demand } from './budgetStore.ts'
import type { Allowance, BudgetName, BudgetProfile } from './profiles.ts'

/** Who takes something: a person, or an address where nobody is known yet. */
export type Subject = PersonId | { readonly address: string }

/** How much of which budgets: pictures' steps × pixels, bytes, or simply 1. */
export type Cost = Readonly<Partial<Record<BudgetName, number>>>

/** What somebody may take somewhere besides: a limit that is not in the profile, with a key of its own. */
export interface BudgetLimit {
  readonly key: string
  readonly cost: number
  readonly allowance: Allowance
  readonly error: () => UserError
}

/** What somebody has taken. */
export interface Taken {
  /** Gives back what is held; the rest comes back by itself. */
  release(): Promise<void>
  /** Nothing came of it: gives back everything. */
  undo(): Promise<void>
}

/** What people and addresses may take, for all faces: checked before a cost is paid. */
export interface Budgets {
  /** Takes all of the costs and limits or none. @throws UserError that names the budget which has no room. */
  take(subject: Subject, cost: Cost, limits?: readonly BudgetLimit[]): Promise<Taken>
  /** Takes without asking: what was promised before this program started is kept. */
  takeAnyway(subject: Subject, cost: Cost): Promise<Taken>
  /** Guests of one address share some of their budgets: the address that one was last seen at. */
  seen(person: PersonId, from: { readonly isGuest: boolean; readonly address: string }): void
  /** Whom to count this person as, where people take turns: guests of one address are one where addresses are limited. */
  partyOf(person: PersonId): Promise<string>
  /** Pictures of this party that the engine paints at a time; null: as many as it can. */
  paintedAtOnce(party: string): number | null
  /** How often each budget had no room, for `/metrics`. */
  readonly refusals: ReadonlyMap<string, number>
}

/** What is stored is counted by the database: how much of it there is now. */
export interface StoredAmounts {
  ofPerson(name: StoredName, person: PersonId): Promise<number>
  ofEverybody(name: StoredName): Promise<number>
}
export type StoredName = 'bytes' | 'rooms'
const isStored = (name: BudgetName): name is StoredName => name === 'bytes' || name === 'rooms'

/** What is said when a budget of one's own, or of everybody, has no room. */
const errorsOf: Readonly<Record<BudgetName, { readonly own: ErrorCode; readonly everybody: ErrorCode }>> = {
  requests: { own: 'guest/fast', everybody: 'server/busy' },
  unknownRequests: { own: 'guest/fast', everybody: 'server/busy' },
  newGuests: { own: 'guest/fast', everybody: 'server/busy' },
  signIns: { own: 'guest/fast', everybody: 'server/busy' },
  connects: { own: 'guest/fast', everybody: 'server/busy' },
  sockets: { own: 'socket/many', everybody: 'server/busy' },
  newRooms: { own: 'guest/fast', everybody: 'server/busy' },
  rooms: { own: 'room/many', everybody: 'storage/full' },
  uploads: { own: 'guest/fast', everybody: 'server/busy' },
  uploadsInFlight: { own: 'upload/many', everybody: 'server/busy' },
  changes: { own: 'guest/fast', everybody: 'server/busy' },
  steps: { own: 'queue/yours', everybody: 'queue/full' },
  liveFrames: { own: 'live/yours', everybody: 'live/full' },
  learnings: { own: 'style/often', everybody: 'style/busy' },
  bytes: { own: 'storage/yours', everybody: 'storage/full' },
  reports: { own: 'guest/fast', everybody: 'server/busy' },
  posts: { own: 'guest/fast', everybody: 'server/busy' },
}

/** People whose address is remembered; of others who are guests, the database knows. */
const maxSeen = 20_000

/** Budgets over a store. */
export function createBudgets(options: {
  readonly store: BudgetStore
  readonly profile: BudgetProfile
  readonly stored: StoredAmounts
  /** Whether nobody knows this person but by a cookie. */
  readonly isGuest: (person: PersonId) => Promise<boolean>
}): Budgets {
  const { store, profile, stored, isGuest } = options
  const seen = new Map<PersonId, { readonly isGuest: boolean; readonly address: string | null }>()
  const refusals = new Map<string, number>()
  const limitsAddresses = profile.steps.address !== undefined

  function remember(person: PersonId, from: { readonly isGuest: boolean; readonly address: string | null }): void {
    seen.delete(person)
    seen.set(person, from)
    if (seen.size > maxSeen) seen.delete(seen.keys().next().value!)
  }

  async function knownOf(person: PersonId) {
    const known = seen.get(person)
    if (known) return known
    const found = { isGuest: await isGuest(person), address: null }
    remember(person, found)
    return found
  }

  async function partyOf(person: PersonId): Promise<string> {
    const { isGuest: guest, address } = await knownOf(person)
    return guest && address !== null && limitsAddresses ? `address:${address}` : person
  }

  async function demandsFor(subject: Subject, cost: Cost): Promise<BudgetDemand[]> {
    const demands: BudgetDemand[] = []
    // The names of a literal type come back as strings.
    for (const [name, amount] of Object.entries(cost) as [BudgetName, number][]) {
      const budget = profile[name]
      const add = (whose: 'own' | 'everybody', key: string, allowance: Allowance | undefined, party?: string) => {
        if (!allowance) return
        const { atOnce: capacity, perSecond = 0 } = allowance
        const firstIsFree = perSecond === 0 && !isStored(name)
        const demand = {
          key: `${name}:${key}`,
          cost: amount,
          capacity,
          perSecond,
          firstIsFree,
          ...(party && { party }),
        }
        demands.push({ name, whose, demand })
      }
      if (typeof subject === 'object') {
        add('own', `address:${addressKey(subject.address)}`, budget.address)
        add('everybody', 'everybody', reserved(budget.everybody, profile.reserve), `address:${subject.address}`)
        continue
      }
      const { isGuest: guest, address } = await knownOf(subject)
      add('own', subject, guest ? budget.guest : budget.person)
      if (guest && address !== null) add('own', `address:${address}`, budget.address)
      const everybody = guest ? reserved(budget.everybody, profile.reserve) : budget.everybody
      // Only what is held has a line in which somebody can be greedy.
      add('everybody', 'everybody', everybody, everybody?.perSecond ? undefined : await partyOf(subject))
    }
    return demands
  }

  /** What is stored already is not there to be taken. */
  async function withStored(subject: Subject, one: BudgetDemand): Promise<BudgetDemand> {
    if (!isStored(one.name) || typeof subject === 'object') return one
    const amount = one.whose === 'own' ? await stored.ofPerson(one.name, subject) : await stored.ofEverybody(one.name)
    const { party: _, ...demand } = one.demand
    return { ...one, demand: { ...demand, capacity: demand.capacity - amount } }
  }

  function takenOf(demands: readonly Pick<BudgetDemand, 'demand'>[]): Taken {
    let isOver = false
    const giveBack = async (some: readonly Pick<BudgetDemand, 'demand'>[]) => {
      if (isOver) return
      isOver = true
      await store.giveBack(some.map(({ demand }) => demand))
    }
    return {
      release: () => giveBack(demands.filter(({ demand }) => demand.perSecond === 0)),
      undo: () => giveBack(demands),
    }
  }

  return {
    refusals,
    paintedAtOnce: party => (party.startsWith('address:') ? profile.paintedAtOnce : null),
    partyOf,

    async take(subject, cost, limits = []) {
      const demandsOfCost = await demandsFor(subject, cost)
      const demands = await Promise.all(demandsOfCost.map(one => withStored(subject, one)))
      const besides = limits.map(limit => ({ ...limit, demand: demandOf(limit) }))
      const full = await store.take([...besides, ...demands].map(({ demand }) => demand))
      if (full === null) return takenOf([...besides, ...demands])
      const limit = besides.find(({ demand }) => demand === full)
      if (limit) {
        const [name = limit.key] = limit.key.split(':')
        refusals.set(name, (refusals.get(name) ?? 0) + 1)
        throw limit.error()
      }
      const { name, whose } = demands.find(({ demand }) => demand === full) ?? demands[0]!
      refusals.set(name, (refusals.get(name) ?? 0) + 1)
      throw new UserError(errorsOf[name][whose], undefined, { retryAfterSeconds: secondsUntilRoom(full) })
    },

    async takeAnyway(subject, cost) {
      const demands = await demandsFor(subject, cost)
      const unbounded = demands.map(one => ({ ...one, demand: { ...one.demand, capacity: Number.POSITIVE_INFINITY } }))
      await store.take(unbounded.map(({ demand }) => demand))
      return takenOf(unbounded)
    },

    seen(person, { isGuest: guest, address }) {
      remember(person, { isGuest: guest, address: addressKey(address) })
    },
  }
}

interface BudgetDemand {
  readonly name: BudgetName
  readonly whose: 'own' | 'everybody'
  readonly demand: Demand
}

function demandOf({ key, cost, allowance: { atOnce, perSecond = 0 } }: BudgetLimit): Demand {
  return { key, cost, capacity: atOnce, perSecond }
}

/** At most, for as much as was asked for; nobody knows when what is held is given back. */
const secondsUntilRoom = ({ cost, perSecond }: Demand): number | undefined =>
  perSecond === 0 ? undefined : Math.ceil(cost / perSecond)

function reserved(allowance: Allowance | undefined, reserve: number): Allowance | undefined {
  return allowance && { ...allowance, atOnce: allowance.atOnce * (1 - reserve) }
}

/** A household has a whole /64 of IPv6 addresses, and IPv4 may come in IPv6's dress. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(group => group !== '')
  const rest = tail === undefined ? [] : tail.split(':').filter(group => group !== '')
  while (tail !== undefined && groups.length + rest.length < 8) groups.push('0')
  return `${[...groups, ...rest].slice(0, 4).join(':')}::/64`.toLowerCase()
}
