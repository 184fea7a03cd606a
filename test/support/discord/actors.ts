import { randomBytes } from 'node:crypto'
import { flatten } from './check.ts'
import { type Gateway, roleJson } from './gateway.ts'
import { buttonsOf, store } from './rest.ts'
import {
  ackDeadlineMs,
  type Channel,
  type Component,
  channelJson,
  everybodys,
  fileJson,
  type Interaction,
  type Message,
  maxFileBytes,
  messageJson,
  permissionField,
  type User,
  userJson,
  type World,
} from './world.ts'

/** A file that a person attaches to a command. */
export interface Upload {
  readonly name: string
  readonly bytes: Uint8Array
  readonly contentType: string
}
type Value = string | number | boolean | Upload

/** What a person at Discord can do. Each verb resolves once the bot has acknowledged it, and throws if it does not in time. */
export interface Actor {
  readonly user: User
  /** Their direct messages with the bot. */
  readonly direct: Channel
  /** `style learn` means the subcommand. */
  slash(name: string, options?: Readonly<Record<string, Value>>, where?: Channel): Promise<Interaction>
  /** Opens the application from Discord's launcher. */
  launch(where?: Channel): Promise<Interaction>
  /** What is suggested while they type into an option. */
  type(name: string, option: string, text: string): Promise<NonNullable<Interaction['choices']>>
  /** Chooses the option with this label in a menu. */
  choose(message: Message, label: string): Promise<Interaction>
  /** Chooses channels, roles or values in the menu that shows this placeholder, or has this option. */
  select(message: Message, menu: string, values: readonly string[]): Promise<Interaction>
  /** Presses the button with this label. */
  press(message: Message, label: string): Promise<Interaction>
  /** Takes another picture for everybody to know them by. */
  wear(picture: Upload): Promise<void>
  /** Posts pictures of their own, which the bot does not hear of. */
  post(files: readonly Upload[], where?: Channel): Promise<Message>
  /** Chooses an entry of the context menu of a message or a person; it may be of an older version of the bot. */
  menu(name: string, target: Message | User): Promise<Interaction>
  /** Sends a press of a button that may not exist, as a changed client could. */
  forge(message: Message, customId: string): Promise<Interaction>
  /** Sends the open modal of an interaction, with its own values unless others are given; of a menu, the option's label. */
  submit(opened: Interaction, values?: Readonly<Record<string, string | readonly Upload[]>>): Promise<Interaction>
}

/** Option types (interactions/application-commands). */
const subcommandOption = 1
const attachmentOption = 11
const userOption = 6
/** Menus of strings, roles and channels. */
const menuTypes = [3, 6, 8]
interface CommandOption {
  readonly name: string
  readonly type: number
  readonly required?: boolean
  readonly autocomplete?: boolean
  readonly min_value?: number
  readonly max_value?: number
  readonly max_length?: number
  readonly options?: readonly CommandOption[]
}

export function openActor(
  world: World,
  gateway: Gateway,
  user: User,
  home: Channel,
  cdn: () => string,
  until: Until,
): Actor {
  const direct: Channel = {
    id: world.id(),
    guildId: null,
    name: user.username,
    type: 1,
    permissions: new Set(everybodys),
    recipient: user,
  }
  world.channels.set(direct.id, direct)

  const send = async (
    type: Interaction['type'],
    channel: Channel,
    data: Record<string, unknown>,
    source: Message | null = null,
  ): Promise<Interaction> => {
    const guild = channel.guildId === null ? null : world.guilds.get(channel.guildId)!
    const byUserInstall = guild ? !guild.hasBot : channel.type === 3
    const interaction: Interaction = {
      id: world.id(),
      token: randomBytes(96).toString('base64url'),
      type,
      user,
      channel,
      createdAt: world.clock.now(),
      byUserInstall,
      source,
      acknowledged: null,
      original: null,
      followUps: [],
      modal: null,
      choices: null,
    }
    world.interactions.set(interaction.id, interaction)
    const member = {
      ...{ user: userJson(user), roles: [...user.roles], joined_at: new Date(0).toISOString(), flags: 0 },
      permissions: permissionField(user.permissions),
    }
    const event = {
      id: interaction.id,
      application_id: world.application.id,
      type,
      token: interaction.token,
      version: 1,
      channel: channelJson(channel, user),
      channel_id: channel.id,
      ...(guild
        ? { guild_id: guild.id, guild: { id: guild.id, features: [], locale: guild.locale ?? 'en-US' }, member }
        : { user: userJson(user) }),
      app_permissions: permissionField(channel.permissions),
      locale: user.locale ?? 'en-US',
      ...(guild ? { guild_locale: guild.locale ?? 'en-US' } : {}),
      entitlements: [],
      authorizing_integration_owners: byUserInstall ? { 1: user.id } : { 0: guild?.id ?? '0' },
      context: guild ? 0 : channel.type === 1 ? 1 : 2,
      attachment_size_limit: maxFileBytes,
      ...(source ? { message: messageJson(world, source, cdn()) } : {}),
      data,
    }
    gateway.dispatch('INTERACTION_CREATE', event, channel.guildId)
    await until(
      () => interaction.acknowledged || world.clock.now() - interaction.createdAt > ackDeadlineMs,
      'an acknowledgement',
      ackDeadlineMs + 2_000,
    )
    if (!interaction.acknowledged) throw new Error('The application did not respond')
    return interaction
  }

  /** The options that a command or subcommand has, and what is sent when they are given. */
  const commandOf = (said: string) => {
    const [name, subcommand] = said.split(' ')
    const command = world.commands.find(one => one['name'] === name)
    if (!command) throw new Error(`Discord has no command /${name}; it has ${world.commands.map(one => one['name'])}`)
    const base = { id: command['id'], name, type: 1 }
    const options = (command['options'] ?? []) as CommandOption[]
    if (subcommand === undefined) return { options, sent: (given: unknown) => ({ ...base, options: given }) }
    const inner = options.find(one => one.type === subcommandOption && one.name === subcommand)
    if (!inner) throw new Error(`/${name} has no ${subcommand}, only ${options.map(one => one.name)}`)
    const sent = (given: unknown) => ({
      ...base,
      options: [{ name: subcommand, type: subcommandOption, options: given }],
    })
    return { options: inner.options ?? [], sent }
  }
  const press = (message: Message, customId: string) =>
    send(3, world.channels.get(message.channelId)!, { custom_id: customId, component_type: 2 }, message)

  return {
    user,
    direct,
    async slash(name, values = {}, where = home) {
      const command = commandOf(name)
      const attachments: Record<string, unknown> = {}
      const users: Record<string, unknown> = {}
      const options: Record<string, unknown>[] = []
      for (const option of command.options) {
        if (option.required && !(option.name in values)) throw new Error(`/${name} needs ${option.name}`)
      }
      for (const [key, value] of Object.entries(values)) {
        const option = command.options.find(one => one.name === key)
        if (!option) throw new Error(`/${name} has no option ${key}`)
        if (option.type === attachmentOption) {
          const { name: filename, ...upload } = value as Upload
          const file = await store(world, { filename, ...upload }, null)
          attachments[file.id] = fileJson(file, cdn())
          options.push({ name: key, type: option.type, value: file.id })
        } else if (option.type === userOption) {
          const named = world.users.get(String(value))
          if (!named) throw new Error(`There is no user ${value}`)
          users[named.id] = userJson(named)
          options.push({ name: key, type: option.type, value })
        } else {
          refuseAsClient(option, value as string | number | boolean)
          options.push({ name: key, type: option.type, value })
        }
      }
      return send(2, where, { ...command.sent(options), resolved: { attachments, users } })
    },
    async launch(where = home) {
      const command = world.commands.find(one => one['type'] === 4)
      if (!command) throw new Error('The launcher does not offer this application')
      return send(2, where, { id: command['id'], name: command['name'], type: 4 })
    },
    async type(name, option, text) {
      const command = commandOf(name)
      const { type } = command.options.find(one => one.name === option && one.autocomplete)!
      const options = [{ name: option, type, value: text, focused: true }]
      return (await send(4, home, command.sent(options))).choices!
    },
    async choose(message, label) {
      const menus = flatten(message.components).filter(one => one.type === 3)
      for (const { custom_id, options = [] } of menus) {
        const option = options.find(one => one.label === label)
        const data = { custom_id, component_type: 3, values: [option?.value] }
        if (option) return send(3, world.channels.get(message.channelId)!, data, message)
      }
      throw new Error(`There is no option "${label}" to choose`)
    },
    async select(message, menu, values) {
      const found = flatten(message.components).find(one => menuTypes.includes(one.type) && one.placeholder === menu)
      if (!found?.custom_id) throw new Error(`There is no menu "${menu}" to choose from`)
      const { custom_id, type } = found
      const guild = world.guilds.get(world.channels.get(message.channelId)?.guildId ?? '')
      const chosen = {
        roles: (guild?.roles ?? []).map(one => roleJson(one)),
        channels: [...world.channels.values()].map(one => channelJson(one)),
      }
      const resolve = (all: readonly Record<string, unknown>[]) =>
        Object.fromEntries(all.filter(one => values.includes(String(one['id']))).map(one => [one['id'], one]))
      const resolved = { roles: resolve(chosen.roles), channels: resolve(chosen.channels) }
      const data = { custom_id, component_type: type, values, ...(type === 3 ? {} : { resolved }) }
      return send(3, world.channels.get(message.channelId)!, data, message)
    },
    async press(message, label) {
      const button = buttonsOf(message).find(one => one.label === label)
      if (!button?.custom_id || button.disabled || message.deleted) {
        throw new Error(`There is no button "${label}" to press, only ${buttonsOf(message).map(one => one.label)}`)
      }
      return press(message, button.custom_id)
    },
    async wear({ name: filename, ...upload }) {
      user.avatar = (await store(world, { filename, ...upload }, null)).id
    },
    async post(files, where = home) {
      const stored = files.map(({ name: filename, ...upload }) => store(world, { filename, ...upload }, null))
      const message: Message = {
        ...{ id: world.id(), channelId: where.id, interactionId: null, author: user, createdAt: world.clock.now() },
        ...{ content: '', attachments: await Promise.all(stored), components: [], flags: 0, allowedMentions: null },
        ...{ deleted: false, history: [] },
      }
      world.messages.set(message.id, message)
      return message
    },
    async menu(name, target) {
      const isMessage = 'channelId' in target
      const resolved = isMessage
        ? { messages: { [target.id]: messageJson(world, target, cdn()) } }
        : { users: { [target.id]: userJson(target) } }
      const command = world.commands.find(one => one['name'] === name && one['type'] === (isMessage ? 3 : 2))
      const data = { id: command?.['id'] ?? world.id(), name, type: isMessage ? 3 : 2, target_id: target.id, resolved }
      return send(2, isMessage ? world.channels.get(target.channelId)! : home, data)
    },
    forge: press,
    async submit(opened, values = {}) {
      const { modal } = opened
      if (!modal) throw new Error('No modal was opened')
      const attachments: Record<string, unknown> = {}
      const filled = modal.inputs.map(async (input, id) => {
        const given = values[input.custom_id!]
        const base = { type: input.type, id: 100 + id, custom_id: input.custom_id }
        if (input.type === fileUpload) {
          const files = await attach(world, input, Array.isArray(given) ? given : [])
          for (const file of files) attachments[file.id] = fileJson(file, cdn())
          return { ...base, values: files.map(file => file.id) }
        }
        if (input.type === 3) return { ...base, values: chosenIn(input, given) }
        return { ...base, value: typed(input, given) }
      })
      const components = (await Promise.all(filled)).map((component, id) => ({ type: 18, id, component }))
      return send(
        5,
        opened.channel,
        { custom_id: modal.customId, components, resolved: { attachments } },
        opened.source,
      )
    },
  }
}

/** A component of modals that takes files. */
const fileUpload = 19

/** Stores what is attached in a form, as many files as the client lets people attach. */
async function attach(world: World, input: Component, files: readonly Upload[]) {
  const { required = true, min_values: least = 1, max_values: most = 1, custom_id } = input
  if (files.length > most || (files.length < least && (required || files.length > 0))) {
    throw new Error(`Discord's client refuses ${files.length} files in ${custom_id}: it takes ${least} to ${most}`)
  }
  return Promise.all(files.map(({ name: filename, ...upload }) => store(world, { filename, ...upload }, null)))
}

/** The values of a menu in a form: of the option with this label, or else of those that stand there already. */
function chosenIn({ options = [], custom_id }: Component, label: unknown): string[] {
  const isChosen = (one: { readonly label: string; readonly default?: boolean }) =>
    label === undefined ? one.default : one.label === label
  const values = options.filter(isChosen).map(one => one.value)
  if (label !== undefined && !values.length) throw new Error(`There is no option "${label}" in ${custom_id}`)
  return values
}

function typed(input: Component, given: unknown): string {
  const value = String(given ?? input.value ?? '')
  if (value.length > (input.max_length ?? 4000)) {
    throw new Error(`Discord's client refuses ${value.length} characters in ${input.custom_id}`)
  }
  return value
}

/** What Discord's own clients do not let a person send. */
function refuseAsClient(option: CommandOption, value: string | number | boolean): void {
  const size = typeof value === 'number' ? value : 0
  if (typeof value === 'number' && (size < (option.min_value ?? -Infinity) || size > (option.max_value ?? Infinity))) {
    throw new Error(`Discord's client refuses ${option.name} ${value}`)
  }
  if (typeof value === 'string' && value.length > (option.max_length ?? 6000)) {
    throw new Error(`Discord's client refuses ${value.length} characters of ${option.name}`)
  }
}

export type Until = (check: () => unknown, what: string, withinMs?: number) => Promise<void>
