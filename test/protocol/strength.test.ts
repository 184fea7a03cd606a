import { expect, test } from 'vitest'
import { levelsOf, noiseLevels, snapStrength, strengthEffect, strengthsFor } from '../../protocol/strength.ts'

test('every strength that is offered can be done in so many steps, and snapping changes nothing on it', () => {
  for (let steps = 1; steps <= 50; steps++) {
    const strengths = strengthsFor(steps)
    expect(strengths.at(-1)).toBe(1)
    for (const strength of strengths) {
      expect(levelsOf(strength)).toBeGreaterThanOrEqual(steps)
      expect(snapStrength(strength, steps)).toBe(strength)
    }
  }
})

test('strengths are levels, counted as diffusers does, floats and all', () => {
  // int(50 * 0.58) is 28 in Python too: 0.58 would be 0.56 under another name.
  expect(levelsOf(0.58)).toBe(28)
  expect(strengthsFor(1)).not.toContain(0.58)
  expect(strengthsFor(4)[0]).toBe(0.08)
  expect(snapStrength(0, 4)).toBe(0.08)
  expect(snapStrength(0.333, 4)).toBe(0.34)
  expect(snapStrength(0.1, noiseLevels)).toBe(1)
})

test('strengths leave less and less of a drawing', () => {
  const effects = new Set(strengthsFor(4).map(strength => strengthEffect(strength, 4)))
  expect([...effects]).toEqual(['details', 'shapes', 'places', 'hint', 'words'])
  expect(strengthEffect(0.01, 1)).toBe('details')
})
