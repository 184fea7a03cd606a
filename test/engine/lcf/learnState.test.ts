import { expect, it } from 'vitest'
import { decodeLearning } from '../../../engine/lcf/checkpoint.ts'
import { withHeldOutLoss, withLoss } from '../../../engine/lcf/earlyStopping.ts'
import { checkpointOf, firstState, resumedPrior, resumedState } from '../../../engine/lcf/learnState.ts'
import { recipeFor } from '../../../engine/lcf/recipe.ts'

const targets = [
  { name: 'a', in: 3, out: 2 },
  { name: 'b', in: 2, out: 4 },
]
const recipe = recipeFor(1e6, { rank: 2, seed: 7 })

it('begins with an adapter that changes nothing: A is random, B is zero', () => {
  const { optimizer, best, step, curve } = firstState(targets, recipe)
  expect(optimizer.weights).toHaveLength(2 * (3 + 2 + 2 + 4))
  expect([...optimizer.weights.subarray(3, 5), ...optimizer.weights.subarray(7, 11)]).toEqual(Array(6).fill(0))
  expect(optimizer.weights.subarray(0, 3).every(value => value !== 0 && Math.abs(value) <= 1 / Math.sqrt(3))).toBe(true)
  expect(best).toEqual(optimizer.weights)
  expect([step, curve]).toEqual([0, []])
})

it('is the same again from a checkpoint', () => {
  const state = firstState(targets, recipe)
  state.step = 40
  state.random = [1, 2, 3]
  state.curve = [{ step: 20, loss: 0.5, heldOutLoss: 0.4 }]
  state.earlyStopping = withHeldOutLoss(withLoss(state.earlyStopping, 0.5, 40), 0.4, 20)
  state.optimizer.average.fill(3)
  state.optimizer.second.fill(4)
  state.best.fill(5)
  const prior = [[Float32Array.of(1), Float32Array.of(2)]]
  const bytes = checkpointOf(state, { key: 'mine', microBatch: 2, prior }, 12)
  const checkpoint = decodeLearning(bytes, 'mine')
  expect(checkpoint.record).toMatchObject({ stage: 'lcf', step: 40, microBatch: 2, seconds: 12, unchanged: 0 })
  const { optimizer, ...rest } = resumedState(targets, recipe, checkpoint)
  const { optimizer: before, ...restBefore } = state
  expect(rest).toEqual(restBefore)
  for (const name of ['weights', 'average', 'first', 'second'] as const) expect(optimizer[name]).toEqual(before[name])
  expect(resumedPrior(checkpoint, 1, 2)).toEqual(prior)
})
