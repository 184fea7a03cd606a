/**
 * Engines on other machines behind the interface of one: does what `placements.ts` decides with sockets and tickets, and
 * judges requests by what the engines say of themselves.
 */
import { randomUUID } from 'node:crypto'
import type {
  Adapter,
  Engine,
  EngineInfo,
  EngineLoad,
  EstimatedRequest,
  Learning,
  LearnProgress,
  LearnRequest,
  LearnResult,
  Painting,
  PaintProgress,
  PaintRequest,
  PaintResult,
  StyleEngine,
  StyleLayout,
  StyleRecipe,
} from '../engine/index.ts'
import { checkAdapter, checkLearning, checkPaint, estimatePicture, estimateStyle } from '../engine/index.ts'
import { errorReporter, type Log } from '../logging.ts'
import { createGuard, type Guard } from '../protocol/guard.ts'
import { type Caller, problemOf, stylesOf } from './callers.ts'
import { type Connection, type Connections, openConnections } from './connections.ts'
import { type EngineListener, type EngineMessage, listenToEngine, reportFailed } from './engineMessages.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { loadOf } from './load.ts'
import { createOfferedTickets, type OfferedTickets } from './offeredTickets.ts'
import {
  jobAt,
  nextPlacements,
  noPlacements,
  type PlacementEffect,
  type PlacementEvent,
  type Placements,
} from './placements.ts'
import type { JobMessage, TicketAnswer } from './protocol.ts'
import type { EngineRegistry } from './registry.ts'
import { createRequestBytes } from './requestBytes.ts'
import type { TicketQueue } from './tickets.ts'

export interface RemoteEngineOptions {
  readonly secret: string
  /** Closed with it. */
  readonly registry: EngineRegistry
  readonly openTickets: (client: string, modelHash: string) => TicketQueue
  readonly log: Log
}

type EarlyFailure = Extract<PaintResult, { type: 'failed' }>

const isClosedMessage = 'The engine is closed.'
const keepsCrashing = 'The engine process keeps ending; try again in a minute.'
const styleMissing = 'Expected a style that is registered here, got an unknown one.'
/** How often those who wait hear how many are before them. */
const tickMs = 250

/** Resolves when the first engine can be reached; all that follow must have its model. */
export async function openRemoteEngine(options: RemoteEngineOptions): Promise<Engine & StyleEngine> {
  const engine = new RemoteEngine(options)
  await engine.opening
  return engine
}

class RemoteEngine implements Engine, StyleEngine {
  readonly opening: Promise<void>
  private readonly options: RemoteEngineOptions
  private readonly id = randomUUID()
  private readonly guard: Guard
  private readonly connections: Connections
  private readonly fleet: Fleet
  private readonly timer: NodeJS.Timeout
  private readonly callers = new Map<number, Caller>()
  private readonly bytes = createRequestBytes()
  private placements: Placements = noPlacements
  private tickets: OfferedTickets | undefined
  private nextId = 1
  private isClosed = false
  private opened!: () => void

  constructor(options: RemoteEngineOptions) {
    this.options = options
    const { log, registry, secret } = options
    this.opening = new Promise(resolve => {
      this.opened = resolve
    })
    this.guard = createGuard(errorReporter(log))
    const listener = {
      listen: (socket: Connection['socket'], engine: string) =>
        listenToEngine(socket, this.guard, this.listenerOf(engine)),
      onJoined: (connection: Connection) => this.onJoined(connection),
      onChanged: () => this.resize(),
      onDraining: ({ id }: Connection) => this.onLost(id, { isDraining: true }),
      onLost: ({ id }: Connection) => this.onLost(id, { isDraining: false }),
    }
    this.connections = openConnections(registry, { secret, client: this.id }, listener, log)
    this.fleet = createFleet(this.connections.engines)
    this.timer = setInterval(
      this.guard('What waits could not be looked after', () => this.tick()),
      tickMs,
    )
  }

  get info(): EngineInfo {
    return this.fleet.abilities.info
  }

  get styleLayout(): StyleLayout | null {
    return this.fleet.abilities.styleLayout
  }

  paint(request: PaintRequest, onProgress?: (progress: PaintProgress) => void): Painting {
    this.fleet.check(abilities => checkPaint(abilities, request, id => this.bytes.hasStyle(id)))
    const refusal = this.refusal()
    if (refusal) return { ended: Promise.resolve<PaintResult>(refusal), cancel: () => undefined }
    const id = this.nextId++
    const ended = new Promise<PaintResult>(resolve => {
      const report = onProgress && this.guard(reportFailed, onProgress)
      this.callers.set(id, { kind: 'picture', request, onProgress: report, resolve, held: new Set() })
    })
    const { owner, priority, liveKey } = request
    this.dispatch({ type: 'requested', id, kind: 'picture', owner, priority, liveKey })
    return { ended, cancel: () => this.dispatch({ type: 'cancelled', id }) }
  }

  learn(request: LearnRequest, onProgress?: (progress: LearnProgress) => void): Learning {
    this.fleet.check(abilities => checkLearning(abilities, request))
    const refusal = this.refusal()
    if (refusal) return { ended: Promise.resolve<LearnResult>(refusal), cancel: () => undefined }
    const id = this.nextId++
    const ended = new Promise<LearnResult>(resolve => {
      const report = onProgress && this.guard(reportFailed, onProgress)
      const fresh = { checkpointStep: -1, held: new Set<string>() }
      this.callers.set(id, { kind: 'learning', request, onProgress: report, resolve, ...fresh })
    })
    this.dispatch({ type: 'requested', id, kind: 'learning', owner: request.owner, priority: 'background' })
    return { ended, cancel: () => this.dispatch({ type: 'cancelled', id }) }
  }

  estimate(request: EstimatedRequest) {
    return estimatePicture(this.fleet.abilities, request)
  }

  estimateLearning(pictures: number, recipe?: Partial<StyleRecipe>) {
    return estimateStyle(this.fleet.abilities, pictures, recipe)
  }

  load(): EngineLoad {
    return loadOf(this.placements, this.fleet.all, { isClosed: this.isClosed })
  }

  registerStyle(id: string, style: Adapter): void {
    checkAdapter(style, this.styleLayout)
    this.bytes.registerStyle(id, style)
  }

  unregisterStyle(id: string): void {
    const release = this.bytes.unregisterStyle(id)
    if (!release) return
    for (const job of [...this.placements.jobs.values()]) {
      const isBegun = job.place.type === 'placed' && job.place.isRunning
      const caller = this.callers.get(job.id)
      if (isBegun || caller?.kind !== 'picture' || !stylesOf(caller.request).includes(id)) continue
      this.dispatch({ type: 'failed', id: job.id, code: 'request/style', message: styleMissing })
    }
    release()
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    clearInterval(this.timer)
    this.tickets?.withdrawAll()
    this.dispatch({ type: 'closed' })
    this.connections.close()
    this.options.registry.close()
    await this.tickets?.close()
  }

  private refusal(): EarlyFailure | null {
    if (this.isClosed) return { type: 'failed', code: 'engine/closed', message: isClosedMessage }
    if (this.fleet.state === 'resting') return { type: 'failed', code: 'engine/stopped', message: keepsCrashing }
    return null
  }

  // The engines

  private onJoined(connection: Connection): void {
    const { model } = connection.abilities.info
    const joining = this.fleet.join(connection)
    if (joining === 'foreign') {
      const models = { model: model.name, ours: this.info.model.name }
      this.options.log.warn({ engine: connection.id, ...models }, 'An engine with another model is left alone')
      return
    }
    if (joining === 'first') {
      this.tickets = createOfferedTickets(this.options.openTickets(this.id, model.hash))
      this.opened()
    }
    this.resize()
    this.dispatch({ type: 'engineJoined' })
  }

  private onLost(engine: string, { isDraining }: { isDraining: boolean }): void {
    this.resize()
    this.dispatch({ type: 'engineLost', engine, isDraining })
  }

  private resize(): void {
    this.dispatch({ type: 'resized', slots: this.fleet.slots() })
  }

  private listenerOf(engine: string): EngineListener {
    return {
      bytesOf: hash => this.bytes.get(hash),
      onTicket: (placement, answer) => this.onTicket(engine, placement, answer),
      onPainting: (placement, progress) => {
        const summary = progress.type === 'stepped' ? { type: 'stepped' as const, step: progress.step } : progress
        this.dispatch({ type: 'progressed', placement, summary }, { type: 'painting', progress })
      },
      onLearning: (placement, progress) => this.onLearning(placement, progress),
      onPainted: (placement, result, load) => this.onPainted(engine, placement, result, load),
      onLearned: (placement, result, load) => {
        this.updateLoad(engine, load)
        this.dispatch({ type: 'ended', placement }, { type: 'learned', result })
      },
    }
  }

  private updateLoad(engine: string, load: EngineLoad): void {
    const connection = this.fleet.find(engine)
    if (connection) connection.load = load
  }

  private onTicket(engine: string, placement: number, answer: (answer: TicketAnswer) => void): void {
    const job = jobAt(this.placements, placement)
    const connection = this.fleet.find(engine)
    if (job?.place.type !== 'offered' || !connection) {
      answer({ type: 'gone' })
      return
    }
    const caller = this.callers.get(job.id)!
    const problem = problemOf(connection.abilities, caller)
    if (!problem) {
      this.dispatch({ type: 'taken', placement, engine }, { type: 'ticket', answer })
    } else if (this.fleet.anyFits(caller)) {
      answer({ type: 'unfit' })
    } else {
      // What the devices were seen to do since then speaks against it.
      answer({ type: 'gone' })
      this.dispatch({ type: 'failed', id: job.id, code: problem.code, message: problem.message })
    }
  }

  private onLearning(placement: number, progress: LearnProgress): void {
    const job = jobAt(this.placements, placement)
    const caller = job && this.callers.get(job.id)
    if (caller?.kind !== 'learning') return
    if (progress.type === 'checkpoint') {
      caller.request = { ...caller.request, resume: progress.checkpoint }
      delete caller.packed
      if (progress.step > caller.checkpointStep) this.dispatch({ type: 'advanced', placement })
      caller.checkpointStep = progress.step
    }
    const summary = progress.type === 'queued' || progress.type === 'started' ? progress : ({ type: 'other' } as const)
    this.dispatch({ type: 'progressed', placement, summary }, { type: 'learning', progress })
  }

  private onPainted(engine: string, placement: number, result: PaintResult, load: EngineLoad): void {
    this.updateLoad(engine, load)
    const hasStopped = result.type === 'failed' && result.code === 'engine/stopped' && load.state === 'resting'
    // It keeps crashing; another may not.
    const event = hasStopped && this.fleet.state === 'ready' ? 'refused' : 'ended'
    this.dispatch({ type: event, placement }, { type: 'painted', result })
  }

  /** Tells those who wait where they stand, and offers anew what Redis has lost. */
  private async tick(): Promise<void> {
    this.dispatch({ type: 'ticked' })
    await this.tickets?.eachLost(placement => this.dispatch({ type: 'ticketLost', placement }))
  }

  // The jobs

  private dispatch(event: PlacementEvent, message?: EngineMessage): void {
    const { state, effects } = nextPlacements(this.placements, event)
    this.placements = state
    for (const effect of effects) this.execute(effect, message)
  }

  private execute(effect: PlacementEffect, message: EngineMessage | undefined): void {
    switch (effect.type) {
      case 'offer':
        this.tickets!.offer(effect.kind, effect.placement)
        break
      case 'withdraw':
        this.tickets!.withdraw(effect.kind, effect.placement)
        break
      case 'lease':
        this.lease(effect.id)
        break
      case 'send':
        this.tickets?.taken(effect.placement)
        this.send(effect, message)
        break
      case 'cancel':
        this.fleet.find(effect.engine)?.socket.emit('cancel', effect.placement)
        break
      case 'report':
        this.report(effect.id, message)
        break
      case 'reportQueued':
        this.callers.get(effect.id)?.onProgress?.({ type: 'queued', ahead: effect.ahead })
        break
      case 'settle':
        if (message?.type === 'painted' || message?.type === 'learned') this.end(effect.id, message.result)
        break
      case 'end':
        this.end(effect.id, effect.result)
        break
      default:
        throw new Error(`Unknown effect: ${JSON.stringify(effect satisfies never)}`)
    }
  }

  private report(id: number, message: EngineMessage | undefined): void {
    const caller = this.callers.get(id)
    if (caller?.kind === 'picture' && message?.type === 'painting') caller.onProgress?.(message.progress)
    if (caller?.kind === 'learning' && message?.type === 'learning') caller.onProgress?.(message.progress)
  }

  private end(id: number, result: PaintResult | LearnResult): void {
    const caller = this.callers.get(id)
    if (!caller) return
    this.callers.delete(id)
    this.bytes.release(caller)
    // A result is of the kind that was requested.
    caller.resolve(result as PaintResult & LearnResult)
  }

  private lease(id: number): void {
    const caller = this.callers.get(id)
    if (caller?.kind !== 'picture') return
    const engine = this.fleet.choose(caller, this.bytes.styleHashesOf(caller.request), this.jobsByEngine())
    if (engine) this.dispatch({ type: 'leased', id, engine: engine.id })
  }

  private jobsByEngine(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { place } of this.placements.jobs.values()) {
      if (place.type === 'placed') counts.set(place.engine, (counts.get(place.engine) ?? 0) + 1)
    }
    return counts
  }

  private send(
    { id, placement, engine }: PlacementEffect & { type: 'send' },
    message: EngineMessage | undefined,
  ): void {
    const caller = this.callers.get(id)!
    const listens = caller.onProgress !== undefined
    const job: JobMessage = { placement, kind: caller.kind, request: this.bytes.packedOf(caller), listens }
    if (message?.type === 'ticket') {
      message.answer({ type: 'job', job })
      return
    }
    const received = this.guard(reportFailed, () => this.dispatch({ type: 'received', placement }))
    this.fleet.find(engine)?.socket.emit('job', job, received)
  }
}
