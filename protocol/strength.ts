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

/** What will happen, for the slider: `Keeps your shapes and paints their details`. */
export function strengthEffect(strength: number, steps: number): string {
  const snapped = snapStrength(strength, steps)
  return effects.find(([atMost]) => snapped <= atMost)![1]
}

/** How it is done: `4 steps over 30 of 50 noise levels`. */
export const strengthLabel = (strength: number, steps: number): string =>
  `${steps} ${steps === 1 ? 'step' : 'steps'} over ${levelsOf(snapStrength(strength, steps))} of ${noiseLevels} noise levels`

const effects = [
  [0.25, 'Keeps your drawing nearly as it is'],
  [0.5, 'Keeps your shapes and paints their details'],
  [0.7, 'Keeps where things are; the words say what they are'],
  [0.98, 'The words win; your drawing is a hint'],
  [1, 'The words alone: hardly anything of your drawing is left'],
] as const
