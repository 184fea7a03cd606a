import type {
  AutocompleteInteraction,
  ButtonInteraction,
  Interaction,
  ModalSubmitInteraction,
  REST,
  StringSelectMenuInteraction,
} from 'discord.js'
import { type ErrorCode, UserError } from '../protocol/errors.ts'
import type { PersonId } from '../studio/studio.ts'
import { buttons } from './buttons/index.ts'
import { pickPicture } from './buttons/pickPicture.ts'
import { isOutOfReach } from './delivery/callback.ts'
import { createAckGate } from './interactions/ackGate.ts'
import { createAcknowledger } from './interactions/acknowledgement.ts'
import type { Bot, InteractionContext } from './interactions/bot.ts'
import type { Command } from './interactions/command.ts'
import { showError } from './interactions/errorReply.ts'
import { readButtonId } from './messages/buttonId.ts'
import { truncate } from './text/markdown.ts'

/** Of an autocomplete choice's name and value (interactions/application-commands). */
const maxChoiceCharacters = 100
const maxChoices = 25

/**
 * Every interaction arrives here. How old one is, no clock of ours can say: we try, and Discord refuses what is too late.
 * What needs no database is checked first, because whoever is refused before the acknowledgement is refused in private.
 * Then it is acknowledged before anything else is awaited, but for the row that says that a reply is pending. Errors that
 * a person can mend are shown to them; bugs are logged whole and answered with an apology.
 */
export function interactionHandler(
  commands: readonly Command[],
  bot: Bot,
  { rest, onError }: { readonly rest: REST; readonly onError?: ((code: ErrorCode) => void) | undefined },
) {
  const gate = createAckGate()
  const acknowledger = createAcknowledger({ ...bot, rest, gate })
  /** By person: the key that they typed last. What they typed before it, their client no longer waits for. */
  const newestKey = new Map<string, string>()
  return async (interaction: Interaction): Promise<void> => {
    let retry = false
    try {
      await dispatch(interaction)
    } catch (error) {
      onError?.(error instanceof UserError ? error.code : 'server/bug')
      const log = bot.log.child({ interaction: interaction.id })
      if (!isOutOfReach(error)) retry = await showError(interaction, error, { log, acknowledger })
      else log.warn({ err: error }, 'An interaction could not be acknowledged in time')
    }
    await acknowledger.settle(interaction.id, { retry })
  }

  async function dispatch(interaction: Interaction): Promise<void> {
    if (interaction.isChatInputCommand()) {
      const command = commands.find(one => one.data.name === interaction.commandName)
      if (!command) throw new UserError('chat/command')
      command.check?.(contextOf(interaction, bot))
      const target = await acknowledger.reply(interaction, { isPrivate: command.isPrivate?.(interaction) })
      await command.run({ ...contextOf(interaction, bot), target })
    } else if (interaction.isAutocomplete()) await onAutocomplete(interaction)
    else if (interaction.isButton()) await onButton(interaction)
    else if (interaction.isModalSubmit()) await onModal(interaction)
    else if (interaction.isStringSelectMenu()) await onMenu(interaction)
    // Menus of an older version, or of another program that had this token.
    else if (interaction.isRepliable()) throw new UserError('chat/command')
  }

  async function onAutocomplete(interaction: AutocompleteInteraction): Promise<void> {
    const { user, id, commandName } = interaction
    newestKey.set(user.id, id)
    await gate.turn()
    if (newestKey.get(user.id) !== id) return
    newestKey.delete(user.id)
    const command = commands.find(one => one.data.name === commandName)
    const choices = (await command?.autocomplete?.(contextOf(interaction, bot))) ?? []
    await interaction.respond(
      choices
        .filter(({ value }) => value.length <= maxChoiceCharacters)
        .map(({ name, value }) => ({ name: truncate(name, maxChoiceCharacters), value }))
        .slice(0, maxChoices),
    )
  }

  async function onButton(interaction: ButtonInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    if (!id || id.action === 'pick') throw new UserError('chat/button')
    const button = buttons[id.action]
    const context = { ...contextOf(interaction, bot), of: id.of }
    switch (button.response) {
      case 'reply':
      case 'ephemeral': {
        button.check?.(context)
        const isPrivate = button.response === 'ephemeral'
        return button.press({ ...context, target: await acknowledger.reply(interaction, { isPrivate }) })
      }
      case 'update':
        await acknowledger.update(interaction)
        return button.press(context)
      case 'modal':
        return button.press(context)
      default:
        button satisfies never
    }
  }

  async function onMenu(interaction: StringSelectMenuInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    if (id?.action !== 'pick') throw new UserError('chat/button')
    const target = await acknowledger.reply(interaction, { isPrivate: true })
    await pickPicture({ ...contextOf(interaction, bot), of: id.of, target })
  }

  async function onModal(interaction: ModalSubmitInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    const button = id && id.action !== 'pick' ? buttons[id.action] : null
    if (button?.response !== 'modal') throw new UserError('chat/button')
    button.checkSubmit?.(contextOf(interaction, bot))
    const target = await acknowledger.reply(interaction)
    await button.submit({ ...contextOf(interaction, bot), of: id!.of, target })
  }
}

function contextOf<I extends Interaction>(interaction: I, bot: Bot): InteractionContext<I> {
  const { user, guildId, guild } = interaction
  const account = { discordId: user.id, name: user.displayName, guildId, guildName: guild?.name ?? null }
  let person: Promise<PersonId> | undefined
  const caller = {
    name: user.displayName,
    where: guildId === null ? {} : { guild: guildId },
    person: () => (person ??= bot.studio.people.fromDiscord(account).then(({ id }) => id)),
  }
  return { interaction, caller, bot }
}
