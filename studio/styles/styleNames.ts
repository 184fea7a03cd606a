import type { PersonId } from '../shared/ids.ts'
import type { Style } from './style.ts'
import type { StyleSelection } from './styleResolver.ts'
import type { Styles } from './styles.ts'

/** One style of a mix as it was written. */
export interface MixPart {
  readonly name: string
  /** 1 if nothing was said. */
  readonly weight: number
}

/**
 * Reads `sepia`, `sepia:0.7` or `sepia:0.7, my chalk:0.5`: names between commas, each with its weight behind the last
 * colon. How many may be mixed, and how much of each, is checked where they are used.
 */
export function readMix(text: string): MixPart[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const [, name, weight] = /^(.*\S)\s*:\s*(\d+(?:\.\d*)?|\.\d+)$/s.exec(part) ?? []
      return name === undefined ? { name: part, weight: 1 } : { name, weight: Number(weight) }
    })
}

/** The styles of a mix, as this person may select them; `strength` scales all of it. Refuses names that they may not use. */
export function findMix(
  styles: Styles,
  by: PersonId,
  text: string,
  { strength = 1, ...where }: { readonly strength?: number; readonly guild?: string } = {},
): Promise<StyleSelection[]> {
  return Promise.all(
    readMix(text).map(async ({ name, weight }) => ({
      style: (await styles.find(by, name, where)).id,
      // 0.1 × 3 is to be 0.3 in recipes and messages.
      weight: Number((weight * strength).toFixed(4)),
    })),
  )
}

/** This person's own style of that name, in any case of letters, or id; null if they have none. */
export async function findOwn(styles: Styles, by: PersonId, name: string): Promise<Style | null> {
  const wanted = name.trim().toLowerCase()
  const own = await styles.list(by, { own: true })
  return own.find(style => style.id === name || style.name.toLowerCase() === wanted) ?? null
}
