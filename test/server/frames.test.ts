import { cpSync } from 'node:fs'
import { createCanvas } from '@napi-rs/canvas'
import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import type { FrameResult } from '../../protocol/events.ts'
import { limits } from '../../protocol/limits.ts'
import type { StrokeElement } from '../../protocol/scene.ts'
import type { Mask, PictureId, Studio } from '../../studio/studio.ts'
import { openTestEngine } from '../support/engine.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildLayer, buildRectangle, buildStroke } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { temporaryFolder, untilEnded } from '../support/studio.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(options: Parameters<typeof buildServer>[0] = {}) {
  const server = await buildServer(options)
  closers.push(() => server.close())
  return server
}

async function enter(server: TestServer, secret: string, cookie: string): Promise<RoomClient> {
  const client = await enterRoom({ url: server.url, secret, cookie })
  closers.push(() => client.close())
  return client
}

async function buildRoom(options: Parameters<typeof buildServer>[0] = {}) {
  const server = await start(options)
  const [adaCookie, benCookie] = [await server.newGuest(), await server.newGuest()]
  const secrets = await server.newRoom(adaCookie)
  const ada = await enter(server, secrets.edit, adaCookie)
  const ben = await enter(server, secrets.edit, benCookie)
  return { server, secrets, adaCookie, ada, ben }
}

const results = (client: RoomClient) => client.shown.filter(({ shown }) => shown.step === null)
const isFresh = (client: RoomClient, frameId = 'frame') => client.states.get(frameId)?.state === 'fresh'

test('a live frame is painted from words alone, then over what is drawn, for everybody', async () => {
  const { server, ada, ben } = await buildRoom()
  ada.operate(add(buildFrame()))
  await until(() => isFresh(ben))
  expect(server.engine.asks.at(-1)).toMatchObject({ prompt: 'a red house', priority: 'live', width: 64, height: 64 })
  expect(server.engine.asks.at(-1)!.image).toBeUndefined()

  ada.operate(add(buildStroke({ id: 's', x: 20, y: 20 })))
  await until(() => results(ben).length === 2 && isFresh(ben))
  const ask = server.engine.asks.at(-1)!
  expect(ask.strength).toBe(0.6)
  // The stroke is dark on white, where it was drawn.
  const pixel = (x: number, y: number) => [...ask.image!.data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)]
  expect(pixel(15, 10)[0]).toBeLessThan(100)
  expect(pixel(50, 50)).toEqual([255, 255, 255])

  const { shown, image } = results(ben).at(-1)!
  expect(shown).toMatchObject({ frameId: 'frame', clock: 2, box: { x: 0, y: 0, width: 128, height: 128 } })
  expect(await sharp(image).metadata()).toMatchObject({ format: 'webp', width: 64, height: 64 })
  await until(() => results(ada).length === 2)
  expect(server.faults).toEqual([])
})

test('only what is inside a frame makes it paint, and never twice the same', async () => {
  const { server, ada } = await buildRoom()
  ada.operate(add(buildFrame()))
  await until(() => isFresh(ada))
  ada.operate(add(buildStroke({ id: 'outside', x: 500, y: 500 })))
  ada.operate(add(buildRectangle({ id: 'r', x: 10, y: 10 })))
  await until(() => results(ada).length === 2 && isFresh(ada))
  ada.operate({ type: 'change', id: 'r', change: { fill: '#ff0000' } })
  ada.operate({ type: 'change', id: 'frame', change: { name: 'A name changes no picture' } })
  ada.undo()
  await until(() => ada.isSettled)
  expect(server.engine.asks).toHaveLength(2)
  ada.operate({ type: 'remove', ids: ['r'] })
  await until(() => results(ada).length === 3 && isFresh(ada))
  expect(server.engine.asks.at(-1)!.image).toBeUndefined()
})

test('D4 D6: a layer that is faded, hidden or kept from the model makes its frame paint, and a note does not', async () => {
  const { server, ada } = await buildRoom()
  ada.operate(add(buildFrame()))
  ada.operate(add(buildLayer()))
  ada.operate(add(buildRectangle({ id: 'r', x: 20, y: 20, fill: '#000000', layer: 'layer' })))
  const inked = (image: { readonly data: Uint8Array } | undefined) => image?.data[(20 * 64 + 15) * 3] ?? 255
  const untilInk = (value: number) => until(() => isFresh(ada) && inked(server.engine.asks.at(-1)!.image) === value)
  await untilInk(0)
  const change = (fields: object) => ada.operate({ type: 'change', id: 'layer', change: fields })
  change({ opacity: 0.5 })
  await until(() => Math.abs(inked(server.engine.asks.at(-1)!.image) - 127) <= 1)
  change({ hidden: true })
  await untilInk(255)
  change({ hidden: false, opacity: 1 })
  await untilInk(0)
  change({ unseen: true })
  await untilInk(255)
  const { length } = server.engine.asks
  ada.operate(add(buildRectangle({ id: 'note', x: 60, y: 60, layer: 'layer' })))
  await until(() => ada.isSettled && ada.states.get('frame')?.painted?.upTo === ada.sync.clock)
  expect(server.engine.asks).toHaveLength(length)
  // Moved away from under its ink, the frame has none; the ink lies on no layer then.
  ada.operate({ type: 'change', id: 'layer', change: { unseen: false } })
  await untilInk(0)
  ada.operate({ type: 'change', id: 'frame', change: { x: 500 } })
  await untilInk(255)
})

test('P3: says until which clock a picture is true, when what is drawn changes nothing that the model sees', async () => {
  const { ada, ben } = await buildRoom()
  ada.operate(add(buildFrame()))
  ada.operate(add(buildStroke({ id: 's', x: 20, y: 20 })))
  await until(() => isFresh(ben) && ben.isSettled && ada.isSettled && results(ben).length > 0)
  await until(() => results(ben).at(-1)!.shown.clock === 2)
  const changeNothing = [
    add(buildStroke({ id: 'white', color: '#ffffff', x: 60, y: 60 })),
    add(buildStroke({ id: 'eraser', erases: true, x: 60, y: 100 })),
    add(buildStroke({ id: 'outside', x: 130, y: 20, points: [-1, 0, 0, 900, 0, 0], size: 0.01 })),
  ]
  for (const [index, operation] of changeNothing.entries()) {
    ada.operate(operation)
    await until(() => ben.states.get('frame')?.painted?.upTo === 3 + index)
    expect(ben.states.get('frame'), operation.type).toMatchObject({ state: 'fresh', painted: { at: 2 } })
  }
  expect(results(ben).at(-1)!.shown.clock).toBe(2)
})

test('a picture that is restored over another drawing is shown and not called fresh, and is known by its id', async () => {
  const { ada, ben } = await buildRoom()
  ada.operate(add(buildFrame()))
  await until(() => ada.kept.length === 1)
  await until(() => ben.states.get('frame')?.picture === ada.kept[0]!.picture)
  ada.operate(add(buildStroke({ id: 's', x: 20, y: 20 })))
  await until(() => ada.kept.length === 2)
  const [words, drawn] = ada.kept
  await until(() => ben.states.get('frame')?.picture === drawn!.picture)
  const restore = (picture: string) =>
    ada.ask(reply => ada.socket.emit('frame:restore', { frameId: 'frame', picture }, reply))
  await restore(words!.picture)
  await until(() => ben.states.get('frame')?.picture === words!.picture)
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(ben.states.get('frame')).toMatchObject({ state: 'stale', picture: words!.picture })
  // The one that was painted from what is drawn is fresh again.
  await restore(drawn!.picture)
  await until(() => ben.states.get('frame')?.picture === drawn!.picture && isFresh(ben))
  expect(ada.errors).toEqual([])
})

test('P5: a stroke whose page goes away is finished, and so is one that an earlier program left behind', async () => {
  const { ada, ben } = await buildRoom()
  ada.operate(add(buildStroke({ id: 's', done: false })))
  await until(() => ben.sync.scene.elements.has('s'))
  ada.close()
  const stroke = () => ben.sync.scene.elements.get('s')
  await until(() => (stroke() as StrokeElement).done)
  expect(stroke()).toMatchObject({ author: ada.welcome!.you.id, points: [0, 0, 0.5, 10, 0, 0.5, 20, 5, 0.5] })
})

test('newest wins while a pen moves, and the last picture is of the last stroke', async () => {
  const { server, ada, ben } = await buildRoom({ engine: openTestEngine({ stepMs: 4 }) })
  ada.operate(add(buildFrame()))
  ada.operate(add(buildStroke({ id: 's', points: [10, 10, 0.5], done: false })))
  for (let i = 1; i <= 60; i++) {
    const done = i === 60
    ada.operate({ type: 'extend', id: 's', from: i, points: [10 + i, 10 + i, 0.5], done })
    await new Promise(resolve => setTimeout(resolve, 3))
  }
  await until(() => ada.isSettled && isFresh(ada) && isFresh(ben))
  // Far fewer pictures than changes, none waiting, and both people see the picture of the whole stroke.
  expect(server.engine.asks.length).toBeLessThan(60)
  expect(results(ben).at(-1)!.shown.clock).toBe(ada.sync.clock)
  expect(results(ben).at(-1)!.image).toEqual(results(ada).at(-1)!.image)
})

test('P2: a browser that shows slowly gets two pictures, then the newest', async () => {
  const { ada, ben } = await buildRoom()
  ben.acknowledges = false
  ada.operate(add(buildFrame()))
  for (let i = 0; i < 6; i++) {
    await until(() => isFresh(ada) && results(ada).length === i + 1)
    ada.operate(add(buildStroke({ id: `s${i}`, x: i * 15, y: 10 })))
  }
  await until(() => results(ada).length === 7 && isFresh(ben))
  expect(ben.shown).toHaveLength(limits.previewWindow)
  ben.socket.emit('preview:shown', ben.shown[0]!.shown.id)
  await until(() => ben.shown.length === 3)
  expect(ben.shown[2]!.image).toEqual(ada.shown.at(-1)!.image)
})

test('P4: painting once shows every step to everybody, and keeps the result', async () => {
  // Previews that nobody has acknowledged yet are left out for newer ones, so each step waits until Ben has seen the last.
  const history = () => ben.ask<unknown>(reply => ben.socket.emit('frame:history', { frameId: 'frame' }, reply))
  const beforeStep = async (step: number) => {
    await until(() => ben.shown.length === step - 1)
    await history()
  }
  const { server, adaCookie: cookie, ada, ben } = await buildRoom({ engine: openTestEngine({ beforeStep }) })
  ada.operate(add(buildFrame({ live: false })))
  ada.operate(add(buildRectangle({ id: 'r', x: 10, y: 10 })))
  await until(() => ada.isSettled)
  const asked = await ada.ask<{ job: string }>(reply => ada.socket.emit('frame:paint', { frameId: 'frame' }, reply))
  expect(asked.ok).toBe(true)
  await until(() => ben.kept.length === 1 && isFresh(ben))
  expect(ben.shown.map(({ shown }) => shown.step?.step ?? null)).toEqual([1, 2, 3, 4, null])
  expect(ben.kept[0]).toMatchObject({
    frameId: 'frame',
    recipe: { prompt: 'a red house', seed: 7, steps: 4, strength: 0.6 },
  })
  expect(await history()).toEqual({ ok: true, value: ben.kept })
  // Drawing more makes it stale, and taking that back fresh again.
  ada.operate(add(buildStroke({ id: 's' })))
  await until(() => ben.states.get('frame')?.state === 'stale')
  ada.undo()
  await until(() => isFresh(ben))
  expect(server.engine.asks).toHaveLength(1)
  const png = await fetch(`${server.url}/pictures/${ben.kept[0]!.picture}.png`, { headers: { cookie } })
  expect(png.headers.get('content-disposition')).toContain('attachment')
  expect((await sharp(await png.arrayBuffer()).metadata()).format).toBe('png')
})

test('painting can be cancelled by who asked, and failures come in words', async () => {
  const engine = openTestEngine({ failures: { 'a broken house': 'engine/not-finite' } })
  const { ada, ben } = await buildRoom({ engine })
  ada.operate(add(buildFrame({ live: false })))
  await until(() => ada.isSettled)
  engine.hold()
  await ada.ask(reply => ada.socket.emit('frame:paint', { frameId: 'frame' }, reply))
  await until(() => ben.states.get('frame')?.state === 'rendering')
  const refused = await ben.ask(reply => ben.socket.emit('frame:cancel', { frameId: 'frame' }, reply))
  expect(refused).toMatchObject({ ok: false, error: { code: 'picture/not-yours' } })
  await ada.ask(reply => ada.socket.emit('frame:cancel', { frameId: 'frame' }, reply))
  engine.release()
  await until(() => ben.states.get('frame')?.state === 'empty')
  ada.operate({ type: 'change', id: 'frame', change: { prompt: 'a broken house', live: true } })
  await until(() => ben.states.get('frame')?.state === 'failed')
  expect(ben.states.get('frame')!.error).toMatchObject({ code: 'engine/not-finite' })
})

test('P4: closing waits for a live picture that is just being kept', async () => {
  let keeps = 0
  const slowly = (studio: Studio): Studio => ({
    ...studio,
    live: {
      ...studio.live,
      async save(...what) {
        await new Promise(resolve => setTimeout(resolve, 200))
        const picture = await studio.live.save(...what)
        keeps++
        return picture
      },
    },
  })
  const { server, ada } = await buildRoom({ over: slowly })
  ada.operate(add(buildFrame()))
  await until(() => isFresh(ada))
  // The picture settles after a second; closing comes in the middle of its being kept.
  await new Promise(resolve => setTimeout(resolve, 1_100))
  await server.close()
  closers.splice(0, 1)
  expect(keeps).toBe(1)
  expect(server.faults).toEqual([])
})

test('a live picture that people settle on is kept, can be restored, and outlives the server', async () => {
  const { folder, remove } = temporaryFolder()
  closers.push(remove)
  const { server, ada, ben, secrets, adaCookie } = await buildRoom({ dataFolder: folder })
  ada.operate(add(buildFrame()))
  await until(() => ada.kept.length === 1)
  ada.operate({ type: 'change', id: 'frame', change: { seed: 8 } })
  await until(() => ada.kept.length === 2 && isFresh(ada))
  const [first] = ada.kept
  const asks = server.engine.asks.length
  await ben.ask(reply => ben.socket.emit('frame:restore', { frameId: 'frame', picture: first!.picture }, reply))
  await until(() => ben.sync.scene.elements.get('frame')?.kind === 'frame' && isFresh(ben) && results(ben).length === 3)
  expect(ben.sync.scene.elements.get('frame')).toMatchObject({ seed: 7, author: ada.welcome!.you.id })
  const restored = results(ben).at(-1)!.image
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(server.engine.asks).toHaveLength(asks)

  ada.close()
  ben.close()
  await server.close()
  closers.splice(1)
  const again = await start({ dataFolder: folder })
  const late = await enter(again, secrets.edit, adaCookie)
  await until(() => results(late).length === 1)
  expect(results(late)[0]!.image).toEqual(restored)
  await until(() => isFresh(late))
  // The same drawing needs no new picture.
  expect(again.engine.asks).toHaveLength(0)
  expect(again.faults).toEqual([])
})

test('a room made for a picture opens with it, inside a frame with its prompt, exactly once', async () => {
  const server = await start()
  const cookie = await server.newGuest()
  const person = (await server.studio.people.fromSecret(cookie.split('=')[1]!))!
  const { job } = await server.studio.pictures.request(person.id, 'chat', {
    prompt: 'a boat',
    width: 64,
    height: 32,
    seed: 5,
  })
  const { pictures } = await untilEnded(server.studio, job)
  const { links } = await server.studio.rooms.create(person.id, { name: 'From chat', opening: pictures[0]!.id })
  const asks = server.engine.asks.length
  const clients = await Promise.all([1, 2, 3].map(() => enter(server, links.edit, cookie)))
  await until(() => clients.every(client => results(client).length === 1))
  for (const { sync } of clients) {
    const elements = [...sync.scene.elements.values()]
    expect(elements).toMatchObject([
      {
        ...{ kind: 'frame', prompt: 'a boat', seed: 5, width: 512, height: 256, author: person.id },
        paper: { kind: 'picture', file: pictures[0]!.file },
      },
    ])
  }
  await until(() => clients.every(client => isFresh(client, 'opening-frame')))
  expect(server.engine.asks).toHaveLength(asks)
  clients[0]!.operate(add(buildStroke({ id: 's', z: 'b00', x: 30, y: 30 })))
  await until(() => clients.every(client => results(client).length === 2))
  expect(server.engine.asks.at(-1)!.image).toBeDefined()
})

test('P6: a picture that has become the paper is painted over, ink and all, and shows again where the ink is erased', async () => {
  const { server, ada, ben } = await buildRoom()
  ada.operate(add(buildFrame()))
  await until(() => isFresh(ben))
  const kept = await ada.ask<FrameResult>(reply => ada.socket.emit('frame:save', { frameId: 'frame' }, reply))
  if (!kept.ok) throw new Error(kept.error.message)
  const { file, picture } = kept.value
  await until(() => ben.states.get('frame')?.picture === picture)
  const bytes = await server.studio.pictures.files.read(file as never)
  const pixels = await sharp(bytes!).removeAlpha().raw().toBuffer()
  const asked = server.engine.asks.length

  // The paper alone is the picture that is there.
  const paper = { kind: 'picture', file } as const
  ada.operate({ type: 'change', id: 'frame', change: { paper } })
  await until(() => ben.states.get('frame')?.painted?.upTo === 2 && isFresh(ben))
  expect(server.engine.asks).toHaveLength(asked)

  ada.operate(add(buildStroke({ id: 's', color: '#ff0000', x: 20, y: 20, size: 20 })))
  await until(() => server.engine.asks.length > asked && isFresh(ben))
  const image = () => Buffer.from(server.engine.asks.at(-1)!.image!.data)
  const at = (data: Buffer, x: number, y: number) => [...data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)]
  expect(at(image(), 15, 11)).toEqual([255, 0, 0])
  expect(at(image(), 50, 50)).toEqual(at(pixels, 50, 50))

  ada.operate(add(buildStroke({ id: 'e', z: 'a9', erases: true, x: 20, y: 20, size: 60 })))
  await until(() => ada.isSettled && isFresh(ben) && image().equals(pixels))
  expect(ada.errors).toEqual([])

  ada.operate({ type: 'change', id: 'frame', change: { paper: { kind: 'picture', file: 'f'.repeat(64) } } })
  await until(() => ada.errors.length > 0)
  expect(ada.errors[0]).toMatchObject({ code: 'file/missing' })
})

test('ink over a picture is held against the model, live and asked for, and painted again from its recipe', async () => {
  const { server, ada, ben } = await buildRoom()
  const ask = () => server.engine.asks.at(-1)!
  const ofInk = (mask: Mask | undefined) => mask && [mask.data[11 * 64 + 15], mask.data[50 * 64 + 50]]
  ada.operate(add(buildFrame()))
  ada.operate(add(buildStroke({ id: 'sketch', x: 20, y: 20, size: 20 })))
  await until(() => isFresh(ben) && ask().image !== undefined)
  // A sketch on white is what the model is to make something of.
  expect(ask().inkMask).toBeUndefined()

  const kept = await ada.ask<FrameResult>(reply => ada.socket.emit('frame:save', { frameId: 'frame' }, reply))
  if (!kept.ok) throw new Error(kept.error.message)
  const paper = { kind: 'picture', file: kept.value.file } as const
  ada.operate({ type: 'change', id: 'frame', change: { paper } })
  await until(() => ben.states.get('frame')?.painted?.upTo === 3 && isFresh(ben))
  expect(ofInk(ask().inkMask)).toEqual([255, 0])

  const live = await ada.ask<FrameResult>(reply => ada.socket.emit('frame:save', { frameId: 'frame' }, reply))
  const asked = server.engine.asks.length
  const painted = await ada.ask<{ job: string }>(reply => ada.socket.emit('frame:paint', { frameId: 'frame' }, reply))
  await until(() => server.engine.asks.length > asked && ben.kept.length === 3)
  expect(ask().priority).toBe('interactive')
  expect(ofInk(ask().inkMask)).toEqual([255, 0])
  expect([live.ok, painted.ok]).toEqual([true, true])

  const { studio } = server
  for (const { picture } of ben.kept.slice(1)) {
    const { recipe } = (await studio.pictures.find(picture as PictureId))!
    expect(recipe.inkMask).toBeDefined()
    const owner = (await studio.pictures.find(picture as PictureId))!.owner
    await untilEnded(studio, (await studio.pictures.again(owner, picture as PictureId, { sameSeed: true })).job)
    expect(ofInk(ask().inkMask)).toEqual([255, 0])
    // It is what its frame says already: there is nothing to paint.
    const before = server.engine.asks.length
    await ada.ask(reply => ada.socket.emit('frame:restore', { frameId: 'frame', picture }, reply))
    await until(() => ben.states.get('frame')?.picture === picture && isFresh(ben))
    expect(server.engine.asks).toHaveLength(before)
  }
})

test('a live frame that comes with a picture as its paper, as an imported or copied one does, stays as it is until something changes', async () => {
  const { server, ada, ben } = await buildRoom()
  ada.operate(add(buildFrame()))
  await until(() => isFresh(ben))
  const kept = await ada.ask<FrameResult>(reply => ada.socket.emit('frame:save', { frameId: 'frame' }, reply))
  if (!kept.ok) throw new Error(kept.error.message)
  const paper = { kind: 'picture', file: kept.value.file } as const
  const asked = () => server.engine.asks.length
  const before = asked()
  ada.operate(add(buildFrame({ id: 'copy', x: 300, paper, strength: 0.9 })))
  ada.operate(add(buildFrame({ id: 'still', x: 600, paper, live: false })))
  await until(() => isFresh(ben, 'copy') && ben.states.get('still')?.state === 'empty')
  // What changes no picture, and whoever comes, changes nothing.
  ada.operate({ type: 'change', id: 'copy', change: { name: 'The same' } })
  await until(() => ada.isSettled && isFresh(ben, 'copy'))
  expect(asked()).toBe(before)
  ada.operate({ type: 'change', id: 'copy', change: { prompt: 'a green house' } })
  await until(() => results(ben).some(({ shown }) => shown.frameId === 'copy') && isFresh(ben, 'copy'))
  expect(server.engine.asks.at(-1)).toMatchObject({ prompt: 'a green house', strength: 0.9 })
  // Whoever turns Live on wants a picture.
  ada.operate({ type: 'change', id: 'still', change: { live: true } })
  await until(() => results(ben).some(({ shown }) => shown.frameId === 'still') && isFresh(ben, 'still'))
  expect(server.faults).toEqual([])
})

test('a frame whose removal is taken back shows what it showed, and is not painted again', async () => {
  const { server, ada, ben } = await buildRoom()
  ada.operate(add(buildFrame()))
  await until(() => ada.kept.length === 1)
  ada.operate(add(buildStroke({ id: 's', x: 20, y: 20 })))
  await until(() => results(ben).length === 2 && isFresh(ben))
  const [first] = ada.kept
  // The newest picture, before it is kept; then an older one over a drawing that it was not painted from.
  for (const restores of [false, true]) {
    if (restores) {
      await ada.ask(reply => ada.socket.emit('frame:restore', { frameId: 'frame', picture: first!.picture }, reply))
      await until(() => ben.states.get('frame')?.state === 'stale')
    }
    const asks = server.engine.asks.length
    const shown = results(ben).length
    ada.operate({ type: 'remove', ids: ['frame'] })
    await until(() => ada.isSettled)
    ada.undo()
    await until(() => results(ben).length > shown && ben.states.get('frame')?.state === (restores ? 'stale' : 'fresh'))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(server.engine.asks).toHaveLength(asks)
    expect(ben.states.get('frame')?.picture).toBe(restores ? first!.picture : ada.kept.at(-1)!.picture)
  }
  expect(server.faults).toEqual([])
})

test('a server that ended without a word leaves pictures that the next one knows as those of what is drawn', async () => {
  const [before, after] = [temporaryFolder(), temporaryFolder()]
  closers.push(before.remove, after.remove)
  const { ada, secrets, adaCookie } = await buildRoom({ dataFolder: before.folder })
  ada.operate(add(buildFrame()))
  ada.operate(add(buildStroke({ id: 's', x: 20, y: 20 })))
  await until(() => ada.kept.length > 0 && ada.isSettled && isFresh(ada))
  await until(() => ada.states.get('frame')?.picture !== null)
  // As a power cut leaves it: no room has written what its frames show.
  cpSync(before.folder, after.folder, { recursive: true })
  const next = await start({ dataFolder: after.folder })
  const late = await enter(next, secrets.edit, adaCookie)
  await until(() => isFresh(late) && results(late).length === 1)
  expect(next.engine.asks).toHaveLength(0)
  late.operate({ type: 'change', id: 'frame', change: { seed: 99 } })
  await until(() => results(late).length === 2 && isFresh(late))
  expect(next.engine.asks).toHaveLength(1)
})

test('an uploaded image is drawn and painted over; one that is not here is refused', async () => {
  const { server, secrets, adaCookie, ada } = await buildRoom()
  const canvas = createCanvas(20, 20)
  const context = canvas.getContext('2d')
  context.fillStyle = '#00ff00'
  context.fillRect(0, 0, 20, 20)
  const uploaded = await fetch(`${server.url}/upload`, {
    method: 'POST',
    headers: { cookie: adaCookie, 'x-room-secret': secrets.edit, 'content-type': 'image/png' },
    body: new Uint8Array(await canvas.encode('png')),
  })
  const { file, width } = (await uploaded.json()) as { file: string; width: number }
  expect(width).toBe(20)
  ada.operate(add(buildFrame()))
  const image = { id: 'i', kind: 'image', z: 'a3', x: 0, y: 0, width: 128, height: 128 } as const
  ada.operate(add({ ...image, file }))
  ada.operate(add({ ...image, id: 'j', file: 'f'.repeat(64) }))
  await until(() => ada.isSettled && server.engine.asks.at(-1)?.image !== undefined)
  expect([...server.engine.asks.at(-1)!.image!.data.subarray(0, 3)]).toEqual([0, 255, 0])
  expect(ada.errors.map(({ code }) => code)).toEqual(['file/missing'])
  expect(ada.sync.scene.elements.has('j')).toBe(false)
})

test('on a slow device live shows its steps, ends what is out of date, and paints the newest when the pen rests', async () => {
  const { server, ada, ben } = await buildRoom({ engine: openTestEngine({ stepMs: 1_000 }) })
  const state = () => ben.states.get('frame')!
  ada.operate(add(buildFrame()))
  await until(() => state()?.expectedMs === 4_000 && state().state === 'rendering')
  await until(() => ben.shown.some(({ shown }) => shown.step?.step === 1))
  // The pen moves on: what is being painted is out of date within a step, and nothing begins before it rests.
  for (let at = 0; at < 4; at++) {
    ada.operate(add(buildStroke({ id: `s${at}`, x: 20 + 10 * at, y: 20 })))
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(state()).toMatchObject({ waitsForPen: true, expectedMs: 4_000 })
  }
  expect(server.engine.asks).toHaveLength(1)
  expect(results(ben)).toHaveLength(0)
  await until(() => isFresh(ben))
  expect(server.engine.asks).toHaveLength(2)
  expect(results(ben).at(-1)!.shown.clock).toBe(5)
  expect(ben.shown.filter(({ shown }) => shown.clock === 5 && shown.step !== null).length).toBeGreaterThan(0)
  expect(server.faults).toEqual([])
}, 40_000)
