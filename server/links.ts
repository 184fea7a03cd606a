import type { Welcome } from '../protocol/events.ts'
import type { Role, RoomLinks } from '../studio/studio.ts'

/** Where a link leads on this origin. */
export const pathOf = (secret: string): string => `/r/${secret}`

/** A room's links as a page shows them; a viewer has none to draw. */
export function shownLinks({ role, links }: { readonly role: Role; readonly links: RoomLinks }): Welcome['links'] {
  return { edit: role === 'viewer' ? null : pathOf(links.edit), view: pathOf(links.view) }
}
