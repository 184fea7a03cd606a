import { type ReactElement, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import './style/tokens.css'
import './style/base.css'
import './style/surface.css'
import './style/button.css'
import './style/field.css'
import { later } from './controls/later.ts'
import { RoomPage } from './pages/room.tsx'
import { readFrameLink } from './room/frameLink.ts'
import { openSession } from './room/session.ts'
import { useStore } from './store/store.ts'
import { language, openLanguage } from './text/language.ts'

const StartPage = later(async () => (await import('./pages/start.tsx')).StartPage)

const StreamPage = later(async () => (await import('./pages/stream.tsx')).StreamPage)
const ActivityPage = later(async () => (await import('./pages/activity.tsx')).ActivityPage)

const root = document.getElementById('app')
if (!root) throw new Error('Expected an element #app in index.html, found none.')
const secret = /^\/r\/([\w-]+)$/.exec(location.pathname)?.[1]
// Discord's client says by this that it frames the page.
const isActivity = new URLSearchParams(location.search).has('frame_id')
// The line to the server is on its way while React draws the page for the first time.
const stream = readFrameLink(location.pathname)
const session = secret === undefined || isActivity ? null : openSession(secret)

/** Draws everything again when the person chooses another language. */
function Page(): ReactElement {
  useStore(language)
  if (isActivity) return <ActivityPage />
  if (stream) return <StreamPage link={stream} />
  return session ? <RoomPage session={session} /> : <StartPage />
}

const draw = () =>
  createRoot(root).render(
    <Suspense>
      <Page />
    </Suspense>,
  )
// A page without its words is of more use than none.
openLanguage().then(draw, draw)
