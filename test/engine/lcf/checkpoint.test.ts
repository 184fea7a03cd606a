import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { keyOf } from '../../../engine/lcf/checkpoint.ts'
import { recipeFor } from '../../../engine/lcf/recipe.ts'

test('a checkpoint of version 0.1, whose recipe had other names, is still that of the same request', () => {
  const written =
    '{"method":"anchored","steps":40,"batch":8,"rank":8,"average":0.95,"prior":0.5,"flip":false,"seed":1,' +
    '"rungs":10,"anchor":0.1,"rate":0.001}'
  const data = new Uint8Array(12).fill(7)
  const key = createHash('sha256').update('model').update(written).update('[2,2,"a boat"]').update(data).digest('hex')
  const request = { owner: 'ann', pictures: [{ picture: { width: 2, height: 2, data }, caption: 'a boat' }] }
  expect(keyOf(request, recipeFor(1e6, { steps: 40 }), 'model')).toBe(key)
  expect(keyOf(request, recipeFor(1e6, { steps: 41 }), 'model')).not.toBe(key)
})
