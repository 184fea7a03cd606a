import { countPoints } from '../protocol/apply.ts'
import type { StoredOperation } from '../protocol/events.ts'
import type { Guard } from '../protocol/guard.ts'
import type { Operation, SceneElement } from '../protocol/scene.ts'

/**
 * Strokes that somebody is still drawing. One whose page has gone, or that has stood still for long, is finished for
 * them: an unfinished stroke is drawn over everything, for everybody.
 */
export interface OpenStrokes {
  stored(operations: readonly StoredOperation[]): void
  /** A page has gone, for good or until its line is back: its strokes may still grow, but are finished as they are. */
  left(client: string): void
  close(): void
}

/** A pen that rests on the glass for longer than this, in milliseconds, has been forgotten there. */
export const forgottenAfterMs = 30_000

interface OpenStroke {
  readonly author: string
  readonly client: string
  /** On the clock of `performance.now()`. */
  readonly grownAt: number
}

export function createOpenStrokes(options: {
  readonly elements: ReadonlyMap<string, SceneElement>
  readonly guard: Guard
  operateFor(author: string, operations: readonly Operation[]): Promise<void>
}): OpenStrokes {
  const { elements, guard, operateFor } = options
  const open = new Map<string, OpenStroke>()
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  /** Queues all of it at once: a room that is being closed stores what is queued, and nothing that comes later. */
  async function finishThose(isOver: (stroke: OpenStroke) => boolean): Promise<void> {
    const byAuthor = new Map<string, Operation[]>()
    for (const [id, stroke] of open) {
      if (!isOver(stroke)) continue
      open.delete(id)
      const element = elements.get(id)
      if (element?.kind !== 'stroke' || element.done) continue
      const finish: Operation = { type: 'extend', id, from: countPoints(element), points: [], done: true }
      byAuthor.set(stroke.author, [...(byAuthor.get(stroke.author) ?? []), finish])
    }
    await Promise.all([...byAuthor].map(([author, operations]) => operateFor(author, operations)))
  }

  async function finishForgotten(): Promise<void> {
    timer = null
    const now = performance.now()
    await finishThose(({ grownAt }) => now - grownAt >= forgottenAfterMs)
    watch()
  }
  function watch() {
    // A room that is being closed still stores what was queued: nobody is to look after it later, when it may be open anew.
    if (open.size === 0 || timer || isClosed) return
    timer = setTimeout(guard('Forgotten strokes could not be finished', finishForgotten), forgottenAfterMs)
    timer.unref()
  }

  return {
    stored(operations) {
      for (const { client, author, operation } of operations) {
        const id = operation.type === 'add' ? operation.element.id : operation.type === 'extend' ? operation.id : null
        const stroke = id === null ? undefined : elements.get(id)
        if (stroke?.kind !== 'stroke') continue
        if (stroke.done) open.delete(stroke.id)
        else open.set(stroke.id, { author, client, grownAt: performance.now() })
      }
      watch()
    },
    left: guard('The strokes of a page that has gone could not be finished', client =>
      finishThose(stroke => stroke.client === client),
    ),
    close() {
      isClosed = true
      if (timer) clearTimeout(timer)
    },
  }
}
