import { type ReactElement, useEffect, useState } from 'react'
import type { PersonLook } from '../../../protocol/person.ts'
import type { Board } from '../../canvas/board.ts'
import { elementAt } from '../../canvas/hit.ts'
import { Face } from '../../controls/face.tsx'
import { named } from '../../room/names.ts'
import type { RoomSession } from '../../room/session.ts'
import { t } from '../../text/t.ts'
import './whoDrew.css'

/** A mouse that rests over ink for so long asks who has drawn it. */
const restMs = 450
/** How far beside it, in CSS pixels. */
const reach = 4

interface Drawn {
  /** CSS pixels in the window. */
  readonly x: number
  readonly y: number
  readonly author: PersonLook | null
}

/** Who has drawn what the mouse rests over. */
export function WhoDrew({ board }: { board: Board }): ReactElement | null {
  const drawn = useDrawn(board)
  if (!drawn) return null
  const { x, y, author } = drawn
  return (
    <div className="who-drew panel" role="status" style={{ left: x, top: y }}>
      {author && <Face person={author} />}
      {t('together.drew', { name: author?.name ?? t('together.somebody') })}
    </div>
  )
}

function useDrawn(board: Board): Drawn | null {
  const [drawn, setDrawn] = useState<Drawn | null>(null)
  useEffect(() => {
    const people = createPeopleFinder(board.session)
    let timer: ReturnType<typeof setTimeout> | undefined
    /** What is looked for now: an answer to what came before means nothing any more. */
    let looking: unknown = null

    function look(event: PointerEvent): void {
      clearTimeout(timer)
      looking = null
      setDrawn(null)
      const isOverDesk = event.target instanceof Element && event.target.closest('.stage') !== null
      if (event.pointerType !== 'mouse' || event.buttons !== 0 || !isOverDesk) return
      timer = setTimeout(() => void show({ x: event.clientX, y: event.clientY }), restMs)
    }
    async function show(at: { x: number; y: number }): Promise<void> {
      const stage = document.querySelector('.stage')!.getBoundingClientRect()
      const { viewport, session } = board
      const scene = viewport.toScene({ x: at.x - stage.left, y: at.y - stage.top })
      const ink = session.elements.filter(({ kind }) => kind !== 'frame')
      const element = elementAt(ink, scene, reach / viewport.view.get().zoom)
      if (!element) return
      looking = element
      const author = await people.find(element.author)
      if (looking === element) setDrawn({ ...at, author })
    }
    const forget = () => {
      clearTimeout(timer)
      looking = null
      setDrawn(null)
    }
    const stop = new AbortController()
    const { signal } = stop
    addEventListener('pointermove', look, { signal })
    addEventListener('pointerdown', forget, { signal, capture: true })
    addEventListener('wheel', forget, { signal, capture: true, passive: true })
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [board])
  return drawn
}

/** Names of people who are here or were; each is asked for once. */
function createPeopleFinder(session: RoomSession): { find(id: string): Promise<PersonLook | null> } {
  const known = new Map<string, Promise<PersonLook | null>>()
  async function ask(id: string): Promise<PersonLook | null> {
    const answer = await session.findPeople([id])
    const [found] = answer.ok ? answer.value : []
    return found ? named(found) : null
  }
  return {
    async find(id) {
      const here = session.people.get().find(person => person.id === id)
      if (here) return here
      const asked = known.get(id) ?? ask(id)
      known.set(id, asked)
      return asked
    },
  }
}
