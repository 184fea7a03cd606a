import { type APIModalInteractionResponseCallbackData, ComponentType, TextInputStyle } from 'discord.js'
import { type ButtonId, writeButtonId } from './buttonId.ts'

/** One line to type in, or several (`isLong`). */
export interface TextField {
  readonly id: string
  readonly label: string
  /** What stands below the label. */
  readonly description?: string
  /** What stands there already. */
  readonly value?: string
  readonly maxCharacters: number
  readonly isLong?: boolean
  readonly isRequired?: boolean
}

/** A form; what is typed comes back with the id. */
export function modal(
  id: ButtonId,
  title: string,
  fields: readonly TextField[],
): APIModalInteractionResponseCallbackData {
  return { custom_id: writeButtonId(id), title, components: fields.map(input) }
}

function input({ id, label, description, value, maxCharacters, isLong = false, isRequired = false }: TextField) {
  return {
    ...{ type: ComponentType.Label as const, label, ...(description && { description }) },
    component: {
      ...{ type: ComponentType.TextInput as const, custom_id: id, max_length: maxCharacters, required: isRequired },
      style: isLong ? TextInputStyle.Paragraph : TextInputStyle.Short,
      ...(value ? { value } : {}),
    },
  }
}
