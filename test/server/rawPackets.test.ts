import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { enterPacket, openRawSocket, type RawSocket, sendFuzz } from '../support/packetFuzz.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildStroke } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
let cookie: string
let secret: string
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
beforeAll(async () => {
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  server = await buildServer()
  cookie = await server.newGuest()
  secret = (await server.newRoom(cookie)).edit
})
afterAll(async () => {
  await server.close()
  process.off('unhandledRejection', note)
  process.off('uncaughtException', note)
})

let raw: RawSocket
const received: string[] = []
beforeEach(async () => {
  raw = await openRawSocket(server.url, cookie)
  received.length = 0
  raw.onText(text => received.push(text))
  raw.send('40')
  await until(() => received.some(text => text.startsWith('40')))
})
afterEach(() => raw.end())

/** The Socket.IO acknowledgement with this id, parsed; one with bytes says how many parts follow, which are left out. */
async function acknowledgement(id: number): Promise<unknown> {
  const start = new RegExp(`^4(?:3|6\\d+-)${id}(?=\\[)`)
  await until(() => received.some(text => start.test(text)))
  return JSON.parse(received.find(text => start.test(text))!.replace(start, ''))[0]
}

test('an event that is a number is refused like any other that the server does not know', async () => {
  raw.send('42[5]')
  raw.send('427[5]')
  expect(await acknowledgement(7)).toMatchObject({ ok: false })
  raw.send(enterPacket(secret))
  expect(await acknowledgement(0)).toMatchObject({ ok: true })
  expect(uncaught).toEqual([])
})

test('names that objects and emitters know are no events', async () => {
  for (const [index, name] of ['__proto__', 'constructor', 'toString', 'error'].entries()) {
    raw.send(`42${10 + index}${JSON.stringify([name, {}])}`)
    expect(await acknowledgement(10 + index)).toMatchObject({ ok: false })
  }
  expect(uncaught).toEqual([])
})

test('an attachment that never comes keeps nobody else waiting', async () => {
  raw.send('451-8["scene:operate",{"_placeholder":true,"num":0}]')
  const other = await enterRoom({ url: server.url, secret, cookie: await server.newGuest() })
  other.operate(add(buildStroke({ id: 'patient' })))
  await until(() => other.isSettled)
  expect(other.sync.scene.elements.has('patient')).toBe(true)
  other.close()
})

test('a page that reads nothing is disconnected, however much it says that it is there', async () => {
  raw.send(enterPacket(secret))
  await acknowledgement(0)
  const ada = await enterRoom({ url: server.url, secret, cookie: await server.newGuest() })
  await until(() => ada.people.length === 2)
  raw.stopReading()
  const points = Array.from({ length: 3 * 1_900 }, (_, at) => (at * Math.PI) % 1)
  // What neither it nor its kernel takes waits in the server: without an end, nothing here would be refused.
  for (let stroke = 0; ada.people.length === 2 && stroke < 450; stroke++) {
    raw.send('3')
    ada.operate(add(buildStroke({ id: `long-${stroke}`, points })))
    await until(() => ada.isSettled)
  }
  expect(ada.people).toHaveLength(1)
  expect(ada.errors).toEqual([])
  expect(server.lines.filter(line => line.includes('A page does not read'))).toHaveLength(1)
  expect(uncaught).toEqual([])
  ada.close()
})

test('three thousand packets as no client sends them change nothing for those who draw', async () => {
  const ada = await enterRoom({ url: server.url, secret, cookie: await server.newGuest() })
  const fuzz = await sendFuzz({ url: server.url, cookie, secret, packets: 3_000, seed: 1 })
  expect(fuzz.packets).toBeGreaterThanOrEqual(3_000)
  expect(fuzz.acknowledged).toBeGreaterThan(0)
  ada.operate(add(buildStroke({ id: 'drawn-beside' })))
  await until(() => ada.isSettled)
  const late = await enterRoom({ url: server.url, secret, cookie: await server.newGuest() })
  expect(late.sync.scene.elements.has('drawn-beside')).toBe(true)
  expect(uncaught).toEqual([])
  expect(server.faults).toEqual([])
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/^fourstroke_faults_total 0$/m)
  ada.close()
  late.close()
})
