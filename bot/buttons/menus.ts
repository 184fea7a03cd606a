import type { Menu } from '../interactions/button.ts'
import type { MenuAction } from '../messages/buttonId.ts'
import { personalMenu } from './personal.ts'
import { pickPicture } from './pickPicture.ts'
import { pickSeeds } from './pickSeeds.ts'
import { closeReport } from './reports.ts'
import { roleBudget, settingsMenu } from './settings.ts'

/** What choosing from each menu does. */
export const menus: Record<MenuAction, Menu> = {
  pick: pickPicture,
  settings: settingsMenu,
  budget: roleBudget,
  closereport: closeReport,
  me: personalMenu,
  more: { response: 'press' },
  pickseeds: pickSeeds,
}
