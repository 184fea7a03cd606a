/**
 * Draws the pictures of examples/ and of examples/woodcut/, with their captions: `npx tsx tools/examples.ts`, or one of
 * both by its name. They are scenes of the embedded model's own world as old brown prints and as woodcuts, which its
 * training never shows.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Rgb } from '../engine/types/rgb.ts'
import { inCraft } from '../training/world/crafts.ts'
import {
  captionScene,
  completeManner,
  renderScene,
  type Scene,
  sampleScene,
  type Thing,
} from '../training/world/index.ts'

const folder = join(import.meta.dirname, '..', 'examples')
const pixels = 256

const thing = (kind: Thing['kind'], colour: Thing['colour'], rest: Partial<Thing> = {}): Thing => ({
  ...{ kind, colour, size: 'large', position: 'centre', count: 1 },
  ...rest,
})

/** Every kind of place, light and weather: what they have in common is the style. */
const scenes: Readonly<Record<string, Partial<Scene>>> = {
  lighthouse: { time: 'sunset', weather: 'clear', place: 'beach', things: [thing('lighthouse', 'red')] },
  castle: { time: 'night', weather: 'clear', place: 'hills', things: [thing('castle', 'purple')] },
  windmill: { time: 'day', weather: 'cloudy', place: 'meadow', things: [thing('windmill', 'yellow')] },
  boat: { time: 'dawn', weather: 'fog', place: 'lake', things: [thing('boat', 'blue')] },
  cat: { time: 'dusk', weather: 'rain', place: 'city', things: [thing('cat', 'orange')] },
  pines: {
    time: 'night',
    weather: 'snow',
    place: 'mountains',
    things: [thing('pine', 'green', { size: 'medium', count: 3 })],
  },
  cactus: { time: 'sunset', weather: 'clear', place: 'desert', things: [thing('cactus', 'green')] },
  mushroom: { time: 'day', weather: 'clear', place: 'forest', things: [thing('mushroom', 'red')] },
  balloon: {
    ...{ time: 'dawn', weather: 'cloudy', place: 'meadow' },
    things: [thing('balloon', 'pink', { size: 'medium' }), thing('house', 'white', { size: 'medium' })],
  },
  tent: {
    ...{ time: 'dusk', weather: 'clear', place: 'mountains' },
    things: [
      thing('tent', 'orange', { size: 'medium', position: 'left' }),
      thing('robot', 'blue', { size: 'medium', position: 'right' }),
    ],
  },
}

/** Two more of the woodcuts. */
const further: typeof scenes = {
  rocket: { time: 'night', weather: 'clear', place: 'desert', things: [thing('rocket', 'red')] },
  whale: { time: 'sunset', weather: 'cloudy', place: 'lake', things: [thing('whale', 'blue')] },
}

const sets = {
  sepia: () => drawAll(folder, scenes, scene => renderScene({ ...scene, style: 'sepia' }, pixels)),
  woodcut: () =>
    drawAll(join(folder, 'woodcut'), { ...scenes, ...further }, async scene =>
      inCraft(await renderScene({ ...scene, style: 'storybook' }, pixels), 'woodcut'),
    ),
}
const named = process.argv.slice(2)
for (const [name, draw] of Object.entries(sets)) if (named.length === 0 || named.includes(name)) await draw()

async function drawAll(into: string, wanted: typeof scenes, draw: (scene: Scene) => Promise<Rgb>): Promise<void> {
  await mkdir(into, { recursive: true })
  for (const [index, [name, fixed]] of Object.entries(wanted).entries()) {
    const seed = index + 1
    const scene = sampleScene(seed, { split: 'train', fixed: { ...fixed, style: 'sepia' } })
    const { data, width, height } = await draw(scene)
    await sharp(data, { raw: { width, height, channels: 3 } })
      .webp({ quality: 90 })
      .toFile(join(into, `${name}.webp`))
    await writeFile(join(into, `${name}.txt`), `${captionScene(scene, seed, completeManner)}\n`)
  }
}
