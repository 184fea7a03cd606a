import { type ReactElement, useEffect, useState } from 'react'
import { enterActivity } from '../room/activity.ts'
import { messageFor } from '../room/http.ts'
import { openSession, type RoomSession } from '../room/session.ts'
import { t } from '../text/t.ts'
import { Closed, Opening, RoomPage } from './room.tsx'

/** The room of an instance of our Activity, inside Discord. */
export function ActivityPage(): ReactElement {
  const [state, setState] = useState<{ session: RoomSession } | { message: string } | null>(null)
  useEffect(() => {
    enterActivity().then(
      secret => {
        // As in a browser, but for what Discord's client needs when the page is loaded again.
        history.replaceState(history.state, '', `/r/${secret}${location.search}`)
        setState({ session: openSession(secret) })
      },
      (error: unknown) => setState({ message: messageFor(error) }),
    )
  }, [])
  if (state === null) return <Opening message={t('room.opening')} />
  return 'session' in state ? (
    <RoomPage session={state.session} />
  ) : (
    <Closed title={t('room.closed')} message={state.message} />
  )
}
