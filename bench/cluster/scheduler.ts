/** What the scheduler alone takes of the processor, by how many pictures wait: no sockets, no Redis, no engine. */
import { nextPlacements, noPlacements, type PlacementEvent, type Placements } from '../../cluster/placements.ts'
import { hundredths, type PartResult, type Progress } from './part.ts'

/** Tickets that eight engines with batches of eight have out. */
const slots = 128
const owners = 200
const backlogs = [100, 1_000, 4_000]
const pictures = 200

export async function scheduler(_: unknown, progress: Progress): Promise<PartResult> {
  const rows = backlogs.map(waiting => {
    const ms = hundredths(msOfAPicture(waiting))
    progress(`${waiting} waiting: ${ms} ms`)
    return { waiting, ms }
  })
  return {
    title: 'the scheduler’s own time for a picture, from request to end',
    lines: rows.map(
      ({ waiting, ms }) => `with ${waiting} waiting: ${ms} ms, ${Math.floor(1000 / ms)} pictures/s a core`,
    ),
    figures: { rows },
  }
}

/** Pictures come as they end, so that as many wait all the time. */
function msOfAPicture(waiting: number): number {
  let state: Placements = noPlacements
  let id = 0
  const offered: number[] = []
  const dispatch = (event: PlacementEvent) => {
    const step = nextPlacements(state, event)
    state = step.state
    for (const effect of step.effects) if (effect.type === 'offer') offered.push(effect.placement)
  }
  const request = () => {
    const owner = `person ${id % owners}`
    dispatch({ type: 'requested', id: id++, kind: 'picture', owner, priority: 'interactive', liveKey: undefined })
  }
  const paintOne = () => {
    const placement = offered.shift()!
    dispatch({ type: 'taken', placement, engine: 'engine' })
    dispatch({ type: 'progressed', placement, summary: { type: 'started' } })
    dispatch({ type: 'ended', placement })
  }
  dispatch({ type: 'resized', slots: { picture: slots, learning: 0 } })
  for (let i = 0; i < waiting; i++) request()
  const before = process.cpuUsage()
  for (let i = 0; i < pictures; i++) {
    request()
    paintOne()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / pictures
}
