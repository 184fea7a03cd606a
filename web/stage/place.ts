import type { Box } from '../../protocol/scene.ts'

/** Where a box of the world stands, as CSS says it. */
export const placeOf = ({ x, y, width, height }: Box) => ({ left: x, top: y, width, height })
