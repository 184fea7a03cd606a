/** The four networks of a model on one device, as functions over rows: one row for each picture in the batch. */
import type { Model } from '../../onnx/model.ts'
import type { Session } from '../../onnx/session.ts'
import { takeStyles } from '../lora/edit.ts'
import { chosenTargets, findTargets, type StyleSpace, spaceOf, type Target, targetKinds } from '../lora/layout.ts'
import { type SpecialOperators, specialOperatorNotes, specialOperatorsIn } from '../lora/specialOperators.ts'
import type { Autoencoder, Device, Rgb } from '../types/engine.ts'
import type { Component, EditModel } from './component.ts'
import { createLoadingReport, type ReportLoading } from './loading.ts'
import type { ModelFolder } from './modelFolder.ts'
import { decoderOf, pictureEncoderOf, predictorOf, promptEncoderOf } from './networks.ts'
import type { LatentSize, Row } from './rows.ts'
import { type DetectNsfw, safetyCheckerOf } from './safetyChecker.ts'
import type { Encoding } from './stepRequests.ts'
import { openTexturing, type Texturing } from './textures.ts'

export type { LatentSize, Row }

export interface Pipeline extends Texturing {
  readonly folder: ModelFolder
  readonly device: Device
  /** What this device or this model leaves without effect, as sentences. */
  readonly ignored: readonly string[]
  /** Operators of the UNet that nothing can be learned through. */
  readonly untrainable: readonly string[]
  /** What styles can change; undefined for a model without such projections. */
  readonly styles: StyleSpace | undefined
  /**
   * A prompt as the UNet attends to it, (T, D), and behind it the pooled embedding where there are two text encoders.
   * Cached for recent prompts. `null`: none, which is no negative prompt.
   */
  encodePrompt(prompt: string | null): Promise<Float32Array>
  /** Latents of a picture, not yet scaled: drawn from the autoencoder's posterior with `noise`; what is `masked` is not seen. */
  encodePicture(picture: Rgb, noise: Float32Array, encoding?: Encoding): Promise<Float32Array>
  /** The UNet's output for each row. `batch` ≥ rows: the rest is filled with copies of the first row. */
  predict(rows: readonly Row[], size: LatentSize, batch: number): Promise<Float32Array[]>
  /** Pictures from latents that are divided by the scaling factor already; by the folder's own autoencoder if left out. */
  decode(latents: readonly Float32Array[], size: LatentSize, batch: number, by?: Autoencoder): Promise<Rgb[]>
  /** What the model's safety checker says of a finished picture; undefined where there is none. */
  readonly detectNsfw?: DetectNsfw | undefined
  release(): Promise<void>
}

/** From which on the operators that styles are taken with have the form in which they are written. */
const oldestOpset = 13

export interface PipelineOptions {
  readonly device: Device
  readonly threads?: number | undefined
  /** Computes in float32 whatever the components have; the CPU has hardly any operators for halves. */
  readonly upcast: boolean
  readonly onLoading?: ReportLoading | undefined
}

/**
 * The runtime's threads otherwise burn their cores between operators while they wait for each other. On cores that
 * others use as well (a server, a bot, people's browsers) that made a picture cost 320 to 570 ms instead of 25.
 */
const withoutSpinning = { intra_op: { allow_spinning: '0' } }
/**
 * On a CPU the runtime keeps a second copy of a matrix, packed as it multiplies fastest. An encoder that reads a prompt
 * once for a whole picture does without: CLIP-L then has 24 MB of its own instead of 358, and takes 370 ms instead of 190.
 */
const withoutPrepacking = { disable_prepacking: '1' }

export async function openPipeline(
  folder: ModelFolder,
  { device, threads, upcast, onLoading = () => undefined }: PipelineOptions,
): Promise<Pipeline> {
  const settings = { provider: device, ...(threads ? { threads } : {}), extra: { session: withoutSpinning } }
  const rarely = { ...settings, extra: { session: { ...withoutSpinning, ...withoutPrepacking } } }
  const beforePart = createLoadingReport(
    folder.parts.map(({ info }) => info.bytes),
    onLoading,
  )
  const upcastVae = upcast || folder.upcastVae
  const open = (component: Component, edit?: EditModel) => {
    beforePart()
    const isVae = component === folder.vaeDecoder || component === folder.vaeEncoder
    const isTextEncoder = component === folder.textEncoder || component === folder.secondEncoder?.component
    return component.open({ ...(isTextEncoder ? rarely : settings), upcast: isVae ? upcastVae : upcast, edit })
  }
  const textEncoder = await open(folder.textEncoder)
  const secondEncoder = folder.secondEncoder && (await open(folder.secondEncoder.component))
  let targets: readonly Target[] = []
  let untargeted: readonly string[] = []
  let special: SpecialOperators = { closed: [], untrainable: [] }
  const edit = (model: Model) => {
    special = specialOperatorsIn(model.graph)
    const all = (model.opsets[''] ?? 0) >= oldestOpset ? findTargets(model.graph, targetKinds) : []
    ;({ chosen: targets, untargeted } = chosenTargets(all, folder.styleTargets))
    return targets.length > 0 ? takeStyles(model, targets) : model
  }
  const unet = await open(folder.unet, edit)
  const styles =
    targets.length > 0 ? spaceOf(targets, folder.latentChannels, { untargeted, closed: special.closed }) : undefined
  const vaeDecoder = await open(folder.vaeDecoder)
  const vaeEncoder = folder.vaeEncoder && (await open(folder.vaeEncoder))
  const { tinyAutoencoder } = folder
  const tinyDecoder = tinyAutoencoder && (await open(tinyAutoencoder.decoder))
  const tinyEncoder = tinyAutoencoder?.encoder && (await open(tinyAutoencoder.encoder))
  const encoders = {
    full: vaeEncoder && pictureEncoderOf(vaeEncoder, folder, { samples: folder.encoderSamples }),
    tiny: tinyEncoder && pictureEncoderOf(tinyEncoder, folder, { samples: true }),
  }
  const safetyChecker = folder.hasSafetyChecker
    ? safetyCheckerOf(folder.path, { ...rarely, upcast }, folder.cache)
    : undefined
  // Small, and never worth the way to another device.
  const texturing = openTexturing({ ...settings, provider: 'cpu' })
  let upcastDecoder: Session | undefined
  const decoders = {
    full: decoderOf(vaeDecoder, folder, async () => {
      // Halves overflow at 65 504, which the decoders of some models pass on the way to an ordinary picture.
      if (!folder.vaeDecoder.isHalf || upcastVae) return undefined
      upcastDecoder ??= await folder.vaeDecoder.open({ ...settings, upcast: true })
      return upcastDecoder
    }),
    tiny: tinyDecoder && decoderOf(tinyDecoder, folder, async () => undefined),
  }
  return {
    folder,
    device,
    styles,
    ignored: [...ignoredBy(folder, device, upcast), ...specialOperatorNotes(special)],
    untrainable: special.untrainable,
    encodePrompt: promptEncoderOf({ textEncoder, secondEncoder }, folder),
    async encodePicture(picture, noise, { autoencoder, masked } = { autoencoder: 'full' }) {
      const encode = encoders[autoencoder] ?? missing(`${autoencoder} autoencoder that encodes`)
      return encode(picture, noise, masked)
    },
    predict: predictorOf(unet, folder, styles, device),
    async decode(latents, size, batch, by = 'full') {
      const decode = decoders[by] ?? missing(`${by} autoencoder`)
      return decode(latents, size, batch)
    },
    textured: texturing.textured,
    untextured: texturing.untextured,
    detectNsfw: safetyChecker?.detectNsfw,
    async release() {
      await safetyChecker?.release()
      await texturing.release()
      const autoencoders = [vaeDecoder, vaeEncoder, upcastDecoder, tinyDecoder, tinyEncoder]
      for (const session of [textEncoder, secondEncoder, unet, ...autoencoders]) await session?.release()
    },
  }
}

function ignoredBy(folder: ModelFolder, device: Device, upcast: boolean): string[] {
  const halves = folder.parts.filter(component => component.isHalf)
  const isHalfVae = folder.vaeDecoder.isHalf || folder.vaeEncoder?.isHalf
  return [
    ...(!upcast && folder.upcastVae && isHalfVae
      ? ['half precision of the autoencoder: this one overflows in it (force_upcast), so it is computed in float32.']
      : []),
    ...(upcast && halves.length > 0
      ? [`half precision of ${halves.map(({ name }) => name).join(', ')}: ${device} computes it in float32.`]
      : []),
    ...(folder.previewMap ? [] : ['latent previews: this model has no preview.json; decoded ones are made.']),
  ]
}

function missing(what: string): never {
  throw new Error(`Expected a model with a ${what}`)
}
