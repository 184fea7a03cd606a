import type { Engine, Painting, PaintProgress, PaintRequest, PaintResult } from '../../engine/index.ts'
import { validatePaintRequest } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'

interface Waiting {
  readonly request: PaintRequest
  start(): void
  end(result: PaintResult): void
}

/**
 * The same engine, in which an owner has at most so many pictures at a time, and one while others have some too; the rest
 * of theirs waits here. The engine itself lets owners take turns, but whoever fills its slots makes every step longer for
 * those who come. `atOnceOf`: how many an owner may have; null: as many as they like, whoever else is there.
 */
export function takeTurns<E extends Engine>(engine: E, atOnceOf: (owner: string) => number | null): E {
  const running = new Map<string, number>()
  const waiting = new Map<string, Waiting[]>()

  function mayBegin(owner: string): boolean {
    const atOnce = atOnceOf(owner)
    if (atOnce === null) return true
    const mine = running.get(owner) ?? 0
    const isAlone = running.size === (mine > 0 ? 1 : 0)
    return mine < (isAlone ? atOnce : 1)
  }

  function startWaiting() {
    for (const [owner, line] of waiting) {
      while (line.length > 0 && mayBegin(owner)) line.shift()?.start()
      if (line.length === 0) waiting.delete(owner)
    }
  }

  function begin(request: PaintRequest, onProgress?: (progress: PaintProgress) => void): Painting {
    const painting = engine.paint(request, onProgress)
    const { owner } = request
    running.set(owner, (running.get(owner) ?? 0) + 1)
    const free = () => {
      const left = (running.get(owner) ?? 1) - 1
      if (left > 0) running.set(owner, left)
      else running.delete(owner)
      startWaiting()
    }
    void painting.ended.then(free, free)
    return painting
  }

  function wait(request: PaintRequest, onProgress?: (progress: PaintProgress) => void): Painting {
    let painting: Painting | null = null
    let isCancelled = false
    const line = waiting.get(request.owner) ?? []
    waiting.set(request.owner, line)
    let end: Waiting['end'] = () => undefined
    let follow: (ended: Promise<PaintResult>) => void = () => undefined
    const ended = new Promise<PaintResult>(resolve => {
      end = resolve
      follow = resolve
    })
    const place: Waiting = {
      request,
      end,
      start() {
        if (isCancelled) return end({ type: 'cancelled' })
        try {
          painting = begin(request, onProgress)
          follow(painting.ended)
        } catch (error) {
          // Its style, say, is gone by now.
          if (!(error instanceof UserError)) return follow(Promise.reject(error))
          end({ type: 'failed', code: error.code, message: error.message })
        }
      },
    }
    const { liveKey } = request
    const older = liveKey === undefined ? -1 : line.findIndex(one => one.request.liveKey === liveKey)
    if (older === -1) line.push(place)
    else line.splice(older, 1, place)[0]!.end({ type: 'replaced' })
    onProgress?.({ type: 'queued', ahead: (running.get(request.owner) ?? 0) + line.indexOf(place) })
    return {
      ended,
      cancel() {
        isCancelled = true
        if (painting) return painting.cancel()
        const index = line.indexOf(place)
        if (index >= 0) line.splice(index, 1)
        end({ type: 'cancelled' })
      },
    }
  }

  const paint: Engine['paint'] = (request, onProgress) => {
    if (mayBegin(request.owner)) return begin(request, onProgress)
    validatePaintRequest(request, engine.info.model)
    return wait(request, onProgress)
  }
  return new Proxy(engine, { get: (target, name) => (name === 'paint' ? paint : Reflect.get(target, name, target)) })
}
