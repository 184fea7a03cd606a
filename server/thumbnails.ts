import { type Canvas, createCanvas } from '@napi-rs/canvas'
import sharp from 'sharp'
import { drawLayers, drawPaper } from '../protocol/draw.ts'
import { boundsOf } from '../protocol/geometry.ts'
import { byDepth, inkByLayer } from '../protocol/layers.ts'
import type { Box, Element, FrameElement, SceneElement } from '../protocol/scene.ts'
import type { PersonId, RoomId, RoomOfPerson, Studio } from '../studio/studio.ts'
import type { Images } from './images.ts'
import { createSheet, drawingOn, type Picture } from './raster.ts'
import { readRoom } from './roomLoad.ts'

/** Rooms as small pictures: drawn when they are looked at, and kept until the room changes. */
export interface Thumbnails {
  /** The room as it is now, as WebP, for those who have been there; null for everybody else. */
  of(room: RoomId, by: PersonId): Promise<Uint8Array | null>
}

/** Pixels. */
const size = { width: 480, height: 320 }
const marginShare = 0.06
/** Of rooms whose picture is kept: about 10 kB each. */
const maxKept = 200
/** The desk that a room lies on. */
const desk = '#f1eee9'
/** A room without anything is as large as one frame. */
const emptyBox: Box = { x: -256, y: -256, width: 512, height: 512 }

export function createThumbnails({
  studio,
  images,
}: {
  readonly studio: Pick<Studio, 'rooms' | 'pictures'>
  readonly images: Images
}): Thumbnails {
  /** By room, with the clock that it shows; whichever was looked at longest ago comes first. */
  const known = new Map<RoomId, Drawn>()
  // One after the other: a list of rooms asks for all of them at once.
  let last: Promise<unknown> = Promise.resolve()

  function keep(room: RoomId, drawn: Drawn): void {
    known.delete(room)
    known.set(room, drawn)
    for (const oldest of known.keys()) {
      if (known.size <= maxKept) return
      known.delete(oldest)
    }
  }

  async function draw(room: RoomId): Promise<Uint8Array> {
    const { elements } = await readRoom(studio.rooms, room)
    const scene = sceneOf(elements)
    const shown = await picturesOf(studio, room, scene.frames)
    await images.load(new Set([...filesOf(scene), ...shown.values()]))
    return encode(drawScene(scene, elements, images, shown))
  }

  return {
    async of(room, by) {
      const place = await studio.rooms.findFor(by, room)
      if (!place) return null
      const drawn = known.get(room)
      if (drawn && isFresh(drawn, place, Date.now())) {
        keep(room, drawn)
        return drawn.image
      }
      const image = last.then(() => draw(room))
      last = image.catch(() => undefined)
      keep(room, { clock: place.clock, drawnAt: Date.now(), image })
      image.catch(() => known.delete(room))
      return image
    },
  }
}

interface Drawn {
  readonly clock: number
  readonly drawnAt: number
  readonly image: Promise<Uint8Array>
}

/** Frames are painted in a while after the last stroke: until then a picture is drawn anew, but not all the time. */
const paintingMs = 60_000
const restMs = 5_000
const isFresh = (drawn: Drawn, { clock, changedAt }: RoomOfPerson, now: number): boolean =>
  drawn.clock === clock && (drawn.drawnAt > changedAt.getTime() + paintingMs || now < drawn.drawnAt + restMs)

interface ShownScene {
  readonly frames: readonly FrameElement[]
  readonly ink: readonly Element[]
  readonly box: Box
}

function sceneOf(elements: ReadonlyMap<string, SceneElement>): ShownScene {
  const shown = [...elements.values()]
    .filter((element): element is Element => !element.removed && element.kind !== 'layer')
    .sort(byDepth)
  return {
    frames: shown.filter((element): element is FrameElement => element.kind === 'frame'),
    ink: shown.filter(({ kind }) => kind !== 'frame'),
    box: fitted(shown.map(boundsOf)),
  }
}

/** A box in the picture's proportions around all of these, with a margin. */
function fitted(boxes: readonly Box[]): Box {
  const around = boxes.length === 0 ? emptyBox : unionOf(boxes)
  const scale = Math.max(around.width / size.width, around.height / size.height, 0.5) * (1 + 2 * marginShare)
  const [width, height] = [size.width * scale, size.height * scale]
  return { x: around.x + (around.width - width) / 2, y: around.y + (around.height - height) / 2, width, height }
}

function unionOf(boxes: readonly Box[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const box of boxes) {
    left = Math.min(left, box.x)
    top = Math.min(top, box.y)
    right = Math.max(right, box.x + box.width)
    bottom = Math.max(bottom, box.y + box.height)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** The files of the pictures that frames show: the newest that was saved of each. */
async function picturesOf(
  { pictures }: Pick<Studio, 'pictures'>,
  room: RoomId,
  frames: readonly FrameElement[],
): Promise<ReadonlyMap<string, string>> {
  const shown = new Map<string, string>()
  for (const { id } of frames) {
    const [newest] = (await pictures.ofFrame(room, id, 1)).filter(({ state }) => state === 'finished')
    if (newest?.file) shown.set(id, newest.file)
  }
  return shown
}

function* filesOf({ frames, ink }: ShownScene): Iterable<string> {
  for (const { paper } of frames) if (paper?.kind === 'picture') yield paper.file
  for (const element of ink) if (element.kind === 'image') yield element.file
}

/** Width × height × RGBA. */
function drawScene(
  { frames, ink, box }: ShownScene,
  elements: ReadonlyMap<string, SceneElement>,
  images: Images,
  shown: ReadonlyMap<string, string>,
): Buffer {
  const support = { pictures: images.get, createSheet }
  const toScene = (sheet: Canvas) => {
    const context = sheet.getContext('2d')
    context.scale(size.width / box.width, size.height / box.height)
    context.translate(-box.x, -box.y)
    return context
  }
  const page = createCanvas(size.width, size.height)
  const context = page.getContext('2d')
  context.fillStyle = desk
  context.fillRect(0, 0, size.width, size.height)
  toScene(page)
  for (const frame of frames) drawPaper<Picture>(drawingOn(context), frame, images.get)
  const above = createCanvas(size.width, size.height)
  drawLayers<Picture>(drawingOn(toScene(above)), inkByLayer(ink, elements), box, support)
  context.drawImage(above, box.x, box.y, box.width, box.height)
  for (const frame of frames) {
    const picture = images.get(shown.get(frame.id) ?? '')
    if (picture) context.drawImage(picture, frame.x, frame.y, frame.width, frame.height)
  }
  return page.data()
}

function encode(pixels: Buffer): Promise<Uint8Array> {
  return sharp(pixels, { raw: { ...size, channels: 4 } })
    .webp({ quality: 82 })
    .toBuffer()
}
