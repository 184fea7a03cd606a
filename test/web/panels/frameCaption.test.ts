import { expect, test } from 'vitest'
import { errorPayload } from '../../../protocol/errors.ts'
import type { FrameState } from '../../../protocol/events.ts'
import { stateLabel } from '../../../web/panels/frameCaption.tsx'

const state = (fields: Partial<FrameState>): FrameState => ({
  ...{ frameId: 'f', state: 'empty', error: null, waitsForPen: false, ms: null, expectedMs: null, ahead: null },
  ...{ picture: null, painted: null },
  ...fields,
})

test('a caption says how long a picture takes where it takes long, and what live waits for', () => {
  expect(stateLabel(state({ state: 'rendering' }))).toBe('painting')
  expect(stateLabel(state({ state: 'rendering', expectedMs: 40_000 }))).toBe('painting, about 40 s')
  expect(stateLabel(state({ state: 'rendering', expectedMs: 40_000, ahead: 2 }))).toBe('2 ahead')
  expect(stateLabel(state({ state: 'stale' }))).toBe('changed since')
  const waiting = { expectedMs: 40_000, waitsForPen: true }
  expect(stateLabel(state({ state: 'stale', ...waiting }))).toBe('waits for the pen')
  expect(stateLabel(state(waiting))).toBe('waits for the pen')
  // What else a frame without a picture has to say is not said here.
  expect(stateLabel(state({ expectedMs: 40_000, error: errorPayload('frame/prompt') }))).toBe('')
  expect(stateLabel(undefined)).toBe('')
})
