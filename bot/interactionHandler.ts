import type {
  AnySelectMenuInteraction,
  AutocompleteInteraction,
  Interaction,
  MessageContextMenuCommandInteraction,
  ModalSubmitInteraction,
  UserContextMenuCommandInteraction,
} from 'discord.js'
import { languageFor } from '../language/languages.ts'
import { type ErrorCode, UserError } from '../protocol/errors.ts'
import { visibleName } from '../protocol/names.ts'
import type { ChatReplyTarget, PersonId } from '../studio/studio.ts'
import { forms } from './buttons/forms.ts'
import { buttons } from './buttons/index.ts'
import { menus } from './buttons/menus.ts'
import { launchFromLauncher } from './commands/canvas.ts'
import { messageCommands, personCommands } from './commands/index.ts'
import { isOutOfReach } from './delivery/callback.ts'
import type { AckGate } from './interactions/ackGate.ts'
import type { Acknowledger } from './interactions/acknowledgement.ts'
import type { Bot, InteractionContext, ReplyContext } from './interactions/bot.ts'
import type { Press } from './interactions/button.ts'
import type { Command } from './interactions/command.ts'
import { showError } from './interactions/errorReply.ts'
import { isButtonAction, isFormAction, isMenuAction, readButtonId } from './messages/buttonId.ts'
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
  {
    acknowledger,
    gate,
    onError,
  }: {
    readonly acknowledger: Acknowledger
    readonly gate: AckGate
    readonly onError?: ((code: ErrorCode) => void) | undefined
  },
) {
  /** By person: the key that they typed last. What they typed before it, their client no longer waits for. */
  const newestKey = new Map<string, string>()
  return async (interaction: Interaction): Promise<void> => {
    let retry = false
    try {
      await dispatch(interaction)
      retry = interaction.isChatInputCommand() && (commandOf(interaction)?.isRepeatable?.(interaction) ?? false)
    } catch (error) {
      onError?.(error instanceof UserError ? error.code : 'server/bug')
      const log = bot.log.child({ interaction: interaction.id })
      if (!isOutOfReach(error)) {
        retry = await showError(error, { context: contextOf(interaction, bot), log, acknowledger })
      } else log.warn({ err: error }, 'An interaction could not be acknowledged in time')
    }
    await acknowledger.settle(interaction.id, { retry })
  }

  function commandOf({ commandName }: { readonly commandName: string }): Command | undefined {
    return commands.find(one => one.data.name === commandName)
  }

  async function dispatch(interaction: Interaction): Promise<void> {
    if (interaction.isChatInputCommand()) {
      const command = commandOf(interaction)
      if (!command) throw new UserError('chat/command')
      command.check?.(contextOf(interaction, bot))
      const mayLaunch = bot.hasActivity && !interaction.deferred
      if (mayLaunch && command.launch) return command.launch(contextOf(interaction, bot))
      if (command.opensForm?.(interaction)) return command.open?.(contextOf(interaction, bot))
      const target = await acknowledger.reply(interaction, { isPrivate: command.isPrivate?.(interaction) })
      await command.run(await replyContext(contextOf(interaction, bot), target))
    } else if (interaction.isAutocomplete()) await onAutocomplete(interaction)
    else if (interaction.isButton()) await onPress(interaction, interaction.customId)
    else if (interaction.isModalSubmit()) await onModal(interaction)
    else if (interaction.isAnySelectMenu()) await onMenu(interaction)
    else if (interaction.isMessageContextMenuCommand()) await onMessageCommand(interaction)
    else if (interaction.isUserContextMenuCommand()) await onPersonCommand(interaction)
    else if (interaction.isPrimaryEntryPointCommand()) await launchFromLauncher(contextOf(interaction, bot))
    else interaction satisfies never
  }

  async function onAutocomplete(interaction: AutocompleteInteraction): Promise<void> {
    const { user, id } = interaction
    newestKey.set(user.id, id)
    await gate.turn()
    if (newestKey.get(user.id) !== id) return
    newestKey.delete(user.id)
    const choices = (await commandOf(interaction)?.autocomplete?.(contextOf(interaction, bot))) ?? []
    await interaction.respond(
      choices
        .filter(({ value }) => value.length <= maxChoiceCharacters)
        .map(({ name, value }) => ({ name: truncate(name, maxChoiceCharacters), value }))
        .slice(0, maxChoices),
    )
  }

  async function onPress(interaction: Press, customId: string): Promise<void> {
    const id = readButtonId(customId)
    if (!id || !isButtonAction(id.action)) throw new UserError('chat/button')
    const button = buttons[id.action]
    const context = { ...contextOf(interaction, bot), of: id.of }
    switch (button.response) {
      case 'reply':
      case 'ephemeral': {
        button.check?.(context)
        if (button.launch && bot.hasActivity && !interaction.deferred) return button.launch(context)
        const isPrivate = button.response === 'ephemeral'
        return button.press(await replyContext(context, await acknowledger.reply(interaction, { isPrivate })))
      }
      case 'update':
        await acknowledger.update(interaction)
        return button.press(context)
      case 'modal':
      case 'modalUpdate':
        return button.press(context)
      default:
        button satisfies never
    }
  }

  async function onMenu(interaction: AnySelectMenuInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    if (!id || !isMenuAction(id.action)) throw new UserError('chat/button')
    const menu = menus[id.action]
    const context = { ...contextOf(interaction, bot), of: id.of }
    if (menu.response === 'press' || menu.response === 'reply') {
      if (!interaction.isStringSelectMenu()) throw new UserError('chat/button')
      if (menu.response === 'press') return onPress(interaction, interaction.values[0] ?? '')
      const chosen = { ...context, interaction }
      menu.check?.(chosen)
      return menu.choose(await replyContext(chosen, await acknowledger.reply(interaction)))
    }
    if (menu.response === 'ephemeral') await acknowledger.reply(interaction, { isPrivate: true })
    else if (menu.response === 'update') await acknowledger.update(interaction)
    await menu.choose(context)
  }

  async function onMessageCommand(interaction: MessageContextMenuCommandInteraction): Promise<void> {
    const command = messageCommands.find(({ data }) => data.name === interaction.commandName)
    if (!command) throw new UserError('chat/command')
    if ('open' in command) return command.open(contextOf(interaction, bot))
    const target = await acknowledger.reply(interaction, { isPrivate: true })
    await command.run(await replyContext(contextOf(interaction, bot), target))
  }

  async function onPersonCommand(interaction: UserContextMenuCommandInteraction): Promise<void> {
    const command = personCommands.find(({ data }) => data.name === interaction.commandName)
    if (!command) throw new UserError('chat/command')
    await command.open(contextOf(interaction, bot))
  }

  async function onModal(interaction: ModalSubmitInteraction): Promise<void> {
    const id = readButtonId(interaction.customId)
    if (!id) throw new UserError('chat/button')
    const context = { ...contextOf(interaction, bot), of: id.of }
    if (isFormAction(id.action)) {
      const form = forms[id.action]
      form.check?.(context)
      const target = await acknowledger.reply(interaction, { isPrivate: !form.isPublic })
      return form.submit(await replyContext(context, target))
    }
    const opener = isMenuAction(id.action) ? menus[id.action] : buttons[id.action]
    if (opener.response === 'modalUpdate') {
      await acknowledger.update(interaction)
      return opener.submit(context)
    }
    if (opener.response !== 'modal') throw new UserError('chat/button')
    opener.checkSubmit?.(context)
    await opener.submit(await replyContext(context, await acknowledger.reply(interaction)))
  }
}

async function replyContext<Context extends InteractionContext<unknown>>(
  context: Context,
  target: ChatReplyTarget,
): Promise<Context & Pick<ReplyContext<unknown>, 'target' | 'publicT'>> {
  return { ...context, target, publicT: await context.bot.translateFor(target) }
}

function contextOf<I extends Interaction>(interaction: I, bot: Bot): InteractionContext<I> {
  const { user, guildId, guild, locale } = interaction
  // Where nothing of the name can be seen, what they are called by Discord itself.
  const name = visibleName(user.displayName) || user.username
  const account = { discordId: user.id, name, guildId, guildName: guild?.name ?? null }
  let person: Promise<PersonId> | undefined
  const caller = {
    name,
    where: guildId === null ? {} : { guild: guildId },
    person: () => (person ??= bot.studio.people.fromDiscord(account).then(({ id }) => id)),
  }
  return { interaction, caller, bot, t: bot.translations.in(languageFor(locale) ?? 'en') }
}
