import { expect, test } from 'vitest'
import { refusalOf } from '../../../web/browser/imageFiles.ts'

test('what cannot be laid on the canvas is refused in words, with what to do', () => {
  expect(refusalOf({ name: 'lake.jpg', type: 'image/jpeg' })).toBeNull()
  expect(refusalOf({ name: 'IMG_1.HEIC', type: 'image/heic' })).toBe(
    'IMG_1.HEIC: HEIC cannot be read here: export it as JPEG.',
  )
  expect(refusalOf({ name: 'plan.excalidraw', type: '' })).toContain('export it as PNG')
  expect(refusalOf({ name: 'lake.svg', type: 'image/svg+xml' })).toContain('export it as PNG or JPEG')
  expect(refusalOf({ name: 'notes.txt', type: 'text/plain' })).toContain('no picture')
})
