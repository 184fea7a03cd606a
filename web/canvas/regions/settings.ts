import { createStore } from '../../store/store.ts'

/** How a part of a frame is chosen, and how it is painted; as this page was set last. */
export interface RegionSettings {
  readonly way: 'lasso' | 'box' | 'brush'
  /** Of the brush, in scene units. */
  readonly width: number
  /** Pixels of the picture within which the edge of a region fades, to either side. */
  readonly edge: number
  /** How much may change of what is there, 0 … 1. */
  readonly strength: number
}

export const maxEdge = 32
export const regionSettings = createStore<RegionSettings>({ way: 'lasso', width: 60, edge: 8, strength: 0.8 })

export const setRegions = (change: Partial<RegionSettings>): void =>
  regionSettings.update(before => ({ ...before, ...change }))
