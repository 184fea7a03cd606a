import { expect, it } from 'vitest'
import type { Element, FrameElement, Operation } from '../../../protocol/scene.ts'
import { createFramePaper } from '../../../web/canvas/framePaper.ts'
import { buildFrame, buildStroke } from '../../support/scenes.ts'

const frame = { ...buildFrame(), removed: false } as unknown as FrameElement
const stroke = { ...buildStroke(), removed: false } as unknown as Element

/** A session whose frame has been painted a moment ago: its picture has a file when `saved` is called. */
function paintedJustNow() {
  const sent: Operation[] = []
  const elements: Element[] = [frame]
  let saved = (_file: string): void => undefined
  const session = {
    elements,
    scene: { elements: new Map() },
    frames: { get: () => [frame] },
    frameStates: { get: () => new Map() },
    results: { get: () => new Map() },
    paintings: { has: () => true, clockOf: () => undefined },
    isNewerThan: () => false,
    operate: (operations: readonly Operation[]) => sent.push(...operations),
    save: () =>
      new Promise(resolve => {
        saved = file => resolve({ ok: true, value: { file } })
      }),
  }
  const paper = createFramePaper(session as unknown as Parameters<typeof createFramePaper>[0])
  return { paper, elements, sent, save: (file: string) => saved(file) }
}

it('makes the picture the paper of the first stroke, as soon as it has a file', async () => {
  const { paper, elements, sent, save } = paintedJustNow()
  paper.drawnOn(frame, 'gesture')
  elements.push(stroke)
  save('abc')
  await new Promise(setImmediate)
  expect(sent).toEqual([{ type: 'change', id: 'frame', change: { paper: { kind: 'picture', file: 'abc' } } }])
})

it('leaves the frame alone if the stroke was undone by then, so that redo still finds it', async () => {
  const { paper, sent, save } = paintedJustNow()
  paper.drawnOn(frame, 'gesture')
  save('abc')
  await new Promise(setImmediate)
  expect(sent).toEqual([])
})
