import type { Command, MessageCommand, PersonCommand } from '../interactions/command.ts'
import { canvas } from './canvas.ts'
import { imagine } from './imagine.ts'
import { info } from './info.ts'
import { me } from './me.ts'
import { learnAvatar, learnThese } from './menu/learnThese.ts'
import { paintOver, paintOverAvatar } from './menu/paintOver.ts'
import { recipe } from './menu/recipe.ts'
import { report } from './report.ts'
import { show } from './show.ts'
import { studio } from './studio/index.ts'
import { style } from './style/index.ts'

/** Every command that Discord is told of. */
export const commands: readonly Command[] = [imagine, show, canvas, style, me, info, studio]

/** Every entry of the menu of messages. */
export const messageCommands: readonly MessageCommand[] = [paintOver, learnThese, recipe, report]

/** Every entry of the menu of people. */
export const personCommands: readonly PersonCommand[] = [paintOverAvatar, learnAvatar]
