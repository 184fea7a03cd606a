import type { ToolName } from '../toolNames.ts'
import { eyedropper } from './eyedropper.ts'
import { frame } from './frame.ts'
import { gradient } from './gradient.ts'
import { hand } from './hand.ts'
import { laser } from './laser.ts'
import { laterTool } from './later.ts'
import { eraser, pen } from './pen.ts'
import { select } from './select.ts'
import { ellipse, rectangle } from './shape.ts'
import type { Tool } from './tool.ts'

export const tools: Record<ToolName, Tool> = {
  select,
  hand,
  laser,
  pen,
  eraser,
  rectangle,
  ellipse,
  // Filling needs more code than all others together.
  fill: laterTool(async () => (await import('./fill.ts')).fill),
  gradient,
  eyedropper,
  frame,
  region: laterTool(async () => (await import('./region.ts')).region),
}
