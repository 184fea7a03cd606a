/** What the scheduler alone takes of the processor, by how many pictures wait: no sockets, no Redis, no engine. */
import { nextPlacements, noPlacements, type PlacementEvent, type Placements } from '../../cluster/placements.ts'
import { hundredths, type PartResult, type Progress } from './part.ts'

/** Tickets that eight engines with batches of eight have out. */
const slots = 128
const owners = 200
const backlogs = [100, 1_000, 4_000]
const pictures = 200
const ticks = 10

export async function scheduler(_: unknown, progress: Progress): Promise<PartResult> {
  const rows = backlogs.map(waiting => {
    const row = { waiting, ...measure(waiting) }
    progress(describe(row))
    return row
  })
  return { title: 'the scheduler’s own time, of the processor', lines: rows.map(describe), figures: { rows } }
}

interface Row {
  readonly waiting: number
  /** Of a picture, from its request to its end. */
  readonly pictureMs: number
  /** Of telling those who wait where they stand, four times a second. */
  readonly tickMs: number
}

const describe = ({ waiting, pictureMs, tickMs }: Row): string =>
  `with ${waiting} waiting: ${pictureMs} ms a picture, ${Math.floor(1000 / pictureMs)} pictures/s a core; ${tickMs} ms a tick`

/** Pictures come as they end, so that as many wait all the time. */
function measure(waiting: number): Omit<Row, 'waiting'> {
  const line = openLine()
  for (let i = 0; i < waiting; i++) line.request()
  const pictureMs = processorOf(pictures, () => {
    line.request()
    line.paintOne()
  })
  const tickMs = processorOf(ticks, () => {
    line.dispatch({ type: 'ticked' })
    line.request()
    line.paintOne()
  })
  return { pictureMs: hundredths(pictureMs), tickMs: hundredths(Math.max(0, tickMs - pictureMs)) }
}

/** Milliseconds of one of so many. */
function processorOf(times: number, work: () => void): number {
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / times
}

/** A client's line with eight engines that take what is offered. */
function openLine() {
  let state: Placements = noPlacements
  let id = 0
  const offered: number[] = []
  function dispatch(event: PlacementEvent): void {
    const step = nextPlacements(state, event)
    state = step.state
    for (const effect of step.effects) if (effect.type === 'offer') offered.push(effect.placement)
  }
  dispatch({ type: 'resized', slots: { picture: slots, learning: 0 } })
  return {
    dispatch,
    request() {
      const owner = `person ${id % owners}`
      dispatch({ type: 'requested', id: id++, kind: 'picture', owner, priority: 'interactive', liveKey: undefined })
    },
    paintOne() {
      const placement = offered.shift()!
      dispatch({ type: 'taken', placement, engine: 'engine' })
      dispatch({ type: 'progressed', placement, summary: { type: 'started' } })
      dispatch({ type: 'ended', placement })
    },
  }
}
