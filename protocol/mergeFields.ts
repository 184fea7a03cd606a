import type { FrameOptions, FrameRegion, FrameStyle } from './frameOptions.ts'
import { isSameValue } from './sameValue.ts'
import type { ChangeBase } from './scene.ts'

/**
 * What two people have changed of one frame, put together: `from` is what I saw, `now` what it is, `to` what I made of it.
 * What I left alone stays as it is now. Pure functions, so everybody who applies the same changes has the same frame.
 */
const mergeable = ['styles', 'options'] as const satisfies readonly (keyof ChangeBase)[]

export const isMergeable = (field: string): field is keyof ChangeBase =>
  (mergeable as readonly string[]).includes(field)

/** A field of a frame after my change of it; null and undefined: it says nothing. */
export function mergeField(field: keyof ChangeBase, from: unknown, now: unknown, to: unknown): unknown {
  if (field === 'styles') return mergeStyles(listOf(from), listOf(now), listOf(to))
  // What is given under these names was checked, or made here.
  const merged = mergeOptions((from ?? {}) as FrameOptions, (now ?? {}) as FrameOptions, (to ?? {}) as FrameOptions)
  return Object.keys(merged).length > 0 ? merged : null
}

const listOf = (value: unknown): readonly FrameStyle[] => (Array.isArray(value) ? value : [])

const mergeStyles = (from: readonly FrameStyle[], now: readonly FrameStyle[], to: readonly FrameStyle[]) =>
  mergeLists(from, now, to, ({ style }) => style)

function mergeOptions(from: FrameOptions, now: FrameOptions, to: FrameOptions): FrameOptions {
  const merged = mergeObjects(from, now, to)
  const regions = mergeLists(from.regions ?? [], now.regions ?? [], to.regions ?? [], ({ mask }) => mask)
  const { regions: _, ...others } = merged
  return regions.length > 0 ? { ...others, regions: regions as FrameRegion[] } : others
}

/** Field by field. */
function mergeObjects<T extends object>(from: T, now: T, to: T): T {
  const merged = { ...now }
  for (const field of Object.keys({ ...from, ...to }) as (keyof T)[]) {
    if (isSameValue(from[field], to[field])) continue
    if (to[field] === undefined) delete merged[field]
    else merged[field] = to[field]
  }
  return merged
}

/** Item by item: in my order, and behind it what others have added. What one takes away and the other changes stays. */
function mergeLists<T extends object>(
  from: readonly T[],
  now: readonly T[],
  to: readonly T[],
  keyOf: (item: T) => string,
): readonly T[] {
  if (isSameValue(from, to)) return now
  const [before, present, mine] = [from, now, to].map(list => byKey(list, keyOf)) as [Keyed<T>, Keyed<T>, Keyed<T>]
  const merged: T[] = []
  for (const [key, item] of mine) {
    const [base, current] = [before.get(key), present.get(key)]
    if (!base || !current) {
      if (!base || !isSameValue(base, item)) merged.push(item)
    } else merged.push(mergeObjects(base, current, item))
  }
  const isTheirs = (key: string, item: T) => !before.has(key) || !isSameValue(before.get(key), item)
  for (const [key, item] of present) if (!mine.has(key) && isTheirs(key, item)) merged.push(item)
  return merged
}

type Keyed<T> = ReadonlyMap<string, T>

/** A list may have one key twice. */
function byKey<T>(list: readonly T[], keyOf: (item: T) => string): Keyed<T> {
  const keyed = new Map<string, T>()
  for (const item of list) {
    let key = keyOf(item)
    while (keyed.has(key)) key += '+'
    keyed.set(key, item)
  }
  return keyed
}
