import { UserError } from '../../protocol/errors.ts'
import { asJobId, asPersonId, asStyleId, type PersonId } from '../../studio/studio.ts'
import type { Button, Form, Menu, SubmitContext } from '../interactions/button.ts'
import { managedGuild } from '../interactions/guildPlace.ts'
import { followPrivately, respond, respondText } from '../interactions/respond.ts'
import { accents } from '../messages/accents.ts'
import { createMessage } from '../messages/message.ts'
import { reportMessage, reportsMessage, type ToldReport } from '../messages/moderationReplies.ts'
import { picturesOf } from '../messages/replies.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { moderationStrings as said } from '../text/moderationStrings.ts'

/** What people report, and what those who manage a server do about it. */

export const reportPicture: Form = {
  async submit(context) {
    const { pictures } = context.bot.studio
    const all = await pictures.ofJob(asJobId(idOf(context.of)))
    const [first] = all
    if (!first) throw new UserError('picture/missing')
    const finished = all.filter(({ state }) => state === 'finished')
    await tell(context, {
      ...{ kind: 'picture', subject: first.id, owner: first.owner },
      pictures: finished.length ? await picturesOf(finished, pictures.files) : [],
    })
  },
}

export const reportStyle: Form = {
  async submit(context) {
    const style = asStyleId(idOf(context.of))
    await tell(context, { kind: 'style', subject: style, owner: null, pictures: [] })
  },
}

interface Reported extends Pick<ToldReport, 'kind' | 'pictures'> {
  readonly subject: string
  readonly owner: PersonId | null
}

/** Writes a report down, and tells it where the server has its log. */
async function tell(context: SubmitContext, { kind, subject, owner, pictures }: Reported): Promise<void> {
  const { interaction, caller, of, bot } = context
  const { studio } = bot
  const guild = managedGuild(interaction).id
  const reason = interaction.fields.getTextInputValue('reason')
  const messageUrl = `https://discord.com/channels/${guild}/${interaction.channelId}/${of.slice(of.lastIndexOf('-') + 1)}`
  await studio.moderation.report(await caller.person(), { kind, subject, reason, guild, messageUrl })
  const person = owner && (await studio.people.find(owner))
  const message = reportMessage({
    ...{ kind, pictures, messageUrl, reason, reporter: `<@${interaction.user.id}>` },
    owner: person && { id: person.id, name: person.name },
  })
  await respondText(interaction, said.report.done(await bot.tellLog(guild, message)), accents.good)
}

/** Of what is reported: before the id of its message. */
function idOf(of: string): string {
  return of.slice(0, of.lastIndexOf('-'))
}

/** The button beneath a report in a server's log. */
export const stopMember: Button = {
  response: 'update',
  async press({ interaction, of, caller, bot }) {
    const { moderation } = bot.studio.guildOffice
    const id = asPersonId(of) // the studio looks it up
    const person = await bot.studio.people.find(id)
    if (!person) throw new UserError('person/missing')
    await moderation.stop(await caller.person(), managedGuild(interaction), { kind: 'member', id }, '')
    const text = said.stopped.member(`**${escapeMarkdown(person.name, 80)}**`)
    await followPrivately(interaction, createMessage(text, { accent: accents.good }))
  },
}

/** The menu beneath open reports. */
export const closeReport: Menu = {
  response: 'update',
  async choose({ interaction, caller, bot }) {
    const { moderation } = bot.studio.guildOffice
    const guild = managedGuild(interaction)
    const by = await caller.person()
    await moderation.closeReport(by, guild, interaction.values[0] ?? '')
    await respond(interaction, reportsMessage(await moderation.reports(by, guild)))
  },
}
