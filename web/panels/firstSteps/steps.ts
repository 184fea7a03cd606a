import type { FirstRoom } from '../../store/firstSteps.ts'

/** What a newcomer does in their first room, in the order in which hints say it. */
export const firstSteps = ['frame', 'draw', 'words', 'paint', 'drawOver', 'erase', 'undo', 'invite'] as const
export type FirstStep = (typeof firstSteps)[number]

/** What can be seen of the room at one moment, as far as hints are about it. */
export interface Seen {
  readonly hasFrame: boolean
  /** Whether a frame has words, and whether one shows a picture of what is drawn. */
  readonly hasWords: boolean
  readonly isPainted: boolean
  /** How many things I have drawn, and how often I have rubbed out. */
  readonly inks: number
  readonly erasures: number
  /** Whether something that I have undone can be done again. */
  readonly hasUndone: boolean
  /** Whether the links of the room are shown, or somebody else is here. */
  readonly hasInvited: boolean
}

export type FirstStepsEvent =
  /** `before`: what was seen before that; null at first. */
  | { readonly type: 'seen'; readonly before: Seen | null; readonly now: Seen }
  | { readonly type: 'skipped'; readonly step: FirstStep }
  | { readonly type: 'allSkipped' }

/** The step that a hint is about; null: all are done. */
export const stepOf = ({ done }: FirstRoom): FirstStep | null => firstSteps.find(step => !done.includes(step)) ?? null

/** What has been done in a first room after this. Pure; the same object where nothing has changed. */
export function next(room: FirstRoom, event: FirstStepsEvent): FirstRoom {
  switch (event.type) {
    case 'seen': {
      const isDone = (step: FirstStep) => room.done.includes(step) || isSeenDone(step, room, event)
      return withDone(room, firstSteps.filter(isDone))
    }
    case 'skipped':
      return withDone(
        room,
        firstSteps.filter(step => step === event.step || room.done.includes(step)),
      )
    case 'allSkipped':
      return withDone(room, firstSteps)
    default:
      return event satisfies never
  }
}

const withDone = (room: FirstRoom, done: readonly FirstStep[]): FirstRoom =>
  done.length === room.done.length ? room : { ...room, done, isOver: done.length === firstSteps.length }

function isSeenDone(
  step: FirstStep,
  { done }: FirstRoom,
  { before, now }: Extract<FirstStepsEvent, { type: 'seen' }>,
): boolean {
  switch (step) {
    case 'frame':
      return now.hasFrame
    case 'draw':
      return now.inks > 0
    case 'words':
      return now.hasWords
    case 'paint':
      return now.isPainted
    case 'drawOver':
      // Ink that was there before the painting, or was the first of all, was drawn on bare paper.
      return done.includes('draw') && done.includes('paint') && before !== null && now.inks > before.inks
    case 'erase':
      return before !== null && now.erasures > before.erasures
    case 'undo':
      return now.hasUndone
    case 'invite':
      return now.hasInvited
    default:
      return step satisfies never
  }
}
