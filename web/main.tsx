import { createRoot } from 'react-dom/client'
import './style/tokens.css'
import './style/base.css'
import './style/surface.css'
import './style/button.css'
import './style/field.css'
import { RoomPage } from './pages/room.tsx'
import { StartPage } from './pages/start.tsx'

const root = document.getElementById('app')
if (!root) throw new Error('Expected an element #app in index.html, found none.')
const secret = /^\/r\/([\w-]+)$/.exec(location.pathname)?.[1]
createRoot(root).render(secret === undefined ? <StartPage /> : <RoomPage secret={secret} />)
