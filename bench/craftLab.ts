/** What the benches of crafts share: scenes, renders in a craft, styles that a dozen of those teach, and what is painted in them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { learn } from '../engine/lcf/learn.ts'
import { parametersOf, recipeFor } from '../engine/lcf/recipe.ts'
import type { Rgb } from '../engine/types/rgb.ts'
import type { Adapter, StyleRecipe } from '../engine/types/styles.ts'
import { sessionOptions } from '../onnx/optim/sessionOptions.ts'
import { createLcmPipeline, openModel } from '../training/evaluation/pipelines.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { textureDistance, textureOf } from '../training/evaluation/texture.ts'
import { parts } from '../training/workspace/recipes.ts'
import { type Craft, inCraft } from '../training/world/crafts.ts'
import { captionScene, completeManner, renderScene, type Scene } from '../training/world/index.ts'

export type Pictures = readonly Uint8Array[]

/** How a style is learned. */
export interface Way {
  readonly method: StyleRecipe['method']
  readonly steps: number
}

export interface Learned {
  readonly adapter: Adapter
  /** Of a core. */
  readonly minutes: number
}

export interface LabOptions {
  readonly model: string
  /** How many scenes are painted. */
  readonly pictures: number
  /** Where what was learned is kept, and read again. */
  readonly styles?: string | undefined
}

export const plainScenes = (split: 'train' | 'val', count: number, series: number): Scene[] =>
  scenesFor(parts.world, { split, count, series }).map(scene => ({ ...scene, style: 'storybook' }))

export async function openLab({ model, pictures, styles }: LabOptions) {
  const pipeline = await openModel(model, 1)
  const { trainedSize: side, defaults } = pipeline.folder
  const shown = plainScenes('val', pictures, 19)
  const captionOf = (scene: Scene, at: number) => captionScene(scene, at, completeManner)
  const renderIn = async (craft: Craft, scene: Scene): Promise<Rgb> => inCraft(await renderScene(scene, side), craft)

  const paint = (style?: Adapter): Promise<Pictures> =>
    createLcmPipeline(
      pipeline,
      style,
    )({ captions: shown.map(captionOf), seeds: shown.map((_, at) => at), steps: 4, guidance: defaults.guidance })

  async function learned(craft: Craft, way: Way, seed: number): Promise<Learned> {
    const file = styles && join(styles, `${craft}-${way.method}-${way.steps}-${seed}.bin`)
    if (file && existsSync(file)) return deserialize(readFileSync(file)) as Learned
    const began = process.cpuUsage()
    const adapter = await adapterOf(craft, way, seed)
    const found = { adapter, minutes: process.cpuUsage(began).user / 60e6 }
    if (file) writeFileSync(file, serialize(found))
    return found
  }

  async function adapterOf(craft: Craft, way: Way, seed: number): Promise<Adapter> {
    const pictures = await Promise.all(
      plainScenes('train', 12, 7).map(async (scene, at) => ({
        picture: await renderIn(craft, scene),
        caption: captionOf(scene, at),
      })),
    )
    const parameters = parametersOf({ parts: pipeline.folder.parts.map(part => part.info) })
    const run = learn({ owner: 'bench', pictures }, recipeFor(parameters, { ...way, seed }), {
      ...{ pipeline, modelHash: '', stepMs: 1, checkpointSeconds: Number.POSITIVE_INFINITY },
      session: { ...sessionOptions(1), provider: 'cpu' },
      onProgress: () => undefined,
    })
    for (;;) {
      const next = await run.next()
      if (next.done) return next.value.adapter
    }
  }

  const textures = new WeakMap<Uint8Array, Float64Array>()
  /** Every picture is looked at for several rows. */
  function ownTextureOf(picture: Uint8Array): Float64Array {
    const known = textures.get(picture) ?? textureOf([picture], side)
    textures.set(picture, known)
    return known
  }

  return {
    ...{ pipeline, side, shown, renderIn, paint, learned },
    /** Texture distance of the pictures at these places from others. */
    distanceOf(pictures: Pictures, wanted: Pictures, rows: readonly number[] = [...pictures.keys()]): number {
      return textureDistance(meanOf(rows.map(row => ownTextureOf(pictures[row]!))), meanOf(wanted.map(ownTextureOf)))
    },
    release: () => pipeline.release(),
  }
}

export type Lab = Awaited<ReturnType<typeof openLab>>

function meanOf(all: readonly Float64Array[]): Float64Array {
  return all[0]!.map((_, at) => all.reduce((sum, each) => sum + each[at]!, 0) / all.length)
}
