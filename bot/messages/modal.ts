import {
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  TextInputStyle,
} from 'discord.js'
import { type ButtonId, writeButtonId } from './buttonId.ts'

interface FieldBase {
  readonly id: string
  readonly label: string
  /** What stands below the label. */
  readonly description?: string
  readonly isRequired?: boolean
}

/** One line to type in, or several (`isLong`). */
export interface TextField extends FieldBase {
  /** What stands there already. */
  readonly value?: string
  readonly maxCharacters: number
  readonly isLong?: boolean
}

/** One of up to 25 to choose. */
export interface ChoiceField extends FieldBase {
  readonly options: readonly { readonly value: string; readonly label: string; readonly default?: boolean }[]
}

/** Up to so many files to attach. */
export interface FilesField extends FieldBase {
  readonly maxFiles: number
}

export type Field = TextField | ChoiceField | FilesField

/** A form of up to five fields; what is filled in comes back with the id. */
export function modal(id: ButtonId, title: string, fields: readonly Field[]): APIModalInteractionResponseCallbackData {
  return { custom_id: writeButtonId(id), title, components: fields.map(labelled) }
}

function labelled(field: Field): APILabelComponent {
  const { label, description } = field
  return { type: ComponentType.Label, label, ...(description && { description }), component: inputOf(field) }
}

function inputOf(field: Field): APILabelComponent['component'] {
  const { id: custom_id, isRequired: required = false } = field
  if ('options' in field) {
    const options = field.options.slice(0, 25)
    return { type: ComponentType.StringSelect, custom_id, required, options: [...options] }
  }
  if ('maxFiles' in field) {
    const { maxFiles: max_values } = field
    return { type: ComponentType.FileUpload, custom_id, required, min_values: required ? 1 : 0, max_values }
  }
  const { value, maxCharacters, isLong = false } = field
  return {
    ...{ type: ComponentType.TextInput, custom_id, max_length: maxCharacters, required },
    style: isLong ? TextInputStyle.Paragraph : TextInputStyle.Short,
    ...(value ? { value } : {}),
  }
}
