import { ButtonStyle, ComponentType } from 'discord.js'
import {
  type AuditEntry,
  type GuildStatistics,
  parseChange,
  type Report,
  type ShownGuildStop,
} from '../../studio/studio.ts'
import { timestamp } from '../text/figures.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { menuRow } from './menuRow.ts'
import { type Attached, createMessage, type Message } from './message.ts'
import { changeText } from './settingsReplies.ts'

/** What those who manage a server read: reports, stops, what happened, and how much was painted. */

/** A report for a server's log. */
export type ReportNotice = ReportedPicture | ReportedStyle
interface Reported {
  /** A mention. */
  readonly reporter: string
  /** Whose picture or style it is: their id here and their name. */
  readonly owner: { readonly id: string; readonly name: string } | null
  readonly reason: string
  readonly messageUrl: string | null
}
interface ReportedPicture extends Reported {
  readonly kind: 'picture'
  readonly pictures: readonly Attached[]
}
interface ReportedStyle extends Reported {
  readonly kind: 'style'
  readonly style: { readonly id: string; readonly name: string }
}

/** In a server's log: what was reported, behind a spoiler, and what can be done about it. */
export function reportMessage(t: Translate, report: ReportNotice): Message {
  const { reporter, owner, reason, messageUrl } = report
  const headline =
    report.kind === 'picture'
      ? t('report.picture', { reporter })
      : t('report.style', { reporter, name: `**${escapeMarkdown(report.style.name, 80)}**` })
  const ownerName = owner && escapeMarkdown(owner.name, 80)
  const ownerLine = report.kind === 'picture' ? 'report.requestedBy' : 'report.taughtBy'
  return createMessage([headline, `> ${escapeMarkdown(reason, 500) || t('report.noReason')}`].join('\n'), {
    accent: accents.danger,
    isSpoiler: true,
    galleries: report.kind === 'picture' && report.pictures.length ? [{ pictures: report.pictures }] : [],
    rows: buttonRow([
      ...(messageUrl ? [linkButton(t('button.message'), messageUrl)] : []),
      ...(report.kind === 'style' ? [stopButton(t, 'stopstyle', report.style.id)] : []),
      ...(owner ? [stopButton(t, 'stopmember', owner.id)] : []),
    ]),
    footer: ownerName ? [t(ownerLine, { owner: ownerName })] : [],
  })
}

/** Of a message and of what its menu closes. */
const maxReports = 10

/** Open reports of a server, oldest first, with a menu that closes them. */
export function reportsMessage(t: Translate, reports: readonly Report[]): Message {
  const shown = reports.slice(0, maxReports)
  const lines = shown.map(({ kind, reason, reportedAt, messageUrl }, index) => {
    const name = t(`reports.kind.${kind}`)
    const what = messageUrl ? `[${name}](${messageUrl})` : name
    const when = timestamp(reportedAt, 'R')
    return t('reports.line', { number: index + 1, what, when, reason: escapeMarkdown(reason, 200) || '…' })
  })
  const more = reports.length - shown.length
  return createMessage([t('reports.open', { count: reports.length }), ...lines].join('\n'), {
    accent: reports.length ? accents.danger : accents.good,
    rows: shown.length ? [closeMenu(t, shown)] : [],
    footer: more > 0 ? [t('list.andMore', { count: more })] : [],
  })
}

function closeMenu(t: Translate, reports: readonly Report[]): Message['rows'][number] {
  const options = reports.map(({ id, kind, reason }, index) => ({
    ...{ value: id, label: t('reports.close', { number: index + 1 }) },
    description: truncate(`${t(`reports.kind.${kind}`)}: ${reason}`, 100),
  }))
  return menuRow({ action: 'closereport', of: 'one' }, t('menu.report'), options)
}

/** Who and what is stopped in a server. */
export function stopsMessage(t: Translate, stops: readonly ShownGuildStop[]): Message {
  if (!stops.length) return createMessage(t('stops.none'), { accent: accents.good })
  const lines = stops.map(({ kind, name, reason }) => {
    const what = name === null ? t(`audit.kind.${kind}`) : `**${escapeMarkdown(name, 80)}**`
    return `- ${reason ? t('stops.line', { what, reason: escapeMarkdown(reason, 200) }) : what}`
  })
  return createMessage([t('stops.title'), ...lines].join('\n'), { accent: accents.house, footer: [t('stops.how')] })
}

/** What happened in a server, newest first. */
export function auditMessage(t: Translate, entries: readonly AuditEntry[]): Message {
  const lines = entries.map(entry => {
    return `- ${t('audit.line', { when: timestamp(entry.at, 'R'), what: auditText(t, entry) })}`
  })
  return createMessage([t('audit.title'), ...(lines.length ? lines : [t('audit.none')])].join('\n'), {
    accent: accents.house,
  })
}

const auditActions = ['stopped', 'resumed', 'reported', 'refused'] as const

/** One act in words, of which settings are ours, with mentions: "Ada was refused: the blocked word “blood”". */
function auditText(t: Translate, { actorName, action, kind, subject, detail }: AuditEntry): string {
  const who = actorName === null ? t('audit.somebody') : escapeMarkdown(actorName, 40)
  if (action === 'set') {
    const change = parseChange(detail)
    // An older program has noted words of its own.
    return t('audit.set', { who, changes: change ? changeText(t, change) : truncate(detail, 300) })
  }
  if (action === 'closed') return t('audit.closed', { who })
  const known = auditActions.find(one => one === action)
  if (!known) return `${who}: ${escapeMarkdown(action, 20)}`
  const act = t(`audit.${known}`, { who, what: subjectText(t, kind, subject) })
  return detail ? t('audit.because', { act, detail: escapeMarkdown(detail, 300) }) : act
}

const kinds = ['member', 'person', 'guildStyle', 'style', 'picture', 'guild'] as const
const refusals = ['channel', 'age-restricted', 'image-check', 'size'] as const

function subjectText(t: Translate, kind: string, subject: string): string {
  if (kind === 'prompt') return wordText(t, subject)
  if (kind === 'request') return refusalText(t, subject) ?? escapeMarkdown(subject, 60)
  const known = kinds.find(one => one === kind)
  return known ? t(`audit.kind.${known}`) : escapeMarkdown(kind, 20)
}

const wordText = (t: Translate, entry: string) =>
  t('audit.word', { word: t('list.quoted', { text: escapeMarkdown(entry, 60) }) })

/** By the code of the error. */
function refusalText(t: Translate, code: string): string | undefined {
  const known = refusals.find(one => code === `guild/${one}`)
  return known && t(`audit.refusal.${known}`)
}

/** How much was painted and refused in a server. */
export function statisticsMessage(t: Translate, server: string, statistics: GuildStatistics): Message {
  const periods = (['day', 'week', 'ever'] as const).map(period => {
    const { jobs, pictures, failed, people, learnings } = statistics[period]
    const figures = [
      t('stats.pictures', { count: pictures }),
      t('stats.jobs', { count: jobs }),
      t('stats.people', { count: people }),
      ...(failed ? [t('stats.failed', { count: failed })] : []),
      ...(learnings ? [t('stats.learnings', { count: learnings })] : []),
    ]
    return t(`stats.${period}`, { figures: figures.join(' · ') })
  })
  const refused = statistics.refusals.map(({ subject, count }) =>
    t('stats.refusal', { what: refusalText(t, subject) ?? wordText(t, subject), count }),
  )
  return createMessage(
    [
      ...[t('stats.title', { server: escapeMarkdown(server, 80) }), ...periods],
      ...(refused.length ? [t('stats.refusals', { list: refused.join(', ') })] : []),
      t('stats.openReports', { count: statistics.openReports }),
    ].join('\n'),
    { accent: accents.house },
  )
}

const button = { type: ComponentType.Button as const }
const linkButton = (label: string, url: string) => ({ ...button, style: ButtonStyle.Link as const, label, url })
const stopButton = (t: Translate, action: 'stopmember' | 'stopstyle', of: string) => ({
  ...{ ...button, style: ButtonStyle.Danger as const, label: t(`button.${action}`) },
  custom_id: writeButtonId({ action, of }),
})

function buttonRow(components: readonly (ReturnType<typeof linkButton> | ReturnType<typeof stopButton>)[]) {
  return components.length ? [{ type: ComponentType.ActionRow as const, components: [...components] }] : []
}
