/** What a button does. The name is part of ids that stand in old messages: it stays, or the version rises. */
// biome-ignore format: pictures' first, then styles', menus', settings', reports', /me's, those of the menu "More", of forms
export const actions = [
  'vary', 'reroll', 'edit', 'canvas', 'original', 'cancel', 'delete', 'retry', 'again',
  'use', 'learn', 'stoplearn', 'forget', 'keep',
  'pick', 'settings', 'budget', 'closereport',
  'toggle', 'setting',
  'report', 'reportstyle', 'stopmember', 'stopstyle',
  'me', 'mine', 'export', 'eraseme', 'eraseall',
  'more', 'steps', 'branch', 'remix', 'subtle', 'strong', 'region', 'upscale',
  'extendleft', 'extendup', 'extendright', 'extenddown', 'seeds', 'pickseeds', 'star',
  'teach', 'teachthese', 'consent', 'decline', 'paintover',
] as const
export type Action = (typeof actions)[number]

const ofMenus = ['pick', 'settings', 'budget', 'closereport', 'me', 'more', 'pickseeds'] as const satisfies Action[]
/** Those of menus. */
export type MenuAction = (typeof ofMenus)[number]
const ofForms = ['report', 'reportstyle', 'teach', 'teachthese', 'paintover'] as const satisfies Action[]
/** Those of forms that a command or an entry of a message's menu opens. */
export type FormAction = (typeof ofForms)[number]
export type ButtonAction = Exclude<Action, MenuAction | FormAction>

export const isMenuAction = (action: Action): action is MenuAction => ofMenus.some(one => one === action)
export const isFormAction = (action: Action): action is FormAction => ofForms.some(one => one === action)
export const isButtonAction = (action: Action): action is ButtonAction => !isMenuAction(action) && !isFormAction(action)

/**
 * A button's id holds all that pressing it needs, so that it works after a restart and for as long as the message
 * stands: `fs1:vary:<picture>`. Nothing in it is trusted: the studio looks the id up and checks whose it is.
 */
export interface ButtonId {
  readonly action: Action
  /**
   * A picture for `more` and what stands in that menu; a picture and a step for `branch`, of which it goes on; what nine
   * first steps are of for `pickseeds`: a picture, or the interaction that asked for them. A style, or `new`, for `teach`;
   * the interaction in which pictures were chosen for `teachthese`, `consent`, `decline` and `paintover`. A job for `cancel`, `delete` and `pick`; an
   * interaction for `again`; the name of a setting for `settings`, `toggle` and `setting`; a role for `budget`; what is
   * reported and its message for `report` and `reportstyle`; a person for `stopmember`;
   * a part of `/me` for `me`, an offset for `mine`; a style for those beneath styles, and a picture for others.
   */
  readonly of: string
}

const version = 1
/** Discord's limit is 100 characters in all. */
const pattern = /^fs(\d{1,3}):([a-z]{1,12}):([\w-]{1,64})$/

export function writeButtonId({ action, of }: ButtonId): string {
  return `fs${version}:${action}:${of}`
}

/** null for ids of another version, of nobody, or forged. */
export function readButtonId(customId: string): ButtonId | null {
  const [, madeBy, name, of] = pattern.exec(customId) ?? []
  const action = actions.find(one => one === name)
  return Number(madeBy) === version && action && of ? { action, of } : null
}
