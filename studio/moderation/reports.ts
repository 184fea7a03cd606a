import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { asPersonId, asRoomId, type PersonId, type RoomId } from '../shared/ids.ts'

export type ReportKind = 'picture' | 'style'

/** A report as operators read it. */
export interface Report {
  readonly id: string
  readonly kind: ReportKind
  /** The id of the picture or style. */
  readonly subject: string
  readonly reporter: PersonId | null
  readonly reason: string
  readonly reportedAt: Date
  /** Whose picture or style it is; null: it is gone. */
  readonly owner: { readonly id: PersonId; readonly name: string } | null
  /** The room of the picture's frame. */
  readonly room: RoomId | null
  /** The message in Discord that it is about. */
  readonly messageUrl: string | null
}

/** Where in Discord something is reported. */
export interface ReportPlace {
  readonly guild?: string | undefined
  readonly messageUrl?: string | undefined
}

/** More than anybody reads at once. */
const maxReports = 200

/** Open reports, oldest first; of one Discord server, or all. */
export async function readReports(client: PrismaClient, guild?: string): Promise<Report[]> {
  const rows = await client.report.findMany({
    where: { closedAt: null, ...(guild !== undefined && { guildId: guild }) },
    orderBy: { reportedAt: 'asc' },
    take: maxReports,
  })
  const subjects = { id: { in: rows.map(({ subject }) => subject) } }
  const owner = { select: { id: true, name: true } }
  const pictures = await client.picture.findMany({
    where: subjects,
    select: { id: true, job: { select: { roomId: true, owner } } },
  })
  const styles = await client.style.findMany({ where: subjects, select: { id: true, owner } })
  const found = new Map([
    ...pictures.map(({ id, job }) => [id, job] as const),
    ...styles.map(style => [style.id, { roomId: null, owner: style.owner }] as const),
  ])
  return rows.map(({ id, kind, subject, reporterId, reason, reportedAt, messageUrl }) => {
    const about = found.get(subject)
    return {
      // Written by this studio alone.
      ...{
        id,
        kind: kind as ReportKind,
        subject,
        reporter: reporterId === null ? null : asPersonId(reporterId),
        reason,
        reportedAt,
      },
      owner: about ? { id: asPersonId(about.owner.id), name: about.owner.name } : null,
      room: about?.roomId ? asRoomId(about.roomId) : null,
      messageUrl,
    }
  })
}
