export const toolNames = [
  'select',
  'hand',
  'laser',
  'pen',
  'eraser',
  'rectangle',
  'ellipse',
  'fill',
  'gradient',
  'eyedropper',
  'frame',
  'region',
] as const
export type ToolName = (typeof toolNames)[number]

/** Tools that a viewer may use too. */
export const harmlessTools: ReadonlySet<ToolName> = new Set(['select', 'hand', 'laser'])

/** Tools that draw in the brush's color: Alt turns them into the eyedropper. */
export const coloringTools: ReadonlySet<ToolName> = new Set(['pen', 'rectangle', 'ellipse', 'fill', 'gradient'])
