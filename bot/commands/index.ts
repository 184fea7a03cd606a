import type { Command } from '../interactions/command.ts'
import { canvas } from './canvas.ts'
import { imagine } from './imagine.ts'
import { style } from './style/index.ts'

/** Every command that Discord is told of. */
export const commands: readonly Command[] = [imagine, canvas, style]
