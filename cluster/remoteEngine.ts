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
import { checkAdapter, checkLearning, checkPaint, estimatePicture, estimateStyle, promptsIn } from '../engine/index.ts'
import { errorReporter, type Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import { createGuard, type Guard } from '../protocol/guard.ts'
import { createByteStore } from './byteStore.ts'
import { adapterBytes, floatsOf, hashOf, pack, plain } from './bytes.ts'
import { type Connection, type Connections, openConnections } from './connections.ts'
import { bestEngine, createLeases } from './engineChoice.ts'
import { loadOf, stateOf } from './load.ts'
import {
  type JobKind,
  jobAt,
  nextPlacements,
  noPlacements,
  type PlacementEffect,
  type PlacementEvent,
  type Placements,
} from './placements.ts'
import type { JobMessage, NodeAbilities, Packed, TicketAnswer } from './protocol.ts'
import type { EngineRegistry } from './registry.ts'
import { withStyleIds } from './requestStyles.ts'
import type { TicketQueue } from './tickets.ts'

export interface RemoteEngineOptions {
  readonly secret: string
  /** Closed with it. */
  readonly registry: EngineRegistry
  readonly openTickets: (client: string, modelHash: string) => TicketQueue
  readonly log: Log
}

interface PictureCaller {
  readonly kind: 'picture'
  readonly request: PaintRequest
  readonly onProgress: ((progress: PaintProgress) => void) | undefined
  readonly resolve: (result: PaintResult) => void
}

interface LearningCaller {
  readonly kind: 'learning'
  request: LearnRequest
  checkpointStep: number
  readonly onProgress: ((progress: LearnProgress) => void) | undefined
  readonly resolve: (result: LearnResult) => void
}

type Caller = (PictureCaller | LearningCaller) & {
  /** What engines may ask for until it has ended. */
  readonly held: Set<string>
  packed?: Packed
}

type EarlyFailure = Extract<PaintResult, { type: 'failed' }>

/** What an engine has just sent about a job. */
type EngineMessage =
  | { readonly type: 'painting'; readonly progress: PaintProgress }
  | { readonly type: 'learning'; readonly progress: LearnProgress }
  | { readonly type: 'painted'; readonly result: PaintResult }
  | { readonly type: 'learned'; readonly result: LearnResult }
  /** Takes the job of its ticket. */
  | { readonly type: 'ticket'; readonly answer: (answer: TicketAnswer) => void }

const reportFailed = 'A report of an engine could not be handled'
const isClosedMessage = 'The engine is closed.'
const keepsCrashing = 'The engine process keeps ending; try again in a minute.'
const styleMissing = 'Expected a style that is registered here, got an unknown one.'
/** How often those who wait hear how many are before them. */
const tickMs = 250
/** A ticket that nobody has drawn for so long is looked after. */
const ticketMs = 1500

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
  private readonly timer: NodeJS.Timeout
  private readonly callers = new Map<number, Caller>()
  private readonly bytes = createByteStore()
  private readonly leases = createLeases()
  /** Hashes of adapters by the names that they were registered under. */
  private readonly styles = new Map<string, string>()
  /** When the tickets were offered that nobody has drawn. */
  private readonly offeredAt = new Map<number, { readonly kind: JobKind; readonly at: number }>()
  private placements: Placements = noPlacements
  private tickets: TicketQueue | undefined
  /** Of the engine that seemed best last. */
  private known: NodeAbilities | undefined
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
      listen: (socket: Connection['socket'], engine: string) => this.listen(socket, engine),
      onJoined: (connection: Connection) => this.onJoined(connection),
      onChanged: () => this.resize(),
      onDraining: ({ id }: Connection) => this.onLost(id, { isDraining: true }),
      onLost: ({ id }: Connection) => this.onLost(id, { isDraining: false }),
    }
    this.connections = openConnections(registry, { secret, client: this.id }, listener, log)
    this.timer = setInterval(
      this.guard('What waits could not be looked after', () => this.tick()),
      tickMs,
    )
  }

  get info(): EngineInfo {
    return this.abilities().info
  }

  get styleLayout(): StyleLayout | null {
    return this.abilities().styleLayout
  }

  paint(request: PaintRequest, onProgress?: (progress: PaintProgress) => void): Painting {
    this.checkSome(abilities => checkPaint(abilities, request, id => this.styles.has(id)))
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
    this.checkSome(abilities => checkLearning(abilities, request))
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
    return estimatePicture(this.abilities(), request)
  }

  estimateLearning(pictures: number, recipe?: Partial<StyleRecipe>) {
    return estimateStyle(this.abilities(), pictures, recipe)
  }

  load(): EngineLoad {
    return loadOf(this.placements, [...this.connections.engines.values()], { isClosed: this.isClosed })
  }

  registerStyle(id: string, style: Adapter): void {
    checkAdapter(style, this.styleLayout)
    const bytes = adapterBytes(style)
    const hash = hashOf(bytes)
    const before = this.styles.get(id)
    this.bytes.hold(hash, bytes)
    this.styles.set(id, hash)
    if (before !== undefined) this.bytes.release(before)
  }

  unregisterStyle(id: string): void {
    const hash = this.styles.get(id)
    if (hash === undefined) return
    this.styles.delete(id)
    for (const job of [...this.placements.jobs.values()]) {
      const isBegun = job.place.type === 'placed' && job.place.isRunning
      const caller = this.callers.get(job.id)
      if (isBegun || caller?.kind !== 'picture' || !stylesOf(caller.request).includes(id)) continue
      this.dispatch({ type: 'failed', id: job.id, code: 'request/style', message: styleMissing })
    }
    this.bytes.release(hash)
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    clearInterval(this.timer)
    for (const [placement, { kind }] of this.offeredAt) this.tickets?.withdraw(kind, placement)
    this.dispatch({ type: 'closed' })
    this.connections.close()
    this.options.registry.close()
    await this.tickets?.close()
  }

  // What the engines can do

  private abilities(): NodeAbilities {
    const engines = this.usable()
    const best = bestEngine(engines, [], new Map()) ?? engines[0]
    if (best) this.known = best.abilities
    return this.known!
  }

  private usable(): Connection[] {
    const hash = this.known?.info.model.hash
    return [...this.connections.engines.values()].filter(({ abilities }) => abilities.info.model.hash === hash)
  }

  /** Throws what the last engine says against it, if none has nothing to say. */
  private checkSome(check: (abilities: NodeAbilities) => unknown): void {
    const all = this.usable().map(({ abilities }) => abilities)
    let refusal: unknown
    for (const abilities of all.length > 0 ? all : [this.abilities()]) {
      try {
        check(abilities)
        return
      } catch (error) {
        refusal = error
      }
    }
    throw refusal
  }

  private state() {
    return stateOf([...this.connections.engines.values()])
  }

  private refusal(): EarlyFailure | null {
    if (this.isClosed) return { type: 'failed', code: 'engine/closed', message: isClosedMessage }
    if (this.state() === 'resting') return { type: 'failed', code: 'engine/stopped', message: keepsCrashing }
    return null
  }

  // The engines

  private onJoined(connection: Connection): void {
    const { model } = connection.abilities.info
    if (!this.known) {
      this.known = connection.abilities
      this.tickets = this.options.openTickets(this.id, model.hash)
      this.opened()
    }
    if (model.hash !== this.known.info.model.hash) {
      const models = { model: model.name, ours: this.known.info.model.name }
      this.options.log.warn({ engine: connection.id, ...models }, 'An engine with another model is left alone')
      return
    }
    this.resize()
    this.dispatch({ type: 'engineJoined' })
  }

  private onLost(engine: string, { isDraining }: { isDraining: boolean }): void {
    this.resize()
    this.dispatch({ type: 'engineLost', engine, isDraining })
  }

  private resize(): void {
    const there = this.usable().filter(({ isDraining }) => !isDraining)
    const sum = (kind: JobKind) => there.reduce((all, { abilities }) => all + abilities.slots[kind], 0)
    this.dispatch({ type: 'resized', slots: { picture: sum('picture'), learning: sum('learning') } })
  }

  private listen(socket: Connection['socket'], engine: string): void {
    const listener = <Arguments extends unknown[]>(handle: (...args: Arguments) => unknown) =>
      this.guard<Arguments>(reportFailed, handle)
    socket.on(
      'bytes',
      listener((hash, answer) => answer(this.bytes.get(hash))),
    )
    socket.on(
      'ticket',
      listener((placement, answer) => this.onTicket(engine, placement, answer)),
    )
    socket.on(
      'painting',
      listener((placement, progress, seen) => {
        const summary = progress.type === 'stepped' ? { type: 'stepped' as const, step: progress.step } : progress
        const message = { type: 'painting', progress: plain(progress) } as const
        this.dispatch({ type: 'progressed', placement, summary }, message)
        seen?.()
      }),
    )
    socket.on(
      'learning',
      listener((placement, progress, seen) => {
        this.onLearning(placement, plain(progress))
        seen?.()
      }),
    )
    socket.on(
      'painted',
      listener((placement, result, load) => this.onPainted(engine, placement, result, load)),
    )
    socket.on(
      'learned',
      listener((placement, result, load) => {
        this.updateLoad(engine, load)
        this.dispatch({ type: 'ended', placement }, { type: 'learned', result: withFloats(plain(result)) })
      }),
    )
  }

  private updateLoad(engine: string, load: EngineLoad): void {
    const connection = this.connections.engines.get(engine)
    if (connection) connection.load = load
  }

  private onTicket(engine: string, placement: number, answer: (answer: TicketAnswer) => void): void {
    const job = jobAt(this.placements, placement)
    const connection = this.connections.engines.get(engine)
    if (job?.place.type !== 'offered' || !connection) {
      answer({ type: 'gone' })
      return
    }
    const caller = this.callers.get(job.id)!
    const problem = problemOf(connection.abilities, caller)
    if (!problem) {
      this.dispatch({ type: 'taken', placement, engine }, { type: 'ticket', answer })
    } else if (this.usable().some(({ abilities }) => !problemOf(abilities, caller))) {
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
    const event = hasStopped && this.state() === 'ready' ? 'refused' : 'ended'
    this.dispatch({ type: event, placement }, { type: 'painted', result: plain(result) })
  }

  /** Tells those who wait where they stand, and offers anew what Redis has lost. */
  private async tick(): Promise<void> {
    this.dispatch({ type: 'ticked' })
    const now = Date.now()
    for (const kind of ['picture', 'learning'] as const) {
      const old = [...this.offeredAt].filter(([, one]) => one.kind === kind && one.at + ticketMs < now)
      if (old.length === 0) continue
      for (const [placement] of old) this.offeredAt.set(placement, { kind, at: now })
      const lost = await this.tickets!.lost(
        kind,
        old.map(([placement]) => placement),
      )
      for (const placement of lost) this.dispatch({ type: 'ticketLost', placement })
    }
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
        this.offeredAt.set(effect.placement, { kind: effect.kind, at: Date.now() })
        this.tickets!.offer(effect.kind, effect.placement)
        break
      case 'withdraw':
        this.offeredAt.delete(effect.placement)
        this.tickets!.withdraw(effect.kind, effect.placement)
        break
      case 'lease':
        this.lease(effect.id)
        break
      case 'send':
        this.offeredAt.delete(effect.placement)
        this.send(effect, message)
        break
      case 'cancel':
        this.connections.engines.get(effect.engine)?.socket.emit('cancel', effect.placement)
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
    for (const hash of caller.held) this.bytes.release(hash)
    // A result is of the kind that was requested.
    caller.resolve(result as PaintResult & LearnResult)
  }

  private lease(id: number): void {
    const caller = this.callers.get(id)
    if (caller?.kind !== 'picture') return
    const { request } = caller
    const now = Date.now()
    const fit = this.usable().filter(({ abilities }) => !problemOf(abilities, caller))
    const usual = request.liveKey === undefined ? undefined : this.leases.get(request.liveKey, now)
    const leased = fit.find(
      ({ id: engine, isDraining, load }) => engine === usual && !isDraining && load.state === 'ready',
    )
    const hashes = stylesOf(request).flatMap(style => this.styles.get(style) ?? [])
    const engine = leased ?? bestEngine(fit, hashes, this.jobsByEngine())
    if (!engine) return
    if (request.liveKey !== undefined) this.leases.set(request.liveKey, engine.id, now)
    this.dispatch({ type: 'leased', id, engine: engine.id })
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
    const job: JobMessage = { placement, kind: caller.kind, request: this.packedOf(caller), listens }
    if (message?.type === 'ticket') {
      message.answer({ type: 'job', job })
      return
    }
    const received = this.guard(reportFailed, () => this.dispatch({ type: 'received', placement }))
    this.connections.engines.get(engine)?.socket.emit('job', job, received)
  }

  private packedOf(caller: Caller): Packed {
    const hold = (hash: string, bytes: Uint8Array) => {
      if (caller.held.has(hash)) return
      caller.held.add(hash)
      this.bytes.hold(hash, bytes)
    }
    if (caller.packed) return caller.packed
    if (caller.kind === 'learning') {
      caller.packed = pack(caller.request, hold)
      return caller.packed
    }
    const request = withStyleIds(caller.request, id => {
      const hash = this.styles.get(id)!
      hold(hash, this.bytes.get(hash)!)
      return hash
    })
    // A live frame is painted once: its pixels go with it.
    caller.packed = request.priority === 'live' ? { ...request } : pack(request, hold)
    return caller.packed
  }
}

/** What an engine has against a request that another may paint; its styles are brought to it. */
function problemOf(abilities: NodeAbilities, caller: Caller): UserError | null {
  try {
    if (caller.kind === 'picture') checkPaint(abilities, caller.request, () => true)
    else checkLearning(abilities, caller.request)
    return null
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

function stylesOf(request: PaintRequest): string[] {
  return promptsIn(request).flatMap(({ styles = [] }) => styles.map(({ id }) => id))
}

/** Numbers cross as bytes. */
function withFloats(result: LearnResult): LearnResult {
  if (result.type !== 'finished') return result
  const { rank, values, tint, texture } = result.adapter
  const floats = (sent: Float32Array) => floatsOf(sent as unknown as Uint8Array) // what the socket made of it
  const adapter = {
    ...{ rank, values: floats(values) },
    ...(tint && { tint: floats(tint) }),
    ...(texture && { texture: floats(texture) }),
  }
  return { ...result, adapter }
}
