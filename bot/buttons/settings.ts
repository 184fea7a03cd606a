import type { Interaction, ModalSubmitInteraction } from 'discord.js'
import { languages } from '../../language/languages.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { withRoleBudget } from '../../studio/guilds/guildSettings.ts'
import type { GuildSettings, RoleBudget } from '../../studio/studio.ts'
import { settingsContext } from '../commands/studio/settings.ts'
import type { InteractionContext } from '../interactions/bot.ts'
import type { Button, Menu } from '../interactions/button.ts'
import { managedGuild } from '../interactions/guildPlace.ts'
import { respond } from '../interactions/respond.ts'
import { accents } from '../messages/accents.ts'
import { createMessage } from '../messages/message.ts'
import { modal } from '../messages/modal.ts'
import { none, type SettingsPage, settingsMessage, settingsPages, spoilerRules } from '../messages/settingsReplies.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'

/** What the menus, buttons and forms of `/studio settings` do. Who may change anything, the studio checks. */

/** Of the form: every word on a line of its own. */
const maxBlockedWordsCharacters = limits.maxBlockedWords * (limits.maxBlockedWordCharacters + 1)
/** Of a form's title. */
const maxTitleCharacters = 45

type Change = (settings: GuildSettings) => Partial<GuildSettings>

/** The menus whose choice is the new value. */
export const settingsMenu: Menu = {
  response: 'update',
  async choose(context) {
    const { of, interaction } = context
    const chosen = [...interaction.values]
    if (of === 'page') {
      const page = settingsPages.find(one => one === chosen[0]) ?? 'home'
      return showSettings(context, page)
    }
    const choice = choices[of]
    if (!choice) throw new UserError('chat/button')
    await changeSettings(context, choice.page, choice.change(chosen))
    if (of === 'log' && chosen.length) await checkLog(context)
  },
}

/** By the name in a menu's id: what choosing changes, and on which page it stands. */
const choices: Record<string, { readonly page: SettingsPage; readonly change: (chosen: readonly string[]) => Change }> =
  {
    channels: { page: 'where', change: chosen => () => ({ channels: [...chosen] }) },
    spoiler: {
      page: 'content',
      change:
        ([chosen]) =>
        () => ({ spoiler: spoilerRules.find(rule => rule === chosen) ?? 'never' }),
    },
    size: {
      page: 'look',
      change:
        ([chosen]) =>
        () => ({ defaultSize: optional(chosen) }),
    },
    style: {
      page: 'look',
      change:
        ([chosen]) =>
        () => ({ defaultStyle: optional(chosen) }),
    },
    language: {
      page: 'language',
      change:
        ([chosen]) =>
        () => ({ language: languages.find(one => one === chosen) ?? null }),
    },
    log: {
      page: 'log',
      change:
        ([chosen]) =>
        () => ({ logChannel: chosen ?? null }),
    },
  }
const optional = (chosen: string | undefined) => (chosen === undefined || chosen === none ? null : chosen)

/** Buttons that switch something on and off. */
export const settingToggle: Button = {
  response: 'update',
  async press(context) {
    if (context.of === 'age') {
      return changeSettings(context, 'where', now => ({ ageRestrictedOnly: !now.ageRestrictedOnly }))
    }
    if (context.of === 'check') {
      return changeSettings(context, 'content', now => ({ needsImageCheck: !now.needsImageCheck }))
    }
    throw new UserError('chat/button')
  },
}

/** Buttons that open a form with what is set now. */
export const settingForm: Button = {
  response: 'modalUpdate',
  async press(context) {
    const { interaction, of, t } = context
    const settings = await managedSettings(context)
    const form =
      of === 'blockedWords'
        ? modal({ action: 'setting', of }, t('blockedWords.title'), [
            {
              ...{
                id: 'blockedWords',
                label: t('blockedWords.field.label'),
                description: t('blockedWords.field.description'),
                isLong: true,
              },
              ...{ value: settings.blockedWords.join('\n'), maxCharacters: maxBlockedWordsCharacters },
            },
          ])
        : modal({ action: 'setting', of }, t('coolDown.title'), [
            {
              ...{ id: 'seconds', label: t('coolDown.seconds.label'), description: t('coolDown.seconds.description') },
              ...{ value: String(settings.coolDownSeconds), maxCharacters: 5 },
            },
          ])
    await interaction.showModal(form)
  },
  async submit(context) {
    const { fields } = context.interaction
    if (context.of === 'blockedWords') {
      const typed = fields.getTextInputValue('blockedWords').split('\n')
      const blockedWords = [...new Set(typed.map(line => line.trim()).filter(Boolean))]
      return changeSettings(context, 'content', () => ({ blockedWords }))
    }
    const coolDownSeconds = readNumber(context.interaction, 'seconds', context.t('coolDown.title')) ?? 0
    await changeSettings(context, 'budgets', () => ({ coolDownSeconds }))
  },
}

/** The menu of roles opens a form with the budget of the one that was chosen. */
export const roleBudget: Menu = {
  response: 'modalUpdate',
  async choose(context) {
    const { interaction, t } = context
    const role = interaction.values[0] ?? ''
    const { roles } = await managedSettings(context)
    const known = roles.find(one => one.role === role)
    const name = interaction.isRoleSelectMenu() ? interaction.roles.get(role)?.name : undefined
    const field = (id: keyof typeof limitLabels) => {
      const value = known?.[id]
      return {
        ...{ id, label: t(limitLabels[id]), description: t('budget.empty.description'), maxCharacters: 5 },
        ...(value !== undefined && value !== null && { value: String(value) }),
      }
    }
    const title = truncate(t('budget.title', { role: name ?? role }), maxTitleCharacters)
    const fields = [field('picturesPerHour'), field('concurrent'), field('maxSide')]
    await interaction.showModal(modal({ action: 'budget', of: role }, title, fields))
  },
  async submit(context) {
    const limit = (id: keyof typeof limitLabels) => readNumber(context.interaction, id, context.t(limitLabels[id]))
    const budget: RoleBudget = {
      ...{ role: context.of, picturesPerHour: limit('picturesPerHour'), concurrent: limit('concurrent') },
      maxSide: limit('maxSide'),
    }
    await changeSettings(context, 'budgets', ({ roles }) => ({ roles: withRoleBudget(roles, budget) }))
  },
}
const limitLabels = {
  picturesPerHour: 'budget.perHour.label',
  concurrent: 'budget.concurrent.label',
  maxSide: 'budget.maxSide.label',
} as const

/** A whole number as it was typed; null where nothing was. */
function readNumber({ fields }: ModalSubmitInteraction, id: string, field: string): number | null {
  const typed = fields.getTextInputValue(id).trim()
  if (typed === '') return null
  if (!/^\d{1,5}$/.test(typed)) {
    throw new UserError('chat/number', undefined, { values: { value: escapeMarkdown(typed, 10), field } })
  }
  return Number(typed)
}

/** Writes the change, tells it where the server has its log, and shows the page as it is now. */
async function changeSettings(context: InteractionContext<Settled>, page: SettingsPage, change: Change): Promise<void> {
  const { interaction, caller, bot } = context
  const guild = managedGuild(interaction)
  await bot.studio.guildOffice.settings.change(await caller.person(), guild, change)
  await showSettings(context, page)
  const person = `<@${interaction.user.id}>`
  await bot.postToLog(guild.id, t =>
    createMessage(t('settings.changed', { person }), { footer: [t(`settings.${page}.label`)] }),
  )
}
type Settled = Parameters<typeof respond>[0] & Interaction

async function showSettings(context: InteractionContext<Settled>, page: SettingsPage, problem?: string): Promise<void> {
  const { interaction } = context
  const settings = await managedSettings(context)
  const shown = await settingsContext(context)
  await respond(interaction, settingsMessage(page, settings, { ...shown, ...(problem && { problem }) }))
}

/** The settings, for those who may change them. */
async function managedSettings({ interaction, caller, bot }: InteractionContext<Interaction>): Promise<GuildSettings> {
  const guild = managedGuild(interaction)
  const { checkManager, settings } = bot.studio.guildOffice
  await checkManager(await caller.person(), guild)
  return settings.read(guild.id)
}

/** A log that cannot be written is said at once, not when it is needed. */
async function checkLog(context: InteractionContext<Settled>): Promise<void> {
  const { id } = managedGuild(context.interaction)
  const isPosted = await context.bot.postToLog(id, t => createMessage(t('settings.logTest'), { accent: accents.house }))
  if (!isPosted) await showSettings(context, 'log', context.t('settings.logFailed'))
}
