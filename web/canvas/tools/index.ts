import type { ToolName } from '../toolNames.ts'
import { eyedropper } from './eyedropper.ts'
import { fill } from './fill.ts'
import { frame } from './frame.ts'
import { gradient } from './gradient.ts'
import { hand } from './hand.ts'
import { eraser, pen } from './pen.ts'
import { select } from './select.ts'
import { ellipse, rectangle } from './shape.ts'
import type { Tool } from './tool.ts'

export const tools: Record<ToolName, Tool> = {
  select,
  hand,
  pen,
  eraser,
  rectangle,
  ellipse,
  fill,
  gradient,
  eyedropper,
  frame,
}
