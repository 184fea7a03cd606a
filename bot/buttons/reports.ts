import { UserError } from '../../protocol/errors.ts'
import { asJobId, asPersonId, asStyleId, type ReportKind } from '../../studio/studio.ts'
import type { Button, Form, Menu, SubmitContext } from '../interactions/button.ts'
import { managedGuild } from '../interactions/guildPlace.ts'
import { followPrivately, respond, respondText } from '../interactions/respond.ts'
import { accents } from '../messages/accents.ts'
import { createMessage } from '../messages/message.ts'
import { type ReportNotice, reportMessage, reportsMessage } from '../messages/moderationReplies.ts'
import { picturesOf } from '../messages/replies.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'

/** What people report, and what those who manage a server do about it. */

export const reportPicture: Form = {
  async submit(context) {
    const { pictures, people } = context.bot.studio
    const all = await pictures.ofJob(asJobId(idOf(context.of)))
    const [first] = all
    if (!first) throw new UserError('picture/missing')
    const place = await note(context, 'picture', first.id)
    const finished = all.filter(({ state }) => state === 'finished')
    const owner = await people.find(first.owner)
    await postReport(context, async t => ({
      ...{ ...place, kind: 'picture', owner },
      pictures: finished.length ? await picturesOf(t, finished, pictures.files) : [],
    }))
  },
}

export const reportStyle: Form = {
  async submit(context) {
    const { moderation } = context.bot.studio.guildOffice
    const id = asStyleId(idOf(context.of))
    const place = await note(context, 'style', id)
    const style = await moderation.reportedStyle(id)
    if (!style) throw new UserError('style/missing')
    await postReport(context, async () => ({ ...place, kind: 'style', style, owner: style.owner }))
  },
}

/** Writes a report down. */
async function note({ interaction, caller, of, bot }: SubmitContext, kind: ReportKind, subject: string) {
  const guild = managedGuild(interaction).id
  const reason = interaction.fields.getTextInputValue('reason')
  const messageUrl = `https://discord.com/channels/${guild}/${interaction.channelId}/${of.slice(of.lastIndexOf('-') + 1)}`
  await bot.studio.moderation.report(await caller.person(), { kind, subject, reason, guild, messageUrl })
  return { messageUrl, reason, reporter: `<@${interaction.user.id}>` }
}

/** In the server's log. */
async function postReport({ interaction, bot, t }: SubmitContext, report: (t: Translate) => Promise<ReportNotice>) {
  const isPosted = await bot.postToLog(managedGuild(interaction).id, async logT =>
    reportMessage(logT, await report(logT)),
  )
  await respondText(interaction, t(isPosted ? 'report.posted' : 'report.noted'), accents.good)
}

/** Of what is reported: before the id of its message. */
function idOf(of: string): string {
  return of.slice(0, of.lastIndexOf('-'))
}

/** The buttons beneath a report in a server's log. */
export const stopMember: Button = {
  response: 'update',
  async press({ interaction, of, caller, bot, t }) {
    const { moderation } = bot.studio.guildOffice
    const id = asPersonId(of) // the studio looks it up
    const person = await bot.studio.people.find(id)
    if (!person) throw new UserError('person/missing')
    await moderation.stop(await caller.person(), managedGuild(interaction), { kind: 'member', id }, '')
    const text = t('stopped.member', { name: `**${escapeMarkdown(person.name, 80)}**` })
    await followPrivately(interaction, createMessage(text, { accent: accents.good }))
  },
}

export const stopStyle: Button = {
  response: 'update',
  async press({ interaction, of, caller, bot, t }) {
    const { moderation } = bot.studio.guildOffice
    const id = asStyleId(of) // the studio looks it up
    const style = await moderation.reportedStyle(id)
    if (!style) throw new UserError('style/missing')
    await moderation.stop(await caller.person(), managedGuild(interaction), { kind: 'guildStyle', id }, '')
    const text = t('stopped.guildStyle', { name: `**${escapeMarkdown(style.name, 80)}**` })
    await followPrivately(interaction, createMessage(text, { accent: accents.good }))
  },
}

/** The menu beneath open reports. */
export const closeReport: Menu = {
  response: 'update',
  async choose({ interaction, caller, bot, t }) {
    const { moderation } = bot.studio.guildOffice
    const guild = managedGuild(interaction)
    const by = await caller.person()
    await moderation.closeReport(by, guild, interaction.values[0] ?? '')
    await respond(interaction, reportsMessage(t, await moderation.reports(by, guild)))
  },
}
