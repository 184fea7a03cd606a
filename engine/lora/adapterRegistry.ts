import { isFinite32 } from '../../onnx/finite.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Adapter, StyleLayout, StyleUse } from '../types/styles.ts'
import type { StyleSpace } from './layout.ts'
import { mixAdapters } from './mix.ts'
import { textureLength } from './texture.ts'
import { tintLength } from './tint.ts'

/** The adapters that pictures can use, by name. */
export interface AdapterRegistry {
  register(id: string, adapter: Adapter): void
  unregister(id: string): void
  /** All that a picture uses as one adapter, or undefined if it uses none. */
  mix(styles: readonly StyleUse[] | undefined): Adapter | undefined
  /** Equal for two mixes that are the same; another one once an adapter of them was replaced. */
  keyOf(styles: readonly StyleUse[]): string
}

export function createAdapterRegistry(space: StyleSpace | undefined): AdapterRegistry {
  const adapters = new Map<string, Adapter>()
  /** How often each name was given to an adapter. */
  const revisions = new Map<string, number>()
  return {
    register(id, adapter) {
      adapters.set(id, adapter)
      revisions.set(id, (revisions.get(id) ?? 0) + 1)
    },
    unregister: id => void adapters.delete(id),
    keyOf: styles => JSON.stringify(styles.map(({ id, weight }) => [id, revisions.get(id), weight])),
    mix(styles = []) {
      const ingredients = styles.map(({ id, weight }) => {
        const adapter = adapters.get(id)
        if (!adapter) throw new UserError('request/style', 'The style is not there any more; choose another.')
        return { adapter, weight }
      })
      const used = ingredients.filter(({ weight }) => weight > 0)
      if (used.length === 0) return undefined
      return used.length === 1 && used[0]!.weight === 1 ? used[0]!.adapter : mixAdapters(space!, used)
    },
  }
}

/** Throws `UserError` for an adapter that no picture of this model can use. */
export function checkAdapter(
  { rank, values, tint, texture }: Adapter,
  layout: StyleLayout | null,
): asserts layout is StyleLayout {
  if (!layout) throw new UserError('style/model', 'The model has no projections that a style could change.')
  const { maxRank, valuesPerRank, latentChannels } = layout
  if (!Number.isInteger(rank) || rank < 1 || rank > maxRank) {
    throw new UserError(
      'style/size',
      `Expected the rank of a style to be a whole number from 1 to ${maxRank}, got ${rank}.`,
    )
  }
  if (!(values instanceof Float32Array) || values.length !== rank * valuesPerRank) {
    throw new UserError(
      'style/size',
      `Expected ${rank * valuesPerRank} values, ${valuesPerRank} for each of ${rank} ranks, got ${values?.length}; the style may be of another model.`,
    )
  }
  const length = tintLength(latentChannels)
  if (tint !== undefined && (!(tint instanceof Float32Array) || tint.length !== length)) {
    throw new UserError(
      'style/size',
      `Expected ${length} values of a tint, for ${latentChannels} latent channels, got ${tint?.length}; the style may be of another model.`,
    )
  }
  if (texture !== undefined && (!(texture instanceof Float32Array) || texture.length !== textureLength)) {
    throw new UserError('style/size', `Expected ${textureLength} values of a texture, got ${texture?.length}.`)
  }
  if (![values, tint, texture].every(part => part === undefined || isFinite32(part))) {
    throw new UserError('style/size', 'Expected the values of a style to be finite numbers.')
  }
}

/** Throws `UserError` for styles that cannot be painted with. */
export function checkStyleWeights(
  styles: readonly StyleUse[] | undefined,
  isRegistered: (id: string) => boolean,
): void {
  if (styles === undefined) return
  const { maxStylesPerFrame: maxStyles, maxStyleWeight: maxWeight } = limits
  if (!Array.isArray(styles) || styles.length > maxStyles) {
    throw new UserError('request/style', `Expected styles to be a list of at most ${maxStyles}, got ${styles.length}.`)
  }
  for (const { id, weight } of styles) {
    if (!(weight >= 0 && weight <= maxWeight)) {
      throw new UserError(
        'request/style',
        `Expected the weight of a style to be a number from 0 to ${maxWeight}, got ${weight}.`,
      )
    }
    if (!isRegistered(id))
      throw new UserError('request/style', 'Expected a style that is registered here, got an unknown one.')
  }
  if (new Set(styles.map(({ id }) => id)).size < styles.length) {
    throw new UserError('request/style', 'Expected each style once, got one twice; give it more weight instead.')
  }
}
