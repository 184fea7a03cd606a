import type { PaintResult, Rgb } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Budgets } from '../budgets/budgets.ts'
import type { PersonId } from '../shared/ids.ts'
import { newId, type Random } from '../shared/secrets.ts'
import { plain } from '../shared/text.ts'
import type { Audit, AuditEntry } from './audit.ts'
import type { BlockedWords } from './blockedWords.ts'
import { type Report, type ReportKind, type ReportPlace, readReports } from './reports.ts'

/** What can be stopped; `studio`: all painting, with an empty subject. A style is disabled (studio.styles.disable). */
export type StopKind = 'person' | 'room' | 'guild' | 'studio'
/** What those who manage a Discord server stop there (guilds/guildModeration.ts), with `guild:id` as subject. */
export type GuildStopKind = 'member' | 'guildStyle'

/** Looks at a finished picture before anybody sees it. Resolves with why it is not shown, in one sentence, or null. */
export type CheckPicture = (picture: Rgb, prompt: string) => Promise<string | null>

/** A finished picture as it comes from the engine, with what the model's own safety checker says of it. */
export type FinishedPicture = Pick<Extract<PaintResult, { type: 'finished' }>, 'picture' | 'hasNsfwConcepts'>

/** Something that an operator has stopped. */
export interface Stop {
  readonly kind: StopKind
  readonly subject: string
  readonly reason: string
  readonly stoppedAt: Date
}

/** What may be painted, by whom and where: once, for all faces. Everything that it refuses or changes is a row. */
export interface Moderation {
  /** @throws UserError when this person, this room, this Discord server or all painting was stopped by an operator. */
  checkAllowed(
    by: PersonId,
    where?: { readonly room?: string | undefined; readonly guild?: string | undefined },
  ): Promise<void>
  /** @throws UserError when this person was stopped by an operator: who is, makes and changes nothing. */
  checkPerson(by: PersonId): Promise<void>
  /** @throws UserError when one of these texts has words that are not painted here. */
  checkTexts(by: PersonId, texts: readonly string[], guild?: string): Promise<void>
  /** Finished pictures are checked before anybody sees them: then nobody sees the steps before either. */
  readonly checksPictures: boolean
  /** @throws UserError when the model's safety checker or the studio's own check refuses this picture. */
  checkPicture(by: PersonId, finished: FinishedPicture, prompt: string): Promise<void>
  /** Example pictures of a style come in rows: those that are refused are black. */
  withheld(by: PersonId, examples: readonly FinishedPicture[], prompts?: readonly string[]): Promise<Rgb[]>
  /** Tells the operators of a picture or a style. */
  report(by: PersonId, report: { kind: ReportKind; subject: string; reason: string } & ReportPlace): Promise<void>
  /** Open ones, oldest first; only for operators. */
  reports(by: PersonId): Promise<Report[]>
  closeReport(by: PersonId, id: string): Promise<void>
  /** Only for operators; takes effect at once, here and in every program on this database. */
  stop(by: PersonId, stop: { kind: StopKind; subject: string; reason: string }): Promise<void>
  resume(by: PersonId, stop: { kind: StopKind; subject: string }): Promise<void>
  /** What stands, newest first; only for operators. */
  stops(by: PersonId): Promise<Stop[]>
  /** Newest first; only for operators. */
  audit(by: PersonId, limit: number): Promise<AuditEntry[]>
}

/** Moderation over the rows of the database. */
export function createModeration(options: {
  readonly client: PrismaClient
  readonly blockedWords: BlockedWords
  readonly check: CheckPicture | null
  readonly hasSafetyChecker: boolean
  readonly budgets: Budgets
  readonly audit: Audit
  readonly checkOperator: (by: PersonId) => Promise<void>
  /** Somebody or something was stopped just now. */
  readonly stopped: () => Promise<void>
  readonly now: () => Date
  readonly random: Random
}): Moderation {
  const { client, blockedWords, check, hasSafetyChecker, budgets, audit, checkOperator, now, random } = options

  async function note(
    actorId: PersonId | null,
    action: string,
    kind: string,
    subject: string,
    detail = '',
    guild?: string,
  ): Promise<void> {
    await audit.note({ actor: actorId, action, kind, subject, detail, guild })
  }

  async function isBlocked(by: PersonId, { picture, hasNsfwConcepts }: FinishedPicture, prompt: string) {
    const reason = hasNsfwConcepts ? foundByModel : ((await check?.(picture, prompt)) ?? null)
    if (reason !== null) await note(by, 'refused', 'picture', '', reason)
    return reason !== null
  }

  /** A picture may be named by the secret of its link; null: there is no such thing. */
  async function idOf(kind: ReportKind, subject: string): Promise<string | null> {
    const select = { id: true }
    const row =
      kind === 'picture'
        ? await client.picture.findFirst({ where: { OR: [{ id: subject }, { link: subject }] }, select })
        : await client.style.findUnique({ where: { id: subject }, select })
    return row?.id ?? null
  }

  return {
    async checkAllowed(by, { room, guild } = {}) {
      const places = [
        { kind: 'person', subject: by as string },
        { kind: 'studio', subject: '' },
        ...(room === undefined ? [] : [{ kind: 'room', subject: room }]),
        ...(guild === undefined
          ? []
          : [
              { kind: 'guild', subject: guild },
              { kind: 'member', subject: `${guild}:${by}` },
            ]),
      ]
      const stop = await client.stop.findFirst({ where: { OR: places } })
      if (!stop) return
      // Only these kinds are ever written.
      throw stopError(stop.kind as keyof typeof stopCodes, stop.reason)
    },

    async checkPerson(by) {
      const stop = await client.stop.findUnique({ where: { kind_subject: { kind: 'person', subject: by } } })
      if (stop) throw stopError('person', stop.reason)
    },

    async checkTexts(by, texts, guild) {
      for (const text of texts) {
        const entry = blockedWords.find(text)
        if (entry === null) continue
        // The entry that it met, never what the person wrote.
        await note(by, 'refused', 'prompt', entry, '', guild)
        throw new UserError('prompt/blocked')
      }
    },

    checksPictures: check !== null || hasSafetyChecker,

    async checkPicture(by, finished, prompt) {
      if (await isBlocked(by, finished, prompt)) throw new UserError('picture/blocked')
    },

    async withheld(by, examples, prompts = []) {
      const all: Rgb[] = []
      for (const [index, example] of examples.entries()) {
        const { picture } = example
        const hide = await isBlocked(by, example, prompts[index] ?? '')
        all.push(hide ? { ...picture, data: new Uint8Array(picture.data.length) } : picture)
      }
      return all
    },

    async report(by, { kind, subject, reason, guild, messageUrl }) {
      await budgets.take(by, { reports: 1 })
      const shown = clip(reason)
      const id = await idOf(kind, subject)
      // Whoever may not see it learns nothing from the answer.
      if (id === null) return
      await client.report.create({
        data: {
          ...{ id: newId<string>(random), kind, subject: id, reporterId: by, reason: shown, reportedAt: now() },
          ...{ guildId: guild ?? null, messageUrl: messageUrl ?? null },
        },
      })
      await note(by, 'reported', kind, id, shown, guild)
    },

    async reports(by) {
      await checkOperator(by)
      return readReports(client)
    },

    async closeReport(by, id) {
      await checkOperator(by)
      const { count } = await client.report.updateMany({ where: { id, closedAt: null }, data: { closedAt: now() } })
      if (count > 0) await note(by, 'closed', 'report', id)
    },

    async stop(by, { kind, subject, reason }) {
      await checkOperator(by)
      const content = { reason: clip(reason), stoppedAt: now() }
      const place = { kind, subject: kind === 'studio' ? '' : subject }
      await client.stop.upsert({ where: { kind_subject: place }, create: { ...place, ...content }, update: content })
      await note(by, 'stopped', kind, place.subject, content.reason)
      await options.stopped()
    },

    async resume(by, { kind, subject }) {
      await checkOperator(by)
      const { count } = await client.stop.deleteMany({ where: { kind, subject: kind === 'studio' ? '' : subject } })
      if (count > 0) await note(by, 'resumed', kind, subject)
    },

    async stops(by) {
      await checkOperator(by)
      const rows = await client.stop.findMany({
        where: { kind: { in: operatorKinds } },
        orderBy: { stoppedAt: 'desc' },
        take: maxStops,
      })
      // Only these kinds were asked for.
      return rows.map(row => ({ ...row, kind: row.kind as StopKind }))
    },

    async audit(by, limit) {
      await checkOperator(by)
      return audit.read(limit)
    },
  }
}

const operatorKinds = ['person', 'room', 'guild', 'studio'] as const satisfies StopKind[]
/** More than anybody reads at once. */
const maxStops = 500

/** What the audit says of a picture that the model's safety checker refuses. */
const foundByModel = 'The safety checker of the model found something.'

const stopCodes = {
  person: 'person/stopped',
  room: 'room/stopped',
  guild: 'guild/stopped',
  studio: 'studio/stopped',
  member: 'guild/member-stopped',
} as const satisfies Record<StopKind | Exclude<GuildStopKind, 'guildStyle'>, string>

/** What whoever was stopped is told. */
export function stopError(kind: keyof typeof stopCodes, reason: string): UserError {
  return new UserError(stopCodes[kind], undefined, { values: { reason } })
}

function clip(reason: string): string {
  return [...plain(reason)].slice(0, limits.maxCaptionCharacters).join('').trim()
}
