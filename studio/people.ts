import type { PrismaClient } from '../prisma/client/sqlite/client.ts'
import { hashSecret, newId, newSecret, type Random } from './chance.ts'
import { Refusal } from './refusals.ts'
import type { People, Person, PersonId } from './studio.ts'

interface PersonRow {
  readonly id: string
  readonly name: string
  readonly discordId: string | null
  readonly color: string
}

export function openPeople({ client, now, random }: { client: PrismaClient; now: () => Date; random: Random }): People {
  const newPerson = (id: PersonId, name: string) => ({ id, name, color: colorOf(random), createdAt: now() })
  return {
    async fromDiscord({ discordId, name }) {
      const shown = clip(plain(name)) || 'Someone'
      const row = await client.person.upsert({
        where: { discordId },
        create: { ...newPerson(newId(random), shown), discordId },
        update: { name: shown },
      })
      return personOf(row)
    },

    async newGuest(name) {
      const secret = newSecret(random)
      const row = await client.person.create({
        data: { ...newPerson(newId(random), checkName(name)), secretHash: hashSecret(secret) },
      })
      return { person: personOf(row), secret }
    },

    async fromSecret(secret) {
      const row = await client.person.findUnique({ where: { secretHash: hashSecret(secret) } })
      return row && personOf(row)
    },

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

const commandLineId = 'command-line' as PersonId // the one person whose id is not drawn at random

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
  if (shown === '' || clip(shown) !== shown) throw new Refusal('person/name')
  return shown
}

/** On one line, without characters that cannot be seen. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

function clip(name: string): string {
  return [...name].slice(0, 40).join('').trim()
}

/** The row was written by us: its id is a person's. */
export function personOf({ id, name, discordId, color }: PersonRow): Person {
  return { id: id as PersonId, name, discordId, color }
}
