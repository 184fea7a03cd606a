import { vi } from 'vitest'
import type { Box, SceneElement } from '../../protocol/scene.ts'
import { createFrameRaster } from '../../server/raster.ts'
import { patient } from '../support/patience.ts'
import { openRoomClient } from '../support/roomClient.ts'
import { byId } from '../support/scenes.ts'
import type { Person } from './person.ts'

/** What is seen of a frame's ink on a page. */
interface Picture {
  readonly width: number
  readonly height: number
  readonly rgb: readonly number[]
  readonly left: number
  readonly top: number
  readonly sheetWidth: number
}

/** How far the page's ink is from what the server gives to the model, 0…255: the most, and on average where there is any. */
export async function differenceFromModel(
  person: Person,
  server: string,
): Promise<{ readonly most: number; readonly mean: number; readonly inked: number }> {
  const elements = await sceneOf(person, server)
  const page = await inkOn(person)
  const frame = elements.find(element => element.kind === 'frame')!
  const zoom = page.sheetWidth / frame.width
  const box: Box = {
    x: frame.x + page.left / zoom,
    y: frame.y + page.top / zoom,
    width: page.width / zoom,
    height: page.height / zoom,
  }
  const { data } = createFrameRaster().render(box, byId(elements), page, () => undefined)
  const differences = page.rgb.map((value, index) => Math.abs(value - data[index]!))
  const inked = differences.filter((_, index) => page.rgb[index] !== 255 || data[index] !== 255)
  return {
    most: differences.reduce((most, one) => Math.max(most, one), 0),
    mean: inked.reduce((sum, one) => sum + one, 0) / Math.max(1, inked.length),
    inked: inked.length,
  }
}

/** What the room holds, as another page would get it. */
export async function sceneOf(person: Person, server: string): Promise<readonly SceneElement[]> {
  const cookie = (await person.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const secret = new URL(person.page.url()).pathname.split('/').at(-1)!
  const client = openRoomClient({ url: server, secret, cookie })
  client.connect()
  await vi.waitUntil(() => client.welcome !== null, patient(25_000))
  const elements = [...client.sync.scene.elements.values()]
  client.close()
  return elements
}

/** The ink of the canvases below the painting, within the frame over white, and the part of the scene that this is. */
async function inkOn(person: Person): Promise<Picture> {
  return person.page.evaluate(() => {
    const sheet = document.querySelector('.sheet')!.getBoundingClientRect()
    const [left, top] = [Math.ceil(sheet.left), Math.ceil(sheet.top)]
    const [width, height] = [Math.floor(sheet.right) - left, Math.floor(sheet.bottom) - top]
    const seen = new OffscreenCanvas(width, height).getContext('2d')!
    seen.fillStyle = '#ffffff'
    seen.fillRect(0, 0, width, height)
    const layers = [...document.querySelector('.layer-inks')!.querySelectorAll('canvas')]
    layers.sort((a, b) => Number(a.style.zIndex) - Number(b.style.zIndex))
    for (const canvas of [document.querySelector<HTMLCanvasElement>('canvas.ink')!, ...layers]) {
      const place = canvas.getBoundingClientRect()
      seen.globalAlpha = Number(canvas.style.opacity || 1)
      seen.drawImage(canvas, place.left - left, place.top - top, place.width, place.height)
    }
    const { data } = seen.getImageData(0, 0, width, height)
    const rgb = [...data].filter((_, index) => index % 4 < 3)
    return { width, height, rgb, left: left - sheet.left, top: top - sheet.top, sheetWidth: sheet.width }
  })
}
