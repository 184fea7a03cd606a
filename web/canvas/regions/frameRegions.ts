import type { FrameRegion } from '../../../protocol/frameOptions.ts'
import { limits } from '../../../protocol/limits.ts'
import type { Change, FrameElement } from '../../../protocol/scene.ts'
import { createStore } from '../../store/store.ts'
import { withOptions } from '../frameOptions.ts'

/** Regions stay on their frame for everybody; this page has chosen one of them, by its frame and its place in the list. */
export const chosenRegion = createStore<{ readonly frameId: string; readonly index: number } | null>(null)

export const regionsOf = ({ options }: Pick<FrameElement, 'options'>): readonly FrameRegion[] => options?.regions ?? []

type Framed = Pick<FrameElement, 'options'>
type RegionsChange = Pick<Change, 'options'>

/** A frame holds so many. */
export const isFull = (frame: Framed): boolean => regionsOf(frame).length >= limits.maxRegions

export const withRegion = (frame: Framed, region: FrameRegion): RegionsChange =>
  withRegions(frame, [...regionsOf(frame), region])

export const withoutRegion = (frame: Framed, index: number): RegionsChange =>
  withRegions(frame, regionsOf(frame).toSpliced(index, 1))

/** What of a region becomes another; undefined takes a field away. */
export type RegionChange = {
  readonly [Field in keyof Omit<FrameRegion, 'mask' | 'prompt'>]?: FrameRegion[Field] | undefined
} & {
  readonly prompt?: string
}

/** Changes one of a frame's regions; a field that becomes undefined is as if nobody had said anything of it. */
export function withChangedRegion(frame: Framed, index: number, change: RegionChange): RegionsChange {
  const changed = regionsOf(frame).map((region, at) => {
    if (at !== index) return region
    const said = Object.entries({ ...region, ...change }).filter(([, value]) => value !== undefined)
    // Mask and prompt are among them.
    return Object.fromEntries(said) as unknown as FrameRegion
  })
  return withRegions(frame, changed)
}

/** Other masks in the place of those that `masks` names. */
export const withMasks = (frame: Framed, masks: ReadonlyMap<string, string>): RegionsChange =>
  withRegions(
    frame,
    regionsOf(frame).map(region => ({ ...region, mask: masks.get(region.mask) ?? region.mask })),
  )

const withRegions = (frame: Framed, regions: readonly FrameRegion[]): RegionsChange =>
  withOptions(frame, { regions: regions.length > 0 ? regions : undefined })
