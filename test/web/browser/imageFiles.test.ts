import { expect, test } from 'vitest'
import { unusableReason } from '../../../web/browser/imageFiles.ts'

test('what cannot be laid on the canvas is refused in words, with what to do', () => {
  expect(unusableReason({ name: 'lake.jpg', type: 'image/jpeg' })).toBeNull()
  expect(unusableReason({ name: 'IMG_1.HEIC', type: 'image/heic' })).toBe(
    'IMG_1.HEIC: HEIC cannot be read here: export it as JPEG.',
  )
  expect(unusableReason({ name: 'plan.excalidraw', type: '' })).toContain('export it as PNG')
  expect(unusableReason({ name: 'lake.svg', type: 'image/svg+xml' })).toContain('export it as PNG or JPEG')
  expect(unusableReason({ name: 'notes.txt', type: 'text/plain' })).toContain('no picture')
})
