import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { type Person, personOf } from '../people/person.ts'
import { erasedId } from './erasedPerson.ts'

/**
 * Whom an operator means: by id (also that of a guest who has joined an account since), Discord id, or name.
 * @throws UserError where it is nobody, or several people
 */
export async function findPerson(
  client: Pick<PrismaClient, 'person' | 'formerGuest'>,
  reference: string,
): Promise<Person> {
  const former = await client.formerGuest.findUnique({ where: { id: reference } })
  const known = await client.person.findFirst({
    where: { OR: [{ id: former?.personId ?? reference }, { discordId: reference }], id: { not: erasedId } },
  })
  if (known) return personOf(known)
  const called = await client.person.findMany({
    where: { name: reference, id: { not: erasedId } },
    orderBy: { createdAt: 'asc' },
    take: 20,
  })
  const [first, second] = called
  if (!first) throw new UserError('person/missing')
  if (!second) return personOf(first)
  const each = called.map(({ id, discordId, createdAt }) => {
    const kind = discordId === null ? 'a guest' : `Discord ${discordId}`
    return `  ${id}  ${kind}, since ${createdAt.toISOString().slice(0, 10)}`
  })
  throw new UserError(
    'person/ambiguous',
    `Several people are called ${reference}; say which, by id:\n${each.join('\n')}`,
  )
}
