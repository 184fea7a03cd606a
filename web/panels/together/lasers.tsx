import { type ReactElement, useEffect, useState } from 'react'
import type { Board } from '../../canvas/board.ts'
import { useStore } from '../../store/store.ts'
import { addPoint, fadeMs, type Trails, withoutFaded } from './trails.ts'
import './lasers.css'

/** Where people point: a trail in their colour that fades behind them. */
export function Lasers({ board }: { board: Board }): ReactElement {
  const people = useStore(board.session.people)
  const me = useStore(board.session.entered)?.you
  const { trails, now } = useTrails(board)
  return (
    <svg className="lasers" aria-hidden="true">
      {[...trails].map(([person, points]) => {
        const color = person === 'me' ? me?.color : people.find(({ id }) => id === person)?.color
        return (
          <g key={person} stroke={color} fill={color}>
            {points.slice(1).map((point, index) => {
              const from = points[index]!
              const left = Math.max(0, 1 - (now - from.at) / fadeMs)
              return (
                <line
                  key={`${point.at} ${point.x} ${point.y}`}
                  {...{ x1: from.x, y1: from.y, x2: point.x, y2: point.y }}
                  strokeWidth={2 + 5 * left}
                  opacity={left}
                />
              )
            })}
            <circle className="laser-tip" cx={points.at(-1)!.x} cy={points.at(-1)!.y} />
          </g>
        )
      })}
    </svg>
  )
}

/** The trails as they are in this animation frame; none is drawn while nobody points. */
function useTrails({ session, pointing }: Board): { readonly trails: Trails; readonly now: number } {
  const [state, setState] = useState<{ trails: Trails; now: number }>({ trails: new Map(), now: 0 })
  useEffect(() => {
    let trails: Trails = new Map()
    let frame = 0
    function draw(): void {
      const now = performance.now()
      trails = withoutFaded(trails, now)
      setState({ trails, now })
      frame = trails.size > 0 ? requestAnimationFrame(draw) : 0
    }
    function add(person: string, at: { readonly x: number; readonly y: number }): void {
      trails = addPoint(trails, person, { x: at.x, y: at.y, at: performance.now() })
      if (frame === 0) frame = requestAnimationFrame(draw)
    }
    const addMine = () => {
      const at = pointing.get()
      if (at) add('me', at)
    }
    const addOthers = () => {
      for (const [person, cursor] of session.cursors.get()) if (cursor.isPointing) add(person, cursor)
    }
    addMine()
    addOthers()
    const stops = [pointing.subscribe(addMine), session.cursors.subscribe(addOthers)]
    return () => {
      cancelAnimationFrame(frame)
      for (const stop of stops) stop()
    }
  }, [session, pointing])
  return state
}
