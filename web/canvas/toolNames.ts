export const toolNames = ['select', 'hand', 'pen', 'eraser', 'rectangle', 'ellipse', 'frame'] as const
export type ToolName = (typeof toolNames)[number]

/** Tools that a viewer may use too. */
export const harmlessTools: ReadonlySet<ToolName> = new Set(['select', 'hand'])
