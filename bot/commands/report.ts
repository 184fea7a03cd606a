import { ApplicationCommandType, ApplicationIntegrationType, InteractionContextType, type Message } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { MessageCommand } from '../interactions/command.ts'
import { type Action, type ButtonId, readButtonId } from '../messages/buttonId.ts'
import { modal } from '../messages/modal.ts'

/** In the menu of a message: tells those who manage the server that something is wrong with it. */
export const report: MessageCommand = {
  data: {
    name: 'Report',
    type: ApplicationCommandType.Message,
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild],
  },
  async open({ interaction, t }) {
    const { targetMessage, applicationId } = interaction
    const subject =
      targetMessage.author.id === applicationId || targetMessage.applicationId === applicationId
        ? subjectOf(targetMessage)
        : null
    if (!subject) throw new UserError('report/subject')
    // The message's id goes along: what is reported may stand in several.
    const id: ButtonId = { action: subject.action, of: `${subject.of}-${targetMessage.id}` }
    const field = { id: 'reason', label: t('report.reason.label'), description: t('report.reason.description') }
    const maxCharacters = limits.maxCaptionCharacters
    await interaction.showModal(
      modal(id, t('report.title'), [{ ...field, maxCharacters, isLong: true, isRequired: true }]),
    )
  },
}

/** What a message of ours is about, by its buttons: a job's pictures, or a style. */
function subjectOf(message: Message): { action: 'report' | 'reportstyle'; of: string } | null {
  const found = customIds(message.components.map(one => one.toJSON())).flatMap(id => readButtonId(id) ?? [])
  const idOf = (...actions: readonly Action[]) => found.find(({ action }) => actions.includes(action))?.of
  const job = idOf('delete', 'cancel', 'pick')
  if (job !== undefined) return { action: 'report', of: job }
  const style = idOf('use', 'learn')
  return style === undefined ? null : { action: 'reportstyle', of: style }
}

/** Of all components, however deep. */
function customIds(components: readonly unknown[]): string[] {
  return components.flatMap(one => {
    // Components as Discord sends them.
    const { custom_id, components: inner = [] } = one as { custom_id?: string; components?: readonly unknown[] }
    return [...(custom_id === undefined ? [] : [custom_id]), ...customIds(inner)]
  })
}
