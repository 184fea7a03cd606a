/** The figures of several engines as those of one. */
import type { EngineLoad, Priority, QueueLength } from '../engine/index.ts'
import { type Connection, startingLoad } from './connections.ts'
import type { Placements } from './placements.ts'

const noEngine = 'No engine can be reached: start one with --services=engine and the same REDIS_URL.'

type Figures = Pick<Connection, 'load' | 'isDraining'>

/** What this program's own jobs do, and how its engines are. */
export function loadOf(
  { jobs }: Placements,
  engines: readonly Figures[],
  { isClosed }: { readonly isClosed: boolean },
): EngineLoad {
  const loads = engines.map(({ load }) => load)
  const pictures = [...jobs.values()].filter(({ kind }) => kind === 'picture')
  const lengthOf = (queue: Priority): QueueLength => {
    const all = pictures.filter(({ priority }) => priority === queue)
    const running = all.filter(({ place }) => place.type === 'placed' && place.isRunning).length
    return { waiting: all.length - running, running }
  }
  const queues = { interactive: lengthOf('interactive'), live: lengthOf('live'), background: lengthOf('background') }
  const total = (count: 'waiting' | 'running') =>
    queues.interactive[count] + queues.live[count] + queues.background[count]
  const sum = (figure: 'restarts' | 'hangs' | 'mixedBatches') => loads.reduce((all, load) => all + load[figure], 0)
  const ready = engines.filter(isReady).map(({ load }) => load)
  const steps = (ready.length > 0 ? ready : loads).map(({ stepMs }) => stepMs)
  return {
    state: isClosed ? 'closed' : stateOf(engines),
    ...{ waiting: total('waiting'), running: total('running'), queues },
    ...{ restarts: sum('restarts'), hangs: sum('hangs'), mixedBatches: sum('mixedBatches') },
    silentMs: loads.length === 0 ? startingLoad.silentMs : Math.min(...loads.map(({ silentMs }) => silentMs)),
    restReason: loads.length === 0 ? noEngine : (loads.find(({ restReason }) => restReason)?.restReason ?? null),
    stepMs: steps.length === 0 ? 0 : steps.reduce((all, ms) => all + ms, 0) / steps.length,
  }
}

/** That of several engines together. */
export function stateOf(engines: readonly Figures[]): 'starting' | 'ready' | 'resting' {
  if (engines.some(isReady)) return 'ready'
  return engines.length > 0 && engines.every(({ load }) => load.state === 'resting') ? 'resting' : 'starting'
}

const isReady = ({ load, isDraining }: Figures) => load.state === 'ready' && !isDraining
