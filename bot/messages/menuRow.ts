import { type APIComponentInContainer, ComponentType } from 'discord.js'
import { type ButtonId, writeButtonId } from './buttonId.ts'

export interface MenuOption {
  readonly value: string
  readonly label: string
  readonly description?: string
  /** Whether it is what is chosen now. */
  readonly default?: boolean
}

/** A row with a menu of up to 25 options, of which one is chosen, or up to `most`. */
export function menuRow(
  id: ButtonId,
  placeholder: string,
  options: readonly MenuOption[],
  { most = 1 }: { readonly most?: number } = {},
): APIComponentInContainer {
  return {
    type: ComponentType.ActionRow,
    components: [
      {
        ...{ type: ComponentType.StringSelect, custom_id: writeButtonId(id), options: options.slice(0, 25) },
        ...(placeholder && { placeholder }),
        ...(most > 1 && { min_values: 1, max_values: Math.min(most, options.length) }),
      },
    ],
  }
}
