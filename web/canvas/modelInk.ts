import { boundsOf, overlaps } from '../../protocol/geometry.ts'
import { type ElementsById, inkByLayer, type LayerInk, seenByModel } from '../../protocol/layers.ts'
import type { Box, Element } from '../../protocol/scene.ts'

/** What is drawn, as a session has it. */
export interface Drawn {
  readonly elements: readonly Element[]
  readonly scene: { readonly elements: ElementsById }
}

/** The ink that a frame's model gets, layer by layer, from back to front. */
export function modelInk({ elements, scene }: Drawn, frame: Box): LayerInk[] {
  const under = elements.filter(element => element.kind !== 'frame' && overlaps(boundsOf(element), frame))
  return seenByModel(inkByLayer(under, scene.elements))
}

/** The same as one list. */
export const elementsForModel = (drawn: Drawn, frame: Box): Element[] =>
  modelInk(drawn, frame).flatMap(({ ink }) => ink)
