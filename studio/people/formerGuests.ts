import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { asPersonId, type PersonId } from '../shared/ids.ts'

/** Who somebody is by now: a guest may have joined an account since they were last seen. */
export async function accountOf({ formerGuest }: Pick<PrismaClient, 'formerGuest'>, id: PersonId): Promise<PersonId> {
  const former = await formerGuest.findUnique({ where: { id } })
  // Written by `join` alone.
  return former ? asPersonId(former.personId) : id
}
