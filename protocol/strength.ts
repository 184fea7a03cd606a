/**
 * What strength means to a latent consistency model. Painting over a picture starts from the first ⌊50 · strength⌋ of
 * its 50 noise levels and spreads the steps over them, so strength has 50 positions, and n steps need at least n levels.
 * (Luo et al. 2023, arXiv 2310.04378; `int(original_steps * strength)` in diffusers' LCM scheduler.)
 */
export const noiseLevels = 50

/** Levels that a strength reaches, as diffusers counts them: floats and all. */
export const levelsOf = (strength: number): number => Math.floor(noiseLevels * strength)

/** Strengths that name a level exactly; 29 / 50 is left out because 50 · 0.58 is a hair below 29. */
const positions = Array.from({ length: noiseLevels }, (_, index) => (index + 1) / noiseLevels).filter(
  (strength, index) => levelsOf(strength) === index + 1,
)

/** The strengths that so many steps can do, weakest first. */
export const strengthsFor = (steps: number): readonly number[] =>
  positions.filter(strength => levelsOf(strength) >= Math.min(steps, noiseLevels))

/** The nearest strength that so many steps can do. */
export function snapStrength(strength: number, steps: number): number {
  return strengthsFor(steps).reduce((nearest, one) =>
    Math.abs(one - strength) < Math.abs(nearest - strength) ? one : nearest,
  )
}

/**
 * What a strength leaves of a drawing: it nearly as it is, painting `details` · its `shapes` · the `places` of things · a
 * `hint` of it · hardly anything, for the `words` alone.
 */
export type StrengthEffect = (typeof effects)[number][1]

export function strengthEffect(strength: number, steps: number): StrengthEffect {
  const snapped = snapStrength(strength, steps)
  return effects.find(([atMost]) => snapped <= atMost)![1]
}

const effects = [
  [0.25, 'details'],
  [0.5, 'shapes'],
  [0.7, 'places'],
  [0.98, 'hint'],
  [1, 'words'],
] as const
