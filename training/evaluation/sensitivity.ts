import { Noise } from '../../engine/diffusion/random.ts'
import type { Pipeline } from '../../engine/pipeline/pipeline.ts'
import { mean } from '../../onnx/linalg/statistics.ts'
import type { Weights } from '../networks/network.ts'
import { noiseAt } from '../solvers/diffusion.ts'
import { openDenoiser } from '../stages/denoiser.ts'
import type { Slice } from '../workspace/pictures.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { captionScene, colours, completeManner, positions, renderScene, type Scene, times } from '../world/index.ts'
import type { ReadingRow } from './results.ts'
import { type Bench, examOf } from './tables.ts'

/** From nearly pure noise, where a picture is decided, to where only detail is left. */
export const readingTimesteps = [950, 800, 600] as const
const rowsAtOnce = 16

/**
 * Does the teacher read? Its loss on clean pictures with their own captions, and with one attribute in the caption
 * exchanged for another: a word that is read makes it worse, a word that is not changes nothing.
 */
export async function readingTable(bench: Bench, workspace: Workspace, weights: Weights): Promise<ReadingRow[]> {
  const { pipeline, slice } = bench
  const { scenes, seeds } = examOf(bench, 'val')
  const denoiser = await openDenoiser(workspace, weights, 0)
  const latents = await latentsOf(scenes, pipeline)
  const length = latents[0]!.length

  /** One loss for each scene, its caption said of what `described` makes of it. */
  const lossesOf = async (described: readonly Scene[], t: number) => {
    const { alpha, sigma } = noiseAt(t)
    const losses: number[] = []
    for (let from = 0; from < described.length; from += rowsAtOnce) {
      const rows = described.slice(from, from + rowsAtOnce).map((_, row) => from + row)
      const noises = rows.map(row => new Noise(seeds[row]!, length).at(0))
      const z = new Float32Array(rows.length * length)
      const context: number[] = []
      for (const [at, row] of rows.entries()) {
        for (let i = 0; i < length; i++) z[at * length + i] = alpha * latents[row]![i]! + sigma * noises[at]![i]!
        const promptEmbeds = await pipeline.encodePrompt(captionScene(described[row]!, row, completeManner))
        for (const value of promptEmbeds) context.push(value)
      }
      const v = await denoiser.predict(
        z,
        rows.map(() => t),
        Float32Array.from(context),
      )
      for (const [at, row] of rows.entries()) {
        let squares = 0
        for (let i = 0; i < length; i++)
          squares += (v[at * length + i]! - (alpha * noises[at]![i]! - sigma * latents[row]![i]!)) ** 2
        losses.push(squares / length)
      }
    }
    return losses
  }

  const rows: ReadingRow[] = []
  for (const t of readingTimesteps) {
    const own = await lossesOf(scenes, t)
    for (const [attribute, exchange] of Object.entries(exchanges)) {
      const described = scenes.map(scene => exchange(scene, slice))
      const changed = scenes.map((_, at) => at).filter(at => described[at] !== scenes[at])
      if (changed.length < 2) continue
      const other = await lossesOf(described, t)
      const worse = mean(changed.map(at => other[at]! - own[at]!))
      const loss = mean(changed.map(at => own[at]!)).value
      rows.push({
        attribute,
        timestep: t,
        loss,
        worse: { value: worse.value / loss, low: worse.low / loss, high: worse.high / loss, n: worse.n },
      })
      bench.say(
        `another ${attribute} at t = ${t}: the loss ${loss.toFixed(4)} grows by ${((100 * worse.value) / loss).toFixed(1)} %`,
      )
    }
  }
  return rows
}

/** The scene with another attribute of the slice; itself where there is no other. */
const exchanges: Readonly<Record<string, (scene: Scene, slice: Slice) => Scene>> = {
  time: scene => ({ ...scene, time: nextOf(times, scene.time) }),
  weather: (scene, { weathers }) =>
    weathers.length > 1 ? { ...scene, weather: nextOf(weathers, scene.weather) } : scene,
  place: (scene, { places }) => (places.length > 1 ? { ...scene, place: nextOf(places, scene.place) } : scene),
  kind: (scene, { kinds }) =>
    kinds.length > 1 ? withThings(scene, thing => ({ ...thing, kind: nextOf(kinds, thing.kind) })) : scene,
  colour: scene => withThings(scene, thing => ({ ...thing, colour: nextOf(colours, thing.colour) })),
  position: scene => withThings(scene, thing => ({ ...thing, position: nextOf(positions, thing.position) })),
}

function withThings(scene: Scene, change: (thing: Scene['things'][number]) => Scene['things'][number]): Scene {
  return scene.things.length === 0 ? scene : { ...scene, things: scene.things.map(change) }
}

function nextOf<Option>(options: readonly Option[], option: Option): Option {
  return options[(options.indexOf(option) + 1) % options.length]!
}

async function latentsOf(scenes: readonly Scene[], pipeline: Pipeline): Promise<Float32Array[]> {
  const { latentChannels, trainedSize, spatialFactor, scalingFactor } = pipeline.folder
  const middle = new Float32Array(latentChannels * (trainedSize / spatialFactor) ** 2)
  const latents: Float32Array[] = []
  for (const scene of scenes) {
    const encoded = await pipeline.encodePicture(await renderScene(scene, trainedSize), middle)
    latents.push(encoded.map(z => z * scalingFactor))
  }
  return latents
}
