import { ButtonStyle, ComponentType } from 'discord.js'
import type { AuditEntry, GuildStatistics, Report, ShownGuildStop } from '../../studio/studio.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import { moderationStrings as said } from '../text/moderationStrings.ts'
import { accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { type Attached, createMessage, type Message } from './message.ts'

/** What those who manage a server read: reports, stops, what happened, and how much was painted. */

/** A report as it is told. */
export interface ToldReport {
  readonly kind: 'picture' | 'style'
  /** A mention. */
  readonly reporter: string
  /** Whose picture or style it is: their id here and their name. */
  readonly owner: { readonly id: string; readonly name: string } | null
  readonly reason: string
  readonly messageUrl: string | null
  readonly pictures: readonly Attached[]
}

/** In a server's log: what was reported, behind a spoiler, and what can be done about it. */
export function reportMessage({ kind, reporter, owner, reason, messageUrl, pictures }: ToldReport): Message {
  const style = ButtonStyle.Danger as const
  return createMessage([said.reported(reporter, kind), said.reason(escapeMarkdown(reason, 500))].join('\n'), {
    accent: accents.danger,
    isSpoiler: true,
    galleries: pictures.length ? [{ pictures }] : [],
    rows: buttonRow([
      ...(messageUrl ? [linkButton(said.goTo, messageUrl)] : []),
      ...(owner
        ? [
            {
              ...button,
              style,
              label: said.stopMember,
              custom_id: writeButtonId({ action: 'stopmember', of: owner.id }),
            },
          ]
        : []),
    ]),
    footer: owner ? [said.by(escapeMarkdown(owner.name, 80))] : [],
  })
}

/** Of a message and of what its menu closes. */
const maxReports = 10

/** Open reports of a server, oldest first, with a menu that closes them. */
export function reportsMessage(reports: readonly Report[]): Message {
  const shown = reports.slice(0, maxReports)
  const lines = shown.map(({ kind, reason, reportedAt, messageUrl }, index) => {
    const what = messageUrl ? `[${kind}](${messageUrl})` : kind
    return `${index + 1}. ${what}, ${timestamp(reportedAt)}: ${escapeMarkdown(reason, 200) || '…'}`
  })
  const more = reports.length - shown.length
  return createMessage([said.reports(reports.length), ...lines].join('\n'), {
    accent: reports.length ? accents.danger : accents.good,
    rows: shown.length ? [closeMenu(shown)] : [],
    footer: more > 0 ? [said.moreReports(more)] : [],
  })
}

function closeMenu(reports: readonly Report[]): Message['rows'][number] {
  const options = reports.map(({ id, kind, reason }, index) => ({
    ...{ value: id, label: said.closeOne(index + 1), description: truncate(`${kind}: ${reason}`, 100) },
  }))
  const custom_id = writeButtonId({ action: 'closereport', of: 'one' })
  return {
    type: ComponentType.ActionRow,
    components: [{ type: ComponentType.StringSelect, custom_id, placeholder: said.close, options }],
  }
}

/** Who and what is stopped in a server. */
export function stopsText(stops: readonly ShownGuildStop[]): string {
  if (!stops.length) return said.noStops
  const lines = stops.map(({ kind, name, reason }) => {
    const what = name === null ? said.audit.kinds[kind] : `**${escapeMarkdown(name, 80)}**`
    return `- ${what}${said.reasonLine(escapeMarkdown(reason, 200))}`
  })
  return [`**${said.stops}**`, ...lines].join('\n')
}

/** What happened in a server, newest first. */
export function auditMessage(entries: readonly AuditEntry[]): Message {
  const lines = entries.map(entry => `- ${timestamp(entry.at)} ${auditText(entry)}`)
  return createMessage([said.audit.title, ...(lines.length ? lines : [said.audit.none])].join('\n'))
}

/** One act in words, of which settings are ours, with mentions: "Ada was refused: the blocked word “blood”". */
export function auditText({ actorName, action, kind, subject, detail }: AuditEntry): string {
  const who = actorName === null ? said.audit.somebody : escapeMarkdown(actorName, 40)
  const act = wordFor(said.audit.acts, action)
  return `${who} ${act ? act(subjectText(kind, subject), action === 'set' ? truncate(detail, 300) : escapeMarkdown(detail, 300)) : escapeMarkdown(action, 20)}`
}

function subjectText(kind: string, subject: string): string {
  if (kind === 'prompt') return said.audit.word(escapeMarkdown(subject, 60))
  if (kind === 'request') return wordFor(said.audit.refusals, subject) ?? escapeMarkdown(subject, 60)
  return wordFor(said.audit.kinds, kind) ?? escapeMarkdown(kind, 20)
}

/** The words for something out of a row, if there are any. */
function wordFor<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** How much was painted and refused in a server. */
export function statisticsMessage(server: string, statistics: GuildStatistics): Message {
  const { stats } = said
  const periods = (['day', 'week', 'ever'] as const).map(name => {
    const { jobs, pictures, failed, people, learnings } = statistics[name]
    const parts = [
      ...[stats.pictures(pictures), stats.jobs(jobs), stats.people(people)],
      ...(failed ? [stats.failed(failed)] : []),
      ...(learnings ? [stats.learnings(learnings)] : []),
    ]
    return stats.line(stats.period[name], parts.join(' · '))
  })
  const refusals = statistics.refusals.map(({ subject, count }) => {
    const words = wordFor(said.audit.refusals, subject) ?? said.audit.word(escapeMarkdown(subject, 60))
    return `${words} ${count}×`
  })
  return createMessage(
    [
      ...[stats.title(escapeMarkdown(server, 80)), ...periods],
      ...(refusals.length ? [stats.refusals(refusals.join(', '))] : []),
      stats.openReports(statistics.openReports),
    ].join('\n'),
    { accent: accents.house },
  )
}

const button = { type: ComponentType.Button as const }
const linkButton = (label: string, url: string) => ({ ...button, style: ButtonStyle.Link as const, label, url })

function buttonRow(
  components: readonly (ReturnType<typeof linkButton> | { type: 2; style: 4; label: string; custom_id: string })[],
) {
  return components.length ? [{ type: ComponentType.ActionRow as const, components: [...components] }] : []
}

/** As each reader's own clock shows it. */
function timestamp(at: Date): string {
  return `<t:${Math.floor(at.getTime() / 1000)}:R>`
}
