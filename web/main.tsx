import { createRoot } from 'react-dom/client'
import './style/tokens.css'
import './style/base.css'
import './style/surface.css'
import './style/button.css'
import './style/field.css'
import { RoomPage } from './pages/room.tsx'
import { StartPage } from './pages/start.tsx'
import { openSession } from './room/session.ts'

const root = document.getElementById('app')
if (!root) throw new Error('Expected an element #app in index.html, found none.')
const secret = /^\/r\/([\w-]+)$/.exec(location.pathname)?.[1]
// The line to the server is on its way while React draws the page for the first time.
const session = secret === undefined ? null : openSession(secret)
createRoot(root).render(session ? <RoomPage session={session} /> : <StartPage />)
