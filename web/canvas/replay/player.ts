import { byDepth, type ElementsById } from '../../../protocol/layers.ts'
import { playStep, type ReplayPicture, type ReplayStep } from '../../../protocol/replay.ts'
import type { Element, FrameElement, SceneElement } from '../../../protocol/scene.ts'
import type { Covered } from '../inkByCanvas.ts'
import { elementsForModel } from '../modelInk.ts'
import type { History } from './history.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** A room as it was at some moment of its history. */
export interface Moment {
  /** From back to front. */
  readonly elements: readonly Element[]
  readonly byId: ElementsById
  readonly frames: readonly FrameElement[]
  /** The frames that showed a picture, with the ink that it did not show. */
  readonly covered: readonly Covered[]
  pictureOf(frame: string): ReplayPicture | undefined
}

/** Plays a history forwards and backwards. */
export interface Player {
  readonly timeline: Timeline
  /** Operations, and pictures that came, in order. */
  readonly happenings: readonly Happening[]
  /** Goes to where so many things have happened; returns whether it was elsewhere. */
  seek(count: number): boolean
  moment(): Moment
}

/** `at`: in milliseconds since 1970, never before the one before it. */
export type Happening = { readonly at: number } & (
  | { readonly step: ReplayStep }
  | { readonly picture: ReplayPicture; readonly step?: undefined }
)

interface State {
  readonly elements: Map<string, SceneElement>
  /** When each element last changed. */
  readonly changedAt: Map<string, number>
  readonly pictures: Map<string, ReplayPicture>
}

/** States to which it may go back, besides the first: the way from one of them is short enough to go at once. */
const maxMarks = 24
const minBetweenMarks = 500

export function createPlayer(history: History): Player {
  const happenings = happeningsOf(history)
  const between = Math.max(minBetweenMarks, Math.ceil(happenings.length / maxMarks))
  const begun: State = {
    elements: new Map(history.begun.map(element => [element.id, element])),
    ...{ changedAt: new Map(), pictures: new Map() },
  }
  const marks = new Map<number, State>([[0, begun]])
  let state = copyOf(begun)
  let count = 0
  let moment: Moment | null = null

  function play({ at, ...happening }: Happening): void {
    if (!happening.step) {
      state.pictures.set(happening.picture.frameId, happening.picture)
      return
    }
    for (const { id } of playStep(state.elements, happening.step)) state.changedAt.set(id, at)
    // An older picture that somebody brings back stands over all that is drawn by then.
    const back = broughtBack(happening.step)
    if (back) state.pictures.set(back.frameId, { ...back, drawnAt: at, shownAt: at })
  }

  return {
    happenings,
    timeline: createTimeline(happenings.map(({ at }) => at)),
    seek(wanted) {
      const target = Math.min(happenings.length, Math.max(0, wanted))
      if (target === count) return false
      const mark = Math.max(...[...marks.keys()].filter(at => at <= target))
      if (target < count || mark > count) {
        state = copyOf(marks.get(mark)!)
        count = mark
      }
      while (count < target) {
        play(happenings[count]!)
        count++
        if (count % between === 0 && !marks.has(count)) marks.set(count, copyOf(state))
      }
      moment = null
      return true
    },
    moment() {
      moment ??= momentOf(state)
      return moment
    },
  }
}

/** The picture that a step gives back to a frame. */
export const broughtBack = ({
  operation,
}: Pick<ReplayStep, 'operation'>): Pick<ReplayPicture, 'frameId' | 'file'> | undefined =>
  operation.type === 'change' && operation.shows !== undefined
    ? { frameId: operation.id, file: operation.shows }
    : undefined

/** Operations in the order of their clocks, and each picture after what was drawn before it came. */
function happeningsOf({ steps, pictures }: History): Happening[] {
  const happenings: Happening[] = []
  let next = 0
  let last = 0
  for (const step of steps) {
    // Servers whose clocks differ have taken turns in writing it.
    last = Math.max(last, step.at)
    while (next < pictures.length && pictures[next]!.shownAt < last) {
      const picture = pictures[next++]!
      happenings.push({ at: picture.shownAt, picture })
    }
    happenings.push({ at: last, step })
  }
  for (const picture of pictures.slice(next)) happenings.push({ at: Math.max(last, picture.shownAt), picture })
  return happenings
}

const copyOf = ({ elements, changedAt, pictures }: State): State => ({
  ...{ elements: new Map(elements), changedAt: new Map(changedAt), pictures: new Map(pictures) },
})

function momentOf({ elements: all, changedAt, pictures }: State): Moment {
  const elements: Element[] = []
  for (const element of all.values()) if (element.kind !== 'layer' && !element.removed) elements.push(element)
  elements.sort(byDepth)
  const frames = elements.filter((element): element is FrameElement => element.kind === 'frame')
  const scene = { elements: all }
  return {
    ...{ elements, frames, byId: all },
    covered: frames.flatMap(frame => {
      const picture = pictures.get(frame.id)
      if (!picture) return []
      const isNewer = ({ id }: Element) => (changedAt.get(id) ?? 0) > picture.drawnAt
      return { frame, unpainted: elementsForModel({ elements, scene }, frame).filter(isNewer) }
    }),
    pictureOf: frame => pictures.get(frame),
  }
}
