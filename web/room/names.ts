import type { Welcome } from '../../protocol/events.ts'
import { t } from '../text/t.ts'

/** Names of which nothing can be seen come empty; the page says who that is in its own language. */
export const named = <T extends { readonly name: string }>(person: T): T =>
  person.name === '' ? { ...person, name: t('people.unnamed') } : person

export function withNames(welcome: Welcome): Welcome {
  const { room, you, people } = welcome
  const name = room.name || t('start.newRoom')
  return { ...welcome, room: { ...room, name }, you: named(you), people: people.map(named) }
}
