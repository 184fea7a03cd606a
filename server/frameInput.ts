import { createHash } from 'node:crypto'
import { type FrameStyle, stylesOfFrame } from '../protocol/frameOptions.ts'
import type { LayerInk } from '../protocol/layers.ts'
import { isSameValue } from '../protocol/sameValue.ts'
import type { FrameElement } from '../protocol/scene.ts'
import { snapStrength } from '../protocol/strength.ts'
import {
  asPersonId,
  asStyleId,
  type FileHash,
  type LiveRequest,
  type PictureOptions,
  type RoomId,
  type Studio,
  type StyleSelection,
} from '../studio/studio.ts'
import { type PictureSettings, pictureSettings, withoutIdleWords } from './frameOptions.ts'
import type { Images } from './images.ts'
import { type FrameRaster, inkInside, type Raster } from './raster.ts'
import type { Room } from './room.ts'
import { fitSize } from './size.ts'

/** All that decides a frame's picture: what is drawn in it, and what it says. */
export interface FrameInput {
  readonly clock: number
  readonly frame: FrameElement
  readonly raster: Raster
  readonly recipe: {
    readonly prompt: string
    readonly seed: number
    readonly steps: number
    readonly guidance: number
    /** null: nothing is drawn, so the picture starts from noise alone. */
    readonly strength: number | null
    readonly styles: readonly StyleSelection[]
    readonly settings: PictureSettings
  }
  /** Equal inputs have equal pictures. */
  readonly hash: string
  /** What the frame says, without what is drawn: equal settings over its own picture have nothing new to paint. */
  readonly settings: string
  /** Of the drawing, as text. */
  readonly size: string
  /** Whether its live picture is followed by a finer one when the pen rests. */
  readonly isFiner: boolean
  /** The picture that is the paper, where no ink lies on it. */
  readonly barePicture: string | null
}

/** Looks at a frame as it is now. */
export async function readFrameInput(
  frameId: string,
  room: Pick<Room, 'scene' | 'present' | 'clock'>,
  raster: FrameRaster,
  images: Images,
  { engine, styles }: Pick<Studio, 'engine' | 'styles'>,
): Promise<FrameInput | null> {
  const found = room.scene.elements.get(frameId)
  if (found?.kind !== 'frame') return null
  await images.load(filesIn(found, inkInside(found, room.present)))
  const known = new Map((await styles.inRoom(idsOf(found))).map(style => [style.id, style]))
  // Waiting for images took time: from here on nothing waits, so clock, frame and drawing belong together.
  const frame = room.scene.elements.get(frameId)
  if (frame?.kind !== 'frame' || frame.removed) return null
  // A paper or a style has come meanwhile: whoever put it there has caused another look.
  if (!isSameValue(frame.paper, found.paper)) return null
  if (idsOf(frame).some(id => !idsOf(found).includes(id))) return null
  const { model } = engine
  const drawing = raster.render(frame, room.present, fitSize(frame, model.sizes), images.get)
  const { isFiner = false, ...said } = frame.options ?? {}
  const readsThem = !model.guidanceEmbedding
  const options = withoutIdleWords(said, { guidance: frame.guidance, readsThem })
  // A mask speaks of what lies under it, if only of bare paper.
  const paintsOver = (drawing.isDrawn || options.maskImage !== undefined) && model.canPaintOver
  const { seed, steps, guidance } = frame
  const strength = paintsOver ? snapStrength(frame.strength, steps) : null
  const select = (all: readonly FrameStyle[]) =>
    all.flatMap(({ style, weight, by }): StyleSelection[] => {
      const id = asStyleId(style) // the protocol knows ids as plain strings
      const here = known.get(id)
      // One that was deleted is gone from every frame: the others go on without it.
      if (!here) return []
      const { version } = here
      return [{ style: id, weight, ...(version && { version }), lender: asPersonId(by ?? frame.author) }]
    })
  const selections = select(frame.styles ?? [])
  const settings = pictureSettings(options, select)
  const recipe = { prompt: frame.prompt.trim(), seed, steps, guidance, strength, styles: selections, settings }
  const { width, height } = drawing
  /** What its picture follows from, as text; who lent a style is not among it, whether it can be used is. */
  function identityOf() {
    const { styles: _, settings: __, ...plain } = recipe
    const identify = (all: readonly StyleSelection[]) =>
      all.map(({ style, weight, version }) => [style, version, weight, known.get(style)?.error?.code])
    const regions = settings.regions?.map(region => ({ ...region, styles: identify(region.styles ?? []) }))
    return {
      ...{ ...plain, width, height, model: model.hash },
      ...(selections.length > 0 && { styles: identify(selections) }),
      ...(Object.keys(options).length > 0 && { settings: { ...settings, ...(regions && { regions }) } }),
    }
  }
  const hash = createHash('sha256').update(JSON.stringify(identityOf()))
  if (paintsOver) hash.update(drawing.data)
  if (paintsOver && drawing.inkMask) hash.update(drawing.inkMask.data)
  return {
    ...{ clock: room.clock, frame, raster: drawing, recipe, hash: hash.digest('hex'), isFiner },
    settings: settingsText({ frame, recipe }),
    size: `${width}x${height}`,
    barePicture: frame.paper?.kind === 'picture' && !drawing.hasInk ? frame.paper.file : null,
  }
}

/** `FrameInput.settings` of a frame, where it says these of its options instead. */
export function settingsText(
  { frame, recipe }: Pick<FrameInput, 'frame' | 'recipe'>,
  instead: Partial<PictureSettings> = {},
): string {
  const { prompt, seed, steps, guidance, styles, settings } = recipe
  return JSON.stringify([prompt, seed, steps, guidance, frame.strength, styles, { ...settings, ...instead }])
}

/** The images that a frame's raster needs. */
function filesIn({ paper }: FrameElement, inks: readonly LayerInk[]): Set<string> {
  const files = inks.flatMap(({ ink }) => ink).flatMap(element => (element.kind === 'image' ? element.file : []))
  return new Set(paper?.kind === 'picture' ? [...files, paper.file] : files)
}

/** The input as a live picture, painted over what is drawn. */
export function toLiveRequest({ frame, recipe, raster }: FrameInput, room: RoomId): LiveRequest {
  const { strength, settings, ...rest } = recipe
  const { width, height, data, inkMask } = raster
  const over = strength === null ? {} : { strength, image: { width, height, data }, ...(inkMask && { inkMask }) }
  return { room, frameId: frame.id, ...rest, ...settings, width, height, ...over }
}

/** The input as a durable picture. `image`: the file of what is painted over, null if nothing is; and where it is ink. */
export function toPictureOptions(
  { frame, recipe, raster }: FrameInput,
  room: RoomId,
  { image, inkMask }: { readonly image: FileHash | null; readonly inkMask?: FileHash | null },
): PictureOptions {
  const { strength, settings, ...rest } = recipe
  const { width, height } = raster
  const over = strength === null || image === null ? {} : { strength, image, ...(inkMask && { inkMask }) }
  return { ...rest, ...settings, width, height, ...over, frame: { room, frameId: frame.id } }
}

const idsOf = (frame: FrameElement) => stylesOfFrame(frame).map(({ style }) => asStyleId(style))
