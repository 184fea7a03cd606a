import { type Scene, sampleScene, weighted } from './scenes/scene.ts'
import { createRandom } from './scenes/seededRandom.ts'
import { plain } from './unsaid.ts'

/**
 * The part of the world where the first prompts of newcomers land: storybook, clear or cloudy, by the light of day,
 * sunset or dawn; one middling or large thing, or a group. A model learns to draw here first, because how often it has
 * seen a kind of scene decides how well it paints it (docs/training.md).
 */
const hours = { day: 0.55, sunset: 0.25, dawn: 0.2 } as const
const skies = { clear: 2, cloudy: 1 } as const

/** The garden's scene of a seed; like `sampleScene`, it never shows a held-out combination. */
export function sampleGarden(seed: number): Scene {
  const random = createRandom(seed, 'garden')
  const fixed = { style: plain.style, time: weighted(random, hours), weather: weighted(random, skies) }
  for (;;) {
    const scene = sampleScene(Math.floor(random.next() * 2 ** 32), { split: 'train', fixed })
    if (isGarden(scene)) return scene
  }
}

/** Whether a scene is of that part. */
export function isGarden({ style, time, weather, things }: Scene): boolean {
  const [thing, ...others] = things
  return (
    style === plain.style &&
    time in hours &&
    weather in skies &&
    thing !== undefined &&
    others.length === 0 &&
    (thing.count > 1 || thing.size !== 'small')
  )
}
