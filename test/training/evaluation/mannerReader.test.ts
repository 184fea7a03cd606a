import { expect, test } from 'vitest'
import { Random } from '../../../onnx/optim/random.ts'
import { learnManners } from '../../../training/evaluation/mannerReader.ts'

/** Rows around a place of their own, in features of unlike size. */
function rowsAround(place: readonly number[], count: number, random: Random): Float32Array[] {
  return Array.from({ length: count }, () =>
    Float32Array.from(place, (value, at) => 10 ** at * (value + (random.uniform() - 0.5))),
  )
}

test('reads manners that it has learned from other pictures', () => {
  const random = new Random(1)
  const places = [
    [0, 0, 1],
    [1, 0, 0],
    [0, 1, 0],
  ]
  const { read } = learnManners(places.map(place => rowsAround(place, 20, random)))
  const right = places.flatMap((place, manner) => rowsAround(place, 20, random).map(row => read(row) === manner))
  expect(right.filter(Boolean).length).toBeGreaterThan(55)
})
