import { isDeepStrictEqual } from 'node:util'
import * as spec from 'discord-api-spec/zod'
import { type Component, componentsV2 } from './world.ts'

/** What arrived in one request, before anything is done about it. */
export interface Arrived {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly files: readonly { readonly field: string; readonly filename: string; readonly bytes: Uint8Array }[]
  readonly hasAuthorization: boolean
}

/**
 * What is wrong with a request, in words; empty when nothing is. Discord's own published schemas come first, then the
 * limits that they leave out. Independent of the bot on purpose: it shares no code and no constant with it.
 */
export function check(route: string, arrived: Arrived): string[] {
  const body = arrived.body as Record<string, unknown> | unknown[] | undefined
  const wrong: string[] = []
  const schema = schemaOf(route, body)
  if (schema) {
    const bodies = Array.isArray(body) ? body : [body]
    for (const one of bodies) wrong.push(...againstSchema(schema, one))
  }
  if (route.startsWith('interaction.') || route.startsWith('webhook.')) {
    if (arrived.hasAuthorization) wrong.push('carries an Authorization header, which this route does not take')
  }
  if (route === 'commands.put')
    for (const command of body as Record<string, unknown>[]) wrong.push(...ofCommand(command))
  const message = route === 'interaction.callback' ? (body as { data?: unknown })?.data : body
  if (message && typeof message === 'object' && !Array.isArray(message)) {
    wrong.push(...ofMessage(message as Record<string, unknown>, arrived, route))
  }
  return wrong.map(words => `${arrived.method} ${route}: ${words}`)
}

function schemaOf(route: string, body: unknown): spec.Schema | null {
  switch (route) {
    case 'interaction.callback': {
      const type = (body as { type?: number })?.type
      if (type === 4 || type === 5) return spec.CreateMessageInteractionCallbackRequestSchema
      if (type === 6 || type === 7) return spec.UpdateMessageInteractionCallbackRequestSchema
      if (type === 12) return spec.LaunchActivityInteractionCallbackRequestSchema
      if (type === 8) return spec.ApplicationCommandAutocompleteCallbackRequestSchema
      return spec.ModalInteractionCallbackRequestSchema
    }
    case 'webhook.edit':
      return spec.IncomingWebhookUpdateRequestPartialSchema
    case 'webhook.send':
      return spec.IncomingWebhookRequestPartialSchema
    case 'channel.send':
      return spec.MessageCreateRequestSchema
    case 'channel.edit':
      return spec.MessageEditRequestPartialSchema
    case 'commands.put':
      return spec.ApplicationCommandUpdateRequestSchema
    default:
      return null
  }
}

function againstSchema(schema: spec.Schema, body: unknown): string[] {
  const result = schema.safeParse(body)
  if (!result.success) return result.error.issues.map(issue => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  // The schemas drop what they do not know, so a misspelt field shows as a difference.
  const unknown = difference(body, result.data).filter(path => !ownToDiscordJs.test(path))
  return unknown.length ? [`has fields that the specification does not know: ${unknown.join(', ')}`] : []
}

/** discord.js puts these into every message that it builds itself, where the specification has them or not. */
const ownToDiscordJs = /(^|\.)(tts|enforce_nonce)$/

/** Paths of what was sent and is not among what is known. */
function difference(sent: unknown, known: unknown, path = ''): string[] {
  if (isDeepStrictEqual(sent, known)) return []
  if (typeof sent !== 'object' || sent === null || typeof known !== 'object' || known === null) return [path]
  return Object.entries(sent).flatMap(([key, value]) => {
    const at = path ? `${path}.${key}` : key
    // Sent and known have the same shape but for what was dropped.
    return key in known ? difference(value, (known as Record<string, unknown>)[key], at) : [at]
  })
}

/** Limits of messages and modals (resources/message, components/reference). */
function ofMessage(message: Record<string, unknown>, arrived: Arrived, route: string): string[] {
  const wrong: string[] = []
  const content = message['content']
  if (typeof content === 'string' && [...content].length > 2000) wrong.push('content is longer than 2000 characters')
  const parse = (message['allowed_mentions'] as { parse?: unknown[] } | undefined)?.parse
  if (typeof content === 'string' && content !== '' && parse?.length !== 0) {
    wrong.push('content is sent without allowed_mentions { parse: [] }')
  }
  const rows = (message['components'] ?? []) as Component[]
  if (!('title' in message)) {
    if (Number(message['flags'] ?? 0) & componentsV2) wrong.push(...ofComponentsV2(message, rows, arrived))
    else if (rows.some(({ type }) => type !== kind.row))
      wrong.push('has components that need the flag IS_COMPONENTS_V2')
    else if (rows.length > 5) wrong.push(`has ${rows.length} rows of components, at most 5`)
    for (const row of flatten(rows).filter(({ type }) => type === kind.row)) wrong.push(...ofRow(row))
  } else if (rows.length > 5) wrong.push('modal has more than 5 inputs')
  const parts = flatten(rows)
  const ids = parts.map(part => part.custom_id).filter(id => id !== undefined)
  if (new Set(ids).size !== ids.length) wrong.push('uses a custom_id twice')
  for (const id of ids) if (id.length < 1 || id.length > 100) wrong.push(`custom_id of ${id.length} characters`)
  for (const text of parts.flatMap(plainTexts)) if (text.includes('</')) wrong.push(`shows a mention as it is: ${text}`)
  for (const part of parts) {
    if (part.type === 2 && (part.label ?? '').length > 80) wrong.push('button label longer than 80')
    if (part.type === 2 && !part.url && !part.custom_id) wrong.push('button without custom_id')
    if (part.type === 4 && (part.value ?? '').length > (part.max_length ?? 4000)) wrong.push('value over max_length')
  }
  const named = (message['attachments'] ?? []) as { id: string; description?: string }[]
  const numbers = arrived.files.map(file => /^files\[(\d+)\]$/.exec(file.field)?.[1])
  if (numbers.includes(undefined)) wrong.push('a file is not in a field files[n]')
  for (const { id } of named) {
    if (id.length < 3 && !numbers.includes(id)) wrong.push(`attachments[].id ${id} has no files[${id}]`)
  }
  if (arrived.files.length > 10) wrong.push('more than 10 files')
  const flags = Number(message['flags'] ?? 0)
  const isDefer = route === 'interaction.callback' && (arrived.body as { type: number }).type === 5
  if (isDefer && (flags & ~64) !== 0) wrong.push('a deferred reply takes no flag but EPHEMERAL')
  return wrong
}

/** What Discord shows as it is, without reading markdown or mentions in it. */
function plainTexts(part: Component): string[] {
  const { label, placeholder, options = [], items = [] } = part
  // Labels of forms have a description too.
  const { description } = part as { readonly description?: string }
  const inside = [...options.flatMap(one => [one.label, one.description]), ...items.map(one => one.description)]
  return [label, placeholder, description, ...inside].filter(text => text !== undefined)
}

/** Component types (components/reference). */
const kind = {
  row: 1,
  button: 2,
  section: 9,
  text: 10,
  thumbnail: 11,
  gallery: 12,
  file: 13,
  separator: 14,
  container: 17,
}
const inContainer = [kind.row, kind.section, kind.text, kind.gallery, kind.file, kind.separator]

function ofRow({ components = [] }: Component): string[] {
  const buttons = components.filter(({ type }) => type === kind.button)
  if (!components.length) return ['has an empty row']
  if (buttons.length === components.length) return buttons.length > 5 ? ['has more than 5 buttons in a row'] : []
  return components.length > 1 ? ['has a menu that is not alone in its row'] : []
}

/** Rules of messages whose flag is IS_COMPONENTS_V2 (components/using-message-components). */
function ofComponentsV2(message: Record<string, unknown>, top: readonly Component[], arrived: Arrived): string[] {
  const wrong: string[] = []
  for (const field of ['content', 'embeds', 'poll', 'sticker_ids', 'stickers']) {
    const value = message[field]
    if (Array.isArray(value) ? value.length : value) wrong.push(`has ${field} beside the flag IS_COMPONENTS_V2`)
  }
  const all = flatten(top)
  if (all.length > 40) wrong.push(`has ${all.length} components, at most 40`)
  const texts = all.filter(({ type }) => type === kind.text)
  const characters = texts.reduce((sum, { content = '' }) => sum + [...content].length, 0)
  if (characters > 4000) wrong.push(`shows ${characters} characters of text, at most 4000`)
  const parse = (message['allowed_mentions'] as { parse?: unknown[] } | undefined)?.parse
  if (texts.length && parse?.length !== 0) wrong.push('text is sent without allowed_mentions { parse: [] }')
  for (const { type, components = [] } of all.filter(one => one.type === kind.container)) {
    const foreign = components.find(inner => !inContainer.includes(inner.type))
    if (foreign) wrong.push(`component ${foreign.type} inside a container (${type})`)
  }
  for (const { components = [], accessory } of all.filter(one => one.type === kind.section)) {
    if (components.length < 1 || components.length > 3) wrong.push(`a section has ${components.length} texts, 1 to 3`)
    if (!accessory) wrong.push('a section has no accessory')
  }
  for (const { items = [] } of all.filter(one => one.type === kind.gallery)) {
    if (items.length < 1 || items.length > 10) wrong.push(`a gallery has ${items.length} items, 1 to 10`)
    for (const { description = '' } of items) if ([...description].length > 1024) wrong.push('alt text over 1024')
  }
  const shown = all.flatMap(({ items = [], media, file }) =>
    [...items.map(item => item.media), media, file].flatMap(one => one?.url ?? []),
  )
  const named = (message['attachments'] ?? []) as { id: string; filename?: string }[]
  const files = arrived.files.map(({ field, filename }) => {
    const id = /^files\[(\d+)\]$/.exec(field)?.[1]
    return `attachment://${named.find(one => one.id === id)?.filename ?? filename}`
  })
  for (const url of shown.filter(one => one.startsWith('attachment://') && !files.includes(one)))
    wrong.push(`${url} is not sent`)
  for (const url of files) if (!shown.includes(url)) wrong.push(`${url} is shown by no component`)
  return wrong
}

/** Components with all that stand inside them, in the order in which they are shown. */
export function flatten(components: readonly Component[]): Component[] {
  return components.flatMap(one => [
    one,
    ...flatten(one.components ?? []),
    ...flatten(one.component ? [one.component] : []),
    ...flatten(one.accessory ? [one.accessory] : []),
  ])
}

/** Limits of commands (interactions/application-commands). */
function ofCommand(command: Record<string, unknown>): string[] {
  const wrong: string[] = []
  const name = String(command['name'])
  // Entries of the menus of messages and people are written as people read them.
  const isMenu = command['type'] === 2 || command['type'] === 3
  const isFit = (one: string) => (isMenu ? /^[-_'\p{L}\p{N} ]{1,32}$/u.test(one) : isName(one))
  for (const one of [name, ...localized(command, 'name')]) if (!isFit(one)) wrong.push(`command name ${one}`)
  for (const one of localized(command, 'description')) {
    if (one.length < 1 || one.length > 100) wrong.push(`command ${name}: description ${one}`)
  }
  if (isMenu && (command['description'] || command['options'])) wrong.push(`menu entry ${name} has more than a name`)
  if (command['type'] !== 4 && !isMenu && !command['description']) wrong.push(`command ${name} has no description`)
  const ofOptions = options(command)
  wrong.push(...ofOptions.wrong)
  if (longest(command, 'name') + longest(command, 'description') + ofOptions.characters > 8000) {
    wrong.push('more than 8000 characters in one command')
  }
  return wrong
}

const isName = (name: string) => /^[-_'\p{L}\p{N}]{1,32}$/u.test(name) && name === name.toLowerCase()

/** What a command or option is called, or says of itself, in other languages. */
function localized(of: object, field: 'name' | 'description'): string[] {
  const all = (of as Record<string, unknown>)[`${field}_localizations`]
  return typeof all === 'object' && all !== null ? Object.values(all).map(String) : []
}

/** Of a field, only the longest of all languages counts. */
function longest(of: object, field: 'name' | 'description'): number {
  const plain = String((of as Record<string, unknown>)[field] ?? '')
  return Math.max(...[plain, ...localized(of, field)].map(one => one.length))
}

/** What is wrong with the options of a command or subcommand, and how long they are. */
function options(of: Record<string, unknown>): { wrong: string[]; characters: number } {
  const wrong: string[] = []
  const all = (of['options'] ?? []) as Record<string, unknown>[]
  if (all.length > 25) wrong.push('more than 25 options')
  const isSubcommand = (option: Record<string, unknown>) => option['type'] === 1
  if (all.some(isSubcommand) && !all.every(isSubcommand)) wrong.push('options beside subcommands')
  let hasOptional = false
  let characters = 0
  for (const option of all) {
    if (isSubcommand(option)) {
      const inside = options(option)
      wrong.push(...inside.wrong)
      characters += inside.characters
    }
    for (const one of [String(option['description'] ?? ''), ...localized(option, 'description')]) {
      if (one.length < 1 || one.length > 100) wrong.push(`option ${option['name']}: description ${one}`)
    }
    for (const one of [String(option['name']), ...localized(option, 'name')]) {
      if (!isName(one)) wrong.push(`option name ${one}`)
    }
    const choices = (option['choices'] ?? []) as { name: string; value: unknown }[]
    if (choices.length > 25) wrong.push('more than 25 choices')
    if (choices.length && option['autocomplete']) wrong.push('choices together with autocomplete')
    if (option['required'] && hasOptional) wrong.push('a required option after an optional one')
    hasOptional ||= !option['required'] && !isSubcommand(option)
    characters += longest(option, 'name') + longest(option, 'description')
    for (const choice of choices) characters += longest(choice, 'name') + String(choice.value).length
  }
  return { wrong, characters }
}
