import type { EnterRequest, Welcome } from '../protocol/events.ts'
import { visibleName } from '../protocol/names.ts'
import type { Studio } from '../studio/studio.ts'
import { shownLinks } from './links.ts'
import { type Member, peopleIn, personOf } from './members.ts'
import type { RoomSession } from './roomSession.ts'

/** What a page gets first: all that is true of the room, and what this page may do in it. */
export function welcomeOf(
  session: RoomSession,
  member: Member,
  { clock }: EnterRequest,
  {
    engine,
    addresses,
    canSend,
  }: Pick<Studio, 'engine'> & { readonly addresses: readonly string[]; readonly canSend: boolean },
): Welcome {
  const { model, device } = engine
  const { words, examples } = model.vocabulary ?? {}
  return {
    room: { id: session.room.id, name: visibleName(session.name) },
    you: personOf(member),
    isGuest: member.person.discordId === null,
    people: peopleIn(session.members.values()),
    ...{ addresses, canSend },
    isLocked: session.isLocked,
    links: shownLinks(member),
    ...session.room.welcome(member.client, clock),
    frames: session.frames.states,
    styles: session.styles.shown,
    palette: session.palette,
    model: {
      name: model.name,
      device,
      size: model.sizes.default,
      sides: { min: model.sizes.min, max: model.sizes.max, multiple: model.sizes.multiple },
      takesNegativePrompt: !model.guidanceEmbedding,
      defaults: model.defaults,
      vocabulary: words && examples ? { words, examples } : null,
    },
  }
}
