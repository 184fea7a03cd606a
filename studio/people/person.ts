import { asPersonId, type PersonId } from '../shared/ids.ts'

/** Somebody who paints: a Discord account, a guest of the web, or the command line. */
export interface Person {
  readonly id: PersonId
  readonly name: string
  readonly discordId: string | null
  /** `#rrggbb`, chosen once, readable on light and dark. */
  readonly color: string
}

/** A person as faces see them; the id in a row of people is a person's. */
export function personOf({ id, name, discordId, color }: Omit<Person, 'id'> & { readonly id: string }): Person {
  return { id: asPersonId(id), name, discordId, color }
}

/** The one person whose id is not drawn at random. */
export const commandLineId = asPersonId('command-line')

/** Whether nobody knows this person but by a browser's cookie; somebody who is no more is as good as one. */
export function isGuest(person: { readonly id: string; readonly discordId: string | null } | null): boolean {
  return person === null || (person.discordId === null && person.id !== commandLineId)
}
