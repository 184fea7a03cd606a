import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'

/** How much was painted in one Discord server. */
export interface GuildStatistics {
  readonly day: Period
  readonly week: Period
  readonly ever: Period
  /** Refusals of the last week by what was refused, most first. */
  readonly refusals: readonly { readonly subject: string; readonly count: number }[]
  readonly openReports: number
}

/** What was requested there in some time. */
export interface Period {
  readonly jobs: number
  readonly pictures: number
  readonly failed: number
  readonly people: number
  readonly learnings: number
}

const day = 24 * 60 * 60 * 1000

/** Counts over the rows of the database. */
export async function readGuildStatistics(client: PrismaClient, guild: string, now: Date): Promise<GuildStatistics> {
  const since = (ms: number) => new Date(now.getTime() - ms)
  const refusals = await client.auditEntry.groupBy({
    by: ['subject'],
    where: { guildId: guild, action: 'refused', at: { gte: since(7 * day) } },
    _count: true,
  })
  return {
    day: await periodOf(client, guild, since(day)),
    week: await periodOf(client, guild, since(7 * day)),
    ever: await periodOf(client, guild, new Date(0)),
    refusals: refusals
      .map(({ subject, _count }) => ({ subject, count: _count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, 10),
    openReports: await client.report.count({ where: { guildId: guild, closedAt: null } }),
  }
}

async function periodOf(client: PrismaClient, guild: string, since: Date): Promise<Period> {
  const reply = { guildId: guild, createdAt: { gte: since } }
  const [jobs, pictures, failed, people, learnings] = await Promise.all([
    client.chatReply.count({ where: reply }),
    client.picture.count({ where: { state: 'finished', job: { reply } } }),
    client.picture.count({ where: { state: 'failed', job: { reply } } }),
    client.job.groupBy({ by: ['ownerId'], where: { reply } }),
    client.learningReply.count({ where: reply }),
  ])
  return { jobs, pictures, failed, people: people.length, learnings }
}
