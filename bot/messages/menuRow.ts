import { type APIComponentInContainer, ComponentType } from 'discord.js'
import { type ButtonId, writeButtonId } from './buttonId.ts'

export interface MenuOption {
  readonly value: string
  readonly label: string
  readonly description?: string
  /** Whether it is what is chosen now. */
  readonly default?: boolean
}

/** A row with a menu of up to 25 options. */
export function menuRow(id: ButtonId, placeholder: string, options: readonly MenuOption[]): APIComponentInContainer {
  return {
    type: ComponentType.ActionRow,
    components: [
      {
        ...{ type: ComponentType.StringSelect, custom_id: writeButtonId(id), options: options.slice(0, 25) },
        ...(placeholder && { placeholder }),
      },
    ],
  }
}
