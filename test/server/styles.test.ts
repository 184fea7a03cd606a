import sharp from 'sharp'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Guest } from '../../protocol/http.ts'
import type { MadePicture, StyleProgress, StyleShown, StyleSummary } from '../../protocol/styles.ts'
import type { PersonId } from '../../studio/studio.ts'
import { openTestEngine } from '../support/engine.ts'
import { patient } from '../support/patience.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { untilEnded } from '../support/studio.ts'

let test: TestServer
/** The last steps of learning wait for it. */
let gate: Promise<unknown> = Promise.resolve()
beforeAll(async () => {
  const engine = openTestEngine({ beforeLearning: step => (step === 5 ? gate : Promise.resolve()) })
  test = await buildServer({ engine })
})
afterAll(() => test?.close())

const red = () =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: '#ff2020' } })
    .png()
    .toBuffer()

/** Asks as a guest; JSON in and out unless there are bytes. */
async function ask(cookie: string, method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
  const isBytes = body instanceof Uint8Array
  return fetch(`${test.url}${path}`, {
    method,
    headers: { cookie, ...(body !== undefined && !isBytes && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  })
}
const json = async <T>(response: Promise<Response>) => (await (await response).json()) as T

async function buildStyle(cookie: string, page: RoomClient): Promise<StyleShown> {
  const { id } = await json<StyleShown>(ask(cookie, 'POST', '/api/styles', { name: 'Reds' }))
  const path = `/api/styles/${id}`
  const headers = { 'content-type': 'image/png', 'x-caption': encodeURIComponent('all röd') }
  const shown = await json<StyleShown>(ask(cookie, 'POST', `${path}/pictures`, await red(), headers))
  expect(shown.stylePictures).toMatchObject([{ caption: 'all röd', width: 64 }])
  const { learning } = await json<StyleShown>(ask(cookie, 'POST', `${path}/learn`, {}))
  const told: StyleProgress[] = []
  page.socket.on('style:progressed', progress => told.push(progress))
  expect(await page.ask(reply => page.socket.emit('style:watch', learning!.id, reply))).toEqual({
    ok: true,
    value: null,
  })
  await until(() => told.some(({ type }) => type === 'ended'))
  page.socket.off('style:progressed')
  return json(ask(cookie, 'GET', path))
}

async function openPages(names: number) {
  const owner = await test.newGuest()
  const links = await test.newRoom(owner)
  const cookies = [owner, ...(await Promise.all(Array.from({ length: names - 1 }, () => test.newGuest())))]
  const pages = await Promise.all(cookies.map(cookie => enterRoom({ url: test.url, secret: links.edit, cookie })))
  return { cookies, pages, links }
}

it('teaches, shows, changes, shares, exports, imports and deletes a style', async () => {
  const { cookies, pages } = await openPages(2)
  const [mine, theirs] = cookies as [string, string]
  const style = await buildStyle(mine, pages[0]!)
  const path = `/api/styles/${style.id}`
  expect(style).toMatchObject({ version: 1, isMine: true, sharing: 'private', error: null })
  expect(style.after).toHaveLength(4)
  for (const [file, status] of [
    [style.after[0]!, 404],
    [style.stylePictures[0]!.path, 404],
  ] as const) {
    const image = await ask(mine, 'GET', file)
    expect(image.headers.get('content-type')).toBe('image/png')
    expect(image.headers.get('cache-control')).toMatch(/private/)
    expect((await ask(theirs, 'GET', file)).status).toBe(status)
  }
  expect(await json<StyleSummary[]>(ask(theirs, 'GET', '/api/styles'))).toEqual([])
  const changed = { name: 'Rot', sharing: 'everyone', isDefault: true, examplePrompts: ['a house'] }
  expect(await json(ask(mine, 'PATCH', path, changed))).toMatchObject(changed)
  expect(await json<StyleSummary[]>(ask(theirs, 'GET', '/api/styles'))).toMatchObject([{ name: 'Rot', isMine: false }])
  expect(await json(ask(theirs, 'PATCH', path, { name: 'Mine' }))).toMatchObject({ code: 'style/not-yours' })
  expect(await json(ask(theirs, 'DELETE', path))).toMatchObject({ code: 'style/not-yours' })
  expect((await ask(theirs, 'GET', style.stylePictures[0]!.path)).status).toBe(403)
  expect((await ask(theirs, 'GET', `${path}/file`)).status).toBe(403)

  const file = await ask(mine, 'GET', `${path}/file`)
  expect(file.headers.get('content-disposition')).toContain('Rot.safetensors')
  const bytes = new Uint8Array(await file.arrayBuffer())
  const asBytes = { 'content-type': 'application/octet-stream' }
  const named = { ...asBytes, 'x-name': encodeURIComponent('Nächste') }
  const imported = await json<StyleShown>(ask(theirs, 'POST', '/api/styles/import', bytes, named))
  expect(imported).toMatchObject({ name: 'Nächste', versions: [{ origin: 'imported', isInUse: true }] })
  const next = await json<StyleShown>(ask(mine, 'POST', `${path}/versions`, bytes, asBytes))
  expect(next.versions.map(({ number }) => number)).toEqual([2, 1])
  expect(await json(ask(mine, 'PATCH', path, { version: 1 }))).toMatchObject({ version: 1 })
  expect(await json(ask(mine, 'PATCH', path, { owner: 'me' }))).toMatchObject({ code: 'message/invalid' })

  expect(await json(ask(mine, 'DELETE', path))).toBeNull()
  expect((await ask(mine, 'GET', path)).status).toBe(404)
  expect((await ask(mine, 'GET', style.after[0]!)).status).toBe(404)
  for (const page of pages) page.close()
})

it('says that a default style was deleted, until another one or none is chosen', async () => {
  const { cookies, pages } = await openPages(2)
  const [mine, theirs] = cookies as [string, string]
  const { id } = await buildStyle(mine, pages[0]!)
  const path = `/api/styles/${id}`
  await ask(mine, 'PATCH', path, { sharing: 'everyone', isDefault: true })
  await ask(theirs, 'PATCH', path, { isDefault: true })
  expect(await json(ask(theirs, 'GET', '/api/me'))).toMatchObject({ defaultStyleProblem: null })
  await ask(mine, 'DELETE', path)
  expect(await json(ask(theirs, 'GET', '/api/me'))).toMatchObject({
    defaultStyleProblem: { name: 'Reds', error: { code: 'style/deleted' } },
  })
  expect(await json(ask(mine, 'GET', '/api/me'))).toMatchObject({ defaultStyleProblem: null })
  expect(await json(ask(theirs, 'DELETE', '/api/me/default-style'))).toMatchObject({ defaultStyleProblem: null })
  for (const page of pages) page.close()
})

it('asks who it is first, and whose page sent it', async () => {
  expect((await ask('', 'GET', '/api/styles')).status).toBe(401)
  const cookie = await test.newGuest()
  const headers = { origin: 'https://elsewhere.example' }
  expect((await ask(cookie, 'POST', '/api/styles', { name: 'Reds' }, headers)).status).toBe(403)
})

it('learns from pictures that were made here, by the same person', async () => {
  const { cookies, pages } = await openPages(2)
  const [mine, theirs] = cookies as [string, string]
  const { person } = await json<Guest>(ask(mine, 'POST', '/guest'))
  const { studio } = test
  const made = await studio.pictures.request(person.id as PersonId, 'chat', {
    prompt: 'a red house',
    seed: 5,
    count: 2,
  })
  await untilEnded(studio, made.job, 2)
  test.engine.hold()
  await studio.pictures.request(person.id as PersonId, 'chat', { prompt: 'not yet' })
  const shelf = await json<MadePicture[]>(ask(mine, 'GET', '/api/pictures'))
  expect(shelf).toMatchObject([
    { id: made.pictures[1]!.id, prompt: 'a red house', width: 64, height: 64 },
    { id: made.pictures[0]!.id },
  ])
  test.engine.release()
  expect((await ask(mine, 'GET', shelf[0]!.path)).headers.get('content-type')).toBe('image/png')
  expect(await json(ask(theirs, 'GET', '/api/pictures'))).toEqual([])

  const { id } = await json<StyleShown>(ask(mine, 'POST', '/api/styles', { name: 'More of it' }))
  const path = `/api/styles/${id}/pictures`
  await ask(mine, 'POST', path, { picture: shelf[0]!.id })
  const shown = await json<StyleShown>(ask(mine, 'POST', path, { picture: shelf[1]!.id, caption: 'a house' }))
  expect(shown.stylePictures.map(({ caption }) => caption)).toEqual(['a red house', 'a house'])
  const other = await json<StyleShown>(ask(theirs, 'POST', '/api/styles', { name: 'Stolen' }))
  const stolen = ask(theirs, 'POST', `/api/styles/${other.id}/pictures`, { picture: shelf[0]!.id })
  expect(await json(stolen)).toMatchObject({ code: 'style/picture-foreign' })
  for (const page of pages) page.close()
})

it('tells a page that comes in the middle of a learning how it went so far, and shows what it paints by now', async () => {
  const { cookies, pages, links } = await openPages(1)
  let goOn: () => void = () => undefined
  gate = new Promise<void>(resolve => {
    goOn = resolve
  })
  const building = buildStyle(cookies[0]!, pages[0]!)
  const id = await vi.waitFor(async () => {
    const [style] = await json<StyleSummary[]>(ask(cookies[0]!, 'GET', '/api/styles'))
    expect(style?.learning?.step).toBe(4)
    return style!.learning!.id
  }, patient(20_000))

  const late = await enterRoom({ url: test.url, secret: links.edit, cookie: cookies[0]! })
  const told: StyleProgress[] = []
  late.socket.on('style:progressed', progress => told.push(progress))
  await late.ask(answer => late.socket.emit('style:watch', id, answer))
  await until(() => told.some(({ type }) => type === 'painted'))
  const points = [{ step: 1 }, { step: 2 }, { step: 3 }, { step: 4 }]
  expect(told[0]).toMatchObject({ type: 'curve', learning: id, points })
  expect(told.find(({ type }) => type === 'painted')).toMatchObject({ step: 4, pictures: Array(4).fill({}) })
  goOn()
  await building
  await until(() => told.at(-1)?.type === 'ended')
  expect(told.flatMap(fact => (fact.type === 'stepped' ? fact.step : []))).toEqual([4, 5, 6])
  for (const page of [...pages, late]) page.close()
})

it('lets nobody watch the learning of another', async () => {
  const { cookies, pages } = await openPages(2)
  const style = await buildStyle(cookies[0]!, pages[0]!)
  const reply = await pages[1]!.ask(answer => pages[1]!.socket.emit('style:watch', style.learning!.id, answer))
  expect(reply).toMatchObject({ ok: false, error: { code: 'style/missing' } })
  for (const page of pages) page.close()
})

it('paints a frame in a private style for all, which nobody else can take along', async () => {
  const { cookies, pages, links } = await openPages(2)
  const [mine, theirs] = pages as [RoomClient, RoomClient]
  const style = await buildStyle(cookies[0]!, mine)
  const styles = [{ style: style.id, weight: 1 }]
  const shown: string[] = []
  theirs.socket.on('styles:changed', all => shown.push(...all.map(({ name, owner }) => `${name} by ${owner.name}`)))
  mine.operate(add(buildFrame({ id: 'frame', styles })))
  await until(() => theirs.states.get('frame')?.state === 'fresh' && theirs.kept.length > 0)
  expect(theirs.kept[0]!.recipe.styles).toEqual([{ style: style.id, name: 'Reds', version: 1, weight: 1 }])
  const { you } = mine.welcome!
  expect(shown).toEqual([`Reds by ${you.name}`])
  expect(theirs.sync.scene.elements.get('frame')).toMatchObject({ styles: [{ ...styles[0], by: you.id }] })

  // Others draw in it and mix it differently, but cannot put it anywhere.
  theirs.operate({ type: 'change', id: 'frame', change: { styles: [{ style: style.id, weight: 0.5 }] } })
  theirs.operate({ type: 'change', id: 'frame', change: { prompt: 'a blue house' } })
  const blue = () => theirs.kept.find(({ recipe }) => recipe.prompt === 'a blue house')
  await until(() => blue() !== undefined)
  expect(blue()!.recipe.styles).toMatchObject([{ weight: 0.5 }])
  theirs.operate(add(buildFrame({ id: 'copy', x: 300, styles })))
  await until(() => theirs.errors.length > 0)
  expect(theirs.errors).toMatchObject([{ code: 'style/missing' }])
  expect(theirs.sync.scene.elements.has('copy')).toBe(false)
  theirs.operate({ type: 'change', id: 'frame', change: { styles: [] } })
  await until(() => theirs.isSettled)
  theirs.operate({ type: 'change', id: 'frame', change: { styles } })
  await until(() => theirs.errors.length > 1)

  // Whoever comes later sees whose style it is; a deleted style is no longer there.
  mine.operate({ type: 'change', id: 'frame', change: { styles, prompt: 'a green house' } })
  const green = (count: number) =>
    theirs.kept.some(({ recipe }) => recipe.prompt === 'a green house' && recipe.styles.length === count)
  await until(() => mine.isSettled && green(1))
  const late = await enterRoom({ url: test.url, secret: links.view, cookie: cookies[1]! })
  expect(late.welcome!.styles).toMatchObject([{ id: style.id, name: 'Reds', error: null }])
  await ask(cookies[0]!, 'DELETE', `/api/styles/${style.id}`)
  // And the frame goes on without it.
  await until(() => green(0) && late.states.get('frame')?.state === 'fresh')
  for (const page of [...pages, late]) page.close()
  expect(test.faults).toEqual([])
})
