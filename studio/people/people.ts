import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { visibleName } from '../../protocol/names.ts'
import type { PersonId } from '../shared/ids.ts'
import { hashSecret, newId, newSecret, type Random } from '../shared/secrets.ts'
import { plain } from '../shared/text.ts'
import { join } from './joinAccount.ts'
import { commandLineId, type Person, personOf } from './person.ts'

/** Who somebody is, and in which browsers they are signed in. */
export interface People {
  /**
   * The person behind a Discord account; made on first sight, renamed when their name has changed. `guildId`: the server
   * that they speak from, which makes them one of its members here: what is shared with that server is theirs to use.
   * `guildName`: what it is called, where the bot knows.
   */
  fromDiscord(account: {
    discordId: string
    name: string
    guildId?: string | null
    guildName?: string | null
  }): Promise<Person>
  /** Whoever has spoken to us from this Discord account; reads only. */
  findDiscord(discordId: string): Promise<Person | null>
  find(id: PersonId): Promise<Person | null>
  /** A guest of the web, signed in. */
  newGuest(name: string): Promise<{ person: Person; secret: string }>
  /** A secret for the cookie of one more browser of this person (128 bits, only its hash is stored; good for a year). */
  signIn(id: PersonId): Promise<string>
  /** Whoever is signed in with this secret. */
  fromSecret(secret: string): Promise<Person | null>
  signOut(secret: string): Promise<void>
  /** A code that signs its person in once, within ten minutes: for links that only they can see. */
  newCode(id: PersonId): Promise<string>
  fromCode(code: string): Promise<Person | null>
  /**
   * Gives everything of a guest (rooms, pictures, styles) to an account, in one transaction; the guest is no more, and
   * browsers that were signed in as the guest are signed in to the account.
   */
  join(guest: PersonId, account: PersonId): Promise<Person>
  rename(id: PersonId, name: string): Promise<Person>
  /** The one person behind every use of the command line on this data folder. */
  fromCommandLine(): Promise<Person>
}

/** What people are built on. */
export interface PeopleOptions {
  readonly client: PrismaClient
  readonly now: () => Date
  readonly random: Random
}

/** A browser that has not been seen for a year has forgotten its cookie as well. */
export const sessionMs = 365 * 24 * 60 * 60 * 1000
const codeMs = 10 * 60 * 1000

/** People as rows of the database. */
export function createPeople({ client, now, random }: PeopleOptions): People {
  const newPerson = (id: PersonId, name: string) => ({ id, name, color: colorOf(random), createdAt: now() })
  const ago = (ms: number) => new Date(now().getTime() - ms)

  async function newSession(within: Pick<PrismaClient, 'session'>, personId: string): Promise<string> {
    const secret = newSecret(random)
    await within.session.create({ data: { secretHash: hashSecret(secret), personId, createdAt: now() } })
    return secret
  }

  return {
    async fromDiscord({ discordId, name, guildId, guildName }) {
      const shown = clip(visibleName(plain(name))) || 'Someone'
      const row = await client.person.upsert({
        where: { discordId },
        create: { ...newPerson(newId(random), shown), discordId },
        update: { name: shown },
      })
      if (guildId) {
        const place = { guildId, personId: row.id }
        const seenAt = now()
        await client.guildMember.upsert({
          where: { guildId_personId: place },
          create: { ...place, seenAt },
          update: { seenAt },
        })
        const called = { name: clip(visibleName(plain(guildName ?? ''))) }
        if (called.name !== '') {
          await client.guild.upsert({ where: { id: guildId }, create: { id: guildId, ...called }, update: called })
        }
      }
      return personOf(row)
    },

    async findDiscord(discordId) {
      const row = await client.person.findUnique({ where: { discordId } })
      return row && personOf(row)
    },

    async find(id) {
      const row = await client.person.findUnique({ where: { id } })
      return row && personOf(row)
    },

    async newGuest(name) {
      return client.$transaction(async within => {
        const row = await within.person.create({ data: newPerson(newId(random), checkName(name)) })
        return { person: personOf(row), secret: await newSession(within, row.id) }
      })
    },

    signIn: id => newSession(client, id),

    async fromSecret(secret) {
      const row = await client.session.findUnique({
        where: { secretHash: hashSecret(secret), createdAt: { gt: ago(sessionMs) } },
        include: { person: true },
      })
      return row?.person ? personOf(row.person) : null
    },

    async signOut(secret) {
      await client.session.deleteMany({ where: { secretHash: hashSecret(secret) } })
    },

    async newCode(id) {
      const code = newSecret(random)
      await client.signInCode.deleteMany({ where: { createdAt: { lte: ago(codeMs) } } })
      await client.signInCode.create({ data: { codeHash: hashSecret(code), personId: id, createdAt: now() } })
      return code
    },

    async fromCode(code) {
      const codeHash = hashSecret(code)
      const row = await client.signInCode.findUnique({ where: { codeHash }, include: { person: true } })
      // Whoever deletes it has used it: of two that come at once, one.
      const used = await client.signInCode.deleteMany({ where: { codeHash, createdAt: { gt: ago(codeMs) } } })
      return row?.person && used.count === 1 ? personOf(row.person) : null
    },

    join: (guest, account) => client.$transaction(within => join(within, guest, account)),

    async rename(id, name) {
      return personOf(await client.person.update({ where: { id }, data: { name: checkName(name) } }))
    },

    async fromCommandLine() {
      const id = commandLineId
      const name = 'Command line'
      // With something to update, PostgreSQL makes or finds the row in one act.
      return personOf(await client.person.upsert({ where: { id }, create: newPerson(id, name), update: { name } }))
    },
  }
}

/** Readable as text on white and on near-black: each has a contrast of at least 3 with both. */
export const colors = [
  '#d6336c',
  '#e03131',
  '#e8590c',
  '#b87700',
  '#5c940d',
  '#2b8a3e',
  '#099268',
  '#0c8599',
  '#1c7ed6',
  '#4c6ef5',
  '#7950f2',
  '#ae3ec9',
] as const

function colorOf(random: Random): string {
  return colors[random(1)[0]! % colors.length]!
}

function checkName(name: string): string {
  const shown = plain(name)
  if (shown === '' || clip(shown) !== shown) throw new UserError('person/name')
  return shown
}

function clip(name: string): string {
  return [...name].slice(0, limits.maxNameCharacters).join('').trim()
}
