/** So much at once. Without `perSecond` it is held until it is given back; with it, so much comes back by itself. */
export interface Allowance {
  readonly atOnce: number
  readonly perSecond?: number
}

/**
 * One budget: for each person who is signed in (from chat and from the command line as well), for each guest, for all
 * guests of one address together, and for everybody together. What is left out is not limited.
 */
export interface Budget {
  readonly person?: Allowance
  readonly guest?: Allowance
  readonly address?: Allowance
  readonly everybody?: Allowance
}

/** Everything that is budgeted. */
export const budgetNames = [
  'requests',
  'unknownRequests',
  'newGuests',
  'signIns',
  'connects',
  'sockets',
  'newRooms',
  'rooms',
  'uploads',
  'uploadsInFlight',
  'changes',
  'steps',
  'liveFrames',
  'learnings',
  'bytes',
  'reports',
  'posts',
] as const
export type BudgetName = (typeof budgetNames)[number]

/** What a studio allows. */
export interface BudgetProfile extends Readonly<Record<BudgetName, Budget>> {
  /** Share of everybody's budgets that guests cannot take, 0 … 1: it is kept for people who have signed in. */
  readonly reserve: number
  /** Pictures of one address's guests that the engine paints at a time, one while others paint; null: as many as it can. */
  readonly paintedAtOnce: number | null
}

const held = (atOnce: number): Allowance => ({ atOnce })
const rate = (atOnce: number, perSecond: number): Allowance => ({ atOnce, perSecond })
const each = (allowance: Allowance) => ({ person: allowance, guest: allowance })
const mebibyte = 2 ** 20
const gibibyte = 2 ** 30
const minute = 60
const perMinute = (count: number) => rate(count, count / minute)
const hour = 60 * minute
const day = 24 * hour

/**
 * For friends on a laptop: nobody is refused who means well, however many sit behind one address; what is here ends
 * a program that has gone wild. An address counts only where there is nobody yet whom a budget could belong to.
 */
export const friends: BudgetProfile = {
  reserve: 0,
  paintedAtOnce: null,
  /** HTTP requests, but for the page's own files. */
  requests: each(perMinute(1_200)),
  /** The same of browsers that nobody knows yet: a whole school may be behind one address. */
  unknownRequests: { address: perMinute(6_000) },
  newGuests: { address: rate(200, 2) },
  signIns: { address: rate(200, 1) },
  /** A page that connects, and each time that it connects again. */
  connects: each(rate(600, 20)),
  sockets: { ...each(held(40)), everybody: held(2_000) },
  newRooms: each(rate(60, 0.5)),
  rooms: {},
  uploads: each(rate(120, 2)),
  /** Bytes of uploads that are under way. */
  uploadsInFlight: { ...each(held(256 * mebibyte)), everybody: held(2 * gibibyte) },
  /** Requests that change something about a style. */
  changes: each(rate(120, 2)),
  /** Pictures that wait or are painted, each as many as its steps × pixels are of a picture that names neither. */
  steps: { ...each(held(64)), everybody: held(1_024) },
  liveFrames: { ...each(held(16)), everybody: held(256) },
  /** Begun; how many may wait and run at once stands in the limits of styles. */
  learnings: {},
  /** What is stored: `STORAGE_…` in the settings. */
  bytes: {},
  reports: each(rate(20, 1 / minute)),
  /** Pictures sent from the page into chat, by those who are known there. */
  posts: { person: rate(20, 1 / 6) },
}

/** A profile with other limits of what is stored, in bytes; 0: none. */
export function withStorage(
  profile: BudgetProfile,
  limits: { readonly perPersonBytes?: number; readonly perGuestBytes?: number; readonly totalBytes?: number },
): BudgetProfile {
  const { perPersonBytes, perGuestBytes, totalBytes } = limits
  const of = (whose: keyof Budget, bytes: number | undefined): Budget => {
    const known = profile.bytes[whose]
    if (bytes === undefined) return known ? { [whose]: known } : {}
    return bytes === 0 ? {} : { [whose]: held(bytes) }
  }
  const bytes = { ...of('person', perPersonBytes), ...of('guest', perGuestBytes), ...of('everybody', totalBytes) }
  return { ...profile, bytes }
}

/** For strangers (`PUBLIC=1`): an address full of guests gets about what a few people get, and those who signed in more. */
export const strangers: BudgetProfile = {
  reserve: 0.25,
  paintedAtOnce: 2,
  requests: { person: perMinute(600), guest: perMinute(300) },
  unknownRequests: { address: perMinute(1_200) },
  newGuests: { address: rate(60, 1 / minute) },
  signIns: { address: rate(60, 1 / 10) },
  connects: { person: rate(30, 0.5), guest: rate(15, 0.25), address: rate(120, 2) },
  sockets: { person: held(12), guest: held(4), address: held(80), everybody: held(600) },
  newRooms: { person: rate(20, 1 / minute), guest: rate(3, 1 / (10 * minute)), address: rate(30, 1 / minute) },
  rooms: { person: held(100), guest: held(6), everybody: held(10_000) },
  uploads: { person: rate(60, 0.5), guest: rate(6, 0.1), address: rate(12, 0.3) },
  uploadsInFlight: {
    ...{ person: held(96 * mebibyte), guest: held(24 * mebibyte), address: held(64 * mebibyte) },
    everybody: held(512 * mebibyte),
  },
  changes: { person: rate(60, 1), guest: rate(30, 0.5), address: rate(120, 2) },
  steps: { person: held(32), guest: held(8), address: held(24), everybody: held(256) },
  liveFrames: { person: held(4), guest: held(1), address: held(4), everybody: held(24) },
  learnings: {
    person: rate(8, 8 / day),
    guest: rate(1, 1 / day),
    address: rate(2, 2 / day),
    everybody: rate(48, 48 / day),
  },
  bytes: { person: held(512 * mebibyte), guest: held(64 * mebibyte), everybody: held(20 * gibibyte) },
  reports: { person: rate(10, 10 / hour), guest: rate(3, 3 / hour), address: rate(10, 10 / hour) },
  posts: { person: rate(6, 1 / 30), everybody: rate(120, 1) },
}
