/** What frames ask for beyond their words, over real sockets and painted by the embedded model. */
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, openEngine, type Rgb } from '../../engine/index.ts'
import { doubled } from '../../engine/pipeline/resample.ts'
import type { FrameResult } from '../../protocol/events.ts'
import type { PaintOptions } from '../../protocol/frameOptions.ts'
import type { Uploaded } from '../../protocol/http.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import type { FileHash, PictureId } from '../../studio/studio.ts'
import type { TestEngine } from '../support/engine.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
let ada: RoomClient
let cookie: string
let secret: string
/** Of every picture that is painted here. */
const side = 256

beforeAll(async () => {
  const modelFolder = new URL('../../models/fourstroke-256', import.meta.url).pathname
  const engine = await openEngine({ modelFolder, device: 'cpu', threads: 1, batches: [1], warmUp: false })
  // Nothing here looks into it, as tests do with theirs.
  server = await buildServer({ engine: engine as Engine as TestEngine })
  cookie = await server.newGuest()
  secret = (await server.newRoom(cookie)).edit
  ada = await enterRoom({ url: server.url, secret, cookie })
})
afterAll(async () => {
  ada?.close()
  await server?.close()
})

/** A mask that is white in columns from `from` to before `to`, in 256ths of the width, uploaded as a page does it. */
async function uploadMask(from: number, to: number, owner = { cookie, secret }): Promise<string> {
  const data = Uint8Array.from({ length: side * side }, (_, i) => (i % side >= from && i % side < to ? 255 : 0))
  const png = await sharp(data, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer()
  const response = await fetch(`${server.url}/upload`, {
    ...{ method: 'POST', body: new Uint8Array(png) },
    headers: { cookie: owner.cookie, 'x-room-secret': owner.secret, 'content-type': 'image/png' },
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as Uploaded).file
}

/** A frame with a rectangle in it, away from all others. */
async function drawFrame(id: string, fields: Partial<Omit<FrameElement, 'kind'>> = {}, isDrawn = true): Promise<void> {
  const y = 400 * ada.sync.scene.elements.size
  const words = { prompt: 'a red house by a lake', guidance: 3, live: false }
  ada.operate(add(buildFrame({ id, y, ...words, ...fields })))
  if (isDrawn) ada.operate(add(buildRectangle({ id: `${id}-r`, x: 30, y: y + 40, z: 'a3' })))
  await until(() => ada.isSettled)
}

const ask = (frameId: string, options?: PaintOptions) =>
  ada.ask<{ job: string }>(reply => ada.socket.emit('frame:paint', { frameId, ...(options && { options }) }, reply))

async function paint(frameId: string, options?: PaintOptions): Promise<FrameResult> {
  const before = ada.kept.length
  const answer = await ask(frameId, options)
  expect(answer).toMatchObject({ ok: true })
  await until(() => ada.kept.length > before)
  return ada.kept.at(-1)!
}

async function pixelsOf(file: string): Promise<Rgb> {
  const { data, info } = await sharp((await server.studio.pictures.files.read(file as FileHash))!)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8Array(data) }
}
async function drawingOf({ picture }: FrameResult): Promise<Rgb> {
  const { recipe } = (await server.studio.pictures.find(picture as PictureId))!
  return pixelsOf(recipe.image!)
}

/** The mean difference of channels in columns from `from` to before `to`. */
function difference(one: Rgb, other: Rgb, from = 0, to = Math.min(one.width, other.width)): number {
  let sum = 0
  for (let y = 0; y < Math.min(one.height, other.height); y++) {
    for (let i = from * 3; i < to * 3; i++) {
      sum += Math.abs(one.data[y * one.width * 3 + i]! - other.data[y * other.width * 3 + i]!)
    }
  }
  return sum / ((to - from) * 3 * Math.min(one.height, other.height))
}

/** The mean difference between a column and the one before it. */
function stepOver({ width, height, data }: Rgb, x: number): number {
  let sum = 0
  for (let y = 0; y < height; y++) {
    const start = (y * width + x) * 3
    for (let channel = 0; channel < 3; channel++) sum += Math.abs(data[start + channel]! - data[start - 3 + channel]!)
  }
  return sum / (3 * height)
}

test('P9: a mask that was uploaded lets only what is white in it change, for one picture and live', async () => {
  const maskImage = await uploadMask(128, 256)
  await drawFrame('masked')
  const once = await paint('masked', { maskImage })
  const [picture, drawing] = [await pixelsOf(once.file), await drawingOf(once)]
  expect(difference(picture, drawing, 0, 128)).toBe(0)
  expect(difference(picture, drawing, 128)).toBeGreaterThan(5)

  const shown = ada.shown.length
  ada.operate({ type: 'change', id: 'masked', change: { options: { maskImage, maskBlur: 2 }, live: true } })
  await until(() => ada.states.get('masked')?.state === 'fresh' && ada.shown.length > shown)
  await until(() => ada.kept.length > 1)
  const live = ada.kept.at(-1)!
  expect(live.recipe).toMatchObject({ maskImage, maskBlur: 2 })
  expect(difference(await pixelsOf(live.file), drawing, 0, 120)).toBe(0)
  ada.operate({ type: 'change', id: 'masked', change: { live: false } })
  await until(() => ada.isSettled)
})

test('P9: a mask that somebody else has uploaded elsewhere is not there', async () => {
  const ben = await server.newGuest()
  const { edit } = await server.newRoom(ben)
  const maskImage = await uploadMask(0, 17, { cookie: ben, secret: edit })
  await drawFrame('stranger')
  expect(await ask('stranger', { maskImage })).toMatchObject({ ok: false, error: { code: 'file/missing' } })
})

test('P10: regions that agree with the frame change nothing, and another prompt takes part where its mask is white', async () => {
  const mask = await uploadMask(0, 128)
  await drawFrame('regions', {}, false)
  const prompt = 'a red house by a lake'
  const plain = await pixelsOf((await paint('regions')).file)
  const agreed = await paint('regions', { regions: [{ mask, prompt }] })
  expect(difference(await pixelsOf(agreed.file), plain)).toBeLessThan(0.5)
  const other = await paint('regions', { regions: [{ mask, prompt: 'a green tree', guidance: 5 }] })
  expect(other.recipe.regions).toMatchObject([{ prompt: 'a green tree', mask }])
  const picture = await pixelsOf(other.file)
  expect(difference(picture, plain, 0, 128)).toBeGreaterThan(2 * difference(picture, plain, 160))
})

test('P11: a branch has the first steps of its parent, bit by bit, and then says what the frame says', async () => {
  await drawFrame('branch', {}, false)
  const parent = await paint('branch')
  // Every step's picture can be asked for again, without loss: what a page is shown on the way is compressed.
  const step = async (options: PaintOptions) => pixelsOf((await paint('branch', options)).file)
  ada.operate({ type: 'change', id: 'branch', change: { prompt: 'a green tree', seed: 11 } })
  await until(() => ada.isSettled)
  const from = { picture: parent.picture }
  const branch = await paint('branch', { from: { ...from, step: 2 } })
  expect(branch.recipe).toMatchObject({ prompt: 'a green tree', seed: 11, prefix: [{ untilStep: 2, seed: 7 }] })
  expect(difference(await pixelsOf(branch.file), await pixelsOf(parent.file))).toBeGreaterThan(1)
  const ofBranch = { picture: branch.picture }
  expect(await step({ from: ofBranch, endStep: 2 })).toEqual(await step({ from, endStep: 2 }))
  // The same recipe without a step is the same picture.
  expect(await step({ from: ofBranch })).toEqual(await pixelsOf(branch.file))
  expect(ada.states.get('branch')?.state).not.toBe('fresh')
  expect(await ask('branch', { from: { ...from, step: 9 } })).toMatchObject({
    ok: false,
    error: { code: 'request/branch' },
  })
})

test('P12: a drawing is extended with its own pixels kept, and enlarged to twice its sides', async () => {
  await drawFrame('larger')
  const extended = await paint('larger', { outpaint: { left: 0, top: 0, right: 64, bottom: 0 } })
  const wide = await pixelsOf(extended.file)
  expect([extended.width, extended.height, wide.width, wide.height]).toEqual([320, side, 320, side])
  const drawing = await drawingOf(extended)
  // The mask fades some pixels into what was there.
  expect(difference(wide, drawing, 0, 232)).toBe(0)
  // No column steps off where the picture ended: a hard mask leaves steps of 15 and more there (bench/painting.ts).
  for (let x = 234; x <= 260; x++) expect(stepOver(wide, x)).toBeLessThan(8)

  const plain = await paint('larger')
  const large = await paint('larger', { upscale: { strength: 0 } })
  expect([large.width, large.height]).toEqual([512, 512])
  expect(await pixelsOf(large.file)).toEqual(doubled(await pixelsOf(plain.file)))
})

test('P13: a picture is repainted within a mask by other words, and stays as it is once it is the paper', async () => {
  const maskImage = await uploadMask(128, 256)
  await drawFrame('repainted')
  const before = await paint('repainted')
  const words = { prompt: 'a green tree', strength: 0.9 }
  const after = await paint('repainted', { image: before.file, maskImage, ...words })
  expect(after.recipe).toMatchObject({ ...words, maskImage })
  const [picture, old] = [await pixelsOf(after.file), await pixelsOf(before.file)]
  expect(difference(picture, old, 0, 128)).toBe(0)
  expect(difference(picture, old, 128)).toBeGreaterThan(5)
  expect(ada.states.get('repainted')?.state).not.toBe('fresh')
  const shown = ada.shown.length
  ada.operate({ type: 'remove', ids: ['repainted-r'] })
  const paper = { kind: 'picture', file: after.file } as const
  ada.operate({ type: 'change', id: 'repainted', change: { paper, live: true } })
  await until(() => ada.isSettled && ada.states.get('repainted')?.state === 'fresh')
  expect(ada.shown.length).toBe(shown)
  ada.operate({ type: 'change', id: 'repainted', change: { live: false } })
  await until(() => ada.isSettled)
})

test('P13: a picture is continued to the left, and its frame grows without being painted again', async () => {
  await drawFrame('continued', { width: 256, height: 256 }, false)
  const before = await paint('continued')
  const outpaint = { left: 64, top: 0, right: 0, bottom: 0 }
  const after = await paint('continued', { image: before.file, outpaint, strength: 0.9 })
  expect([after.width, after.height]).toEqual([320, 256])
  const [wide, old] = [await pixelsOf(after.file), await pixelsOf(before.file)]
  const kept = Array.from({ length: old.height }, (_, y) => [
    ...wide.data.slice((y * 320 + 88) * 3, (y * 320 + 320) * 3),
  ])
  const same = Array.from({ length: old.height }, (_, y) => [
    ...old.data.slice((y * 256 + 24) * 3, (y * 256 + 256) * 3),
  ])
  expect(kept).toEqual(same)
  const shown = ada.shown.length
  const paper = { kind: 'picture', file: after.file } as const
  ada.operate({ type: 'change', id: 'continued', change: { x: -64, width: 320, paper, live: true } })
  await until(() => ada.isSettled && ada.states.get('continued')?.state === 'fresh')
  expect(ada.shown.length).toBe(shown)
  ada.operate({ type: 'change', id: 'continued', change: { live: false } })
  await until(() => ada.isSettled)
})

test('P13: regions grow with their frame, which is not painted again for that', async () => {
  const [mask, grown] = [await uploadMask(0, 128), await uploadMask(64, 192)]
  const region = { prompt: 'a green tree', guidance: 4 }
  await drawFrame('regional', { width: 256, height: 256, options: { regions: [{ ...region, mask }] } }, false)
  const before = await paint('regional')
  const regions = [{ ...region, mask: grown }]
  const outpaint = { left: 0, top: 0, right: 64, bottom: 0 }
  const after = await paint('regional', { image: before.file, outpaint, regions, strength: 0.9 })
  const shown = ada.shown.length
  const paper = { kind: 'picture', file: after.file } as const
  ada.operate({ type: 'change', id: 'regional', change: { width: 320, paper, live: true, options: { regions } } })
  await until(() => ada.isSettled && ada.states.get('regional')?.state === 'fresh')
  expect(ada.shown.length).toBe(shown)
  ada.operate({ type: 'change', id: 'regional', change: { live: false } })
  await until(() => ada.isSettled)
})

test('P14: a live frame is painted at twice the side when its pen rests, and that is what is saved', async () => {
  const before = ada.kept.length
  await drawFrame('finer', { live: true, options: { isFiner: true } })
  await until(() => ada.kept.length > before)
  const finer = ada.kept.at(-1)!
  expect(finer).toMatchObject({ frameId: 'finer', width: 512, height: 512 })
  expect(finer.recipe.upscale).toBeDefined()
  await until(() => ada.states.get('finer')?.state === 'fresh')
  ada.operate({ type: 'change', id: 'finer', change: { live: false } })
  await until(() => ada.isSettled)
})

test('P8: options of one request leave the frame as it is, and two at a time are refused', async () => {
  await drawFrame('once', { options: { guidanceByStep: [5, 4, 3, 2] } }, false)
  const first = ask('once', { variation: { seed: 5, strength: 0.3 } })
  const second = ask('once', { endStep: 1 })
  expect(await second).toMatchObject({ ok: false, error: { code: 'frame/busy' } })
  expect(await first).toMatchObject({ ok: true })
  await until(() => ada.kept.some(({ frameId }) => frameId === 'once'))
  const varied = ada.kept.find(({ frameId }) => frameId === 'once')!
  expect(varied.recipe).toMatchObject({ guidanceByStep: [5, 4, 3, 2], variation: { seed: 5, strength: 0.3 } })
  expect(ada.sync.scene.elements.get('once')).toMatchObject({ options: { guidanceByStep: [5, 4, 3, 2] } })
  const said = await paint('once')
  expect(said.recipe).toMatchObject({ guidanceByStep: [5, 4, 3, 2] })
  expect(said.recipe.variation).toBeUndefined()
})

test('P8: what does not fit is refused, with the place or with what the model expects', async () => {
  await drawFrame('wrong', {}, false)
  const mask = 'a'.repeat(64)
  const many = Array.from({ length: 9 }, () => ({ mask, prompt: 'a tree' }))
  const refusals: [PaintOptions, string, RegExp][] = [
    [{ regions: many }, 'message/invalid', /options\.regions/],
    [{ upscale: { strength: 0.9 } }, 'message/invalid', /options\.upscale\.strength/],
    [{ negativePrompt: 'a cat' }, 'request/negative-prompt', /guidance/],
    [{ guidanceByStep: [3, 3] }, 'request/guidance', /4/],
    [{ endStep: 7 }, 'request/steps', /4/],
    [{ maskImage: mask }, 'file/missing', /./],
  ]
  for (const [options, code, words] of refusals) {
    const answer = await ask('wrong', options)
    expect([JSON.stringify(options).slice(0, 40), answer]).toMatchObject([
      expect.any(String),
      { ok: false, error: { code, message: expect.stringMatching(words) } },
    ])
  }
})
