import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Operation, Scene } from '../../protocol/scene.ts'
import { openRoom } from '../../server/room.ts'
import { friends } from '../../studio/budgets/profiles.ts'
import type { Person, Studio } from '../../studio/studio.ts'
import { type LossyProxy, openLossyProxy } from '../support/lossyProxy.ts'
import { enterRoom, openRoomClient, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildLayer, buildRectangle, buildStroke, canonical } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

/** Runs in each of so many rooms at once; a failure prints its seed and the shortest actions that still fail. */
const runs = 50
const lanes = ['first', 'second', 'third', 'fourth']

let server: TestServer
let cookies: string[]
let owner: Person
beforeAll(async () => {
  // Nobody makes two hundred rooms in a minute but this test.
  const budgets = { ...friends, newRooms: {}, connects: {} }
  server = await buildServer({ over: withSlowDisk, lingerMs: 5, budgets })
  cookies = [await server.newGuest(), await server.newGuest(), await server.newGuest()]
  owner = (await server.studio.people.fromSecret(cookies[0]!.split('=')[1]!))!
})
afterAll(() => server.close())

/** Storing takes its time, so that lines fail while it does; and rooms are forgotten as soon as all lines are cut. */
function withSlowDisk(studio: Studio): Studio {
  let turn = 0
  const append: Studio['rooms']['append'] = async (room, entries) => {
    await new Promise(resolve => setTimeout(resolve, [0, 12, 3, 25][turn++ % 4]))
    return studio.rooms.append(room, entries)
  }
  return { ...studio, rooms: { ...studio.rooms, append } }
}

/** `pick` chooses among what is there when the action comes. */
type Action =
  | {
      readonly type: 'stroke' | 'extend' | 'rectangle' | 'frame' | 'layer' | 'remove' | 'restore' | 'undo' | 'redo'
      readonly who: number
      readonly pick: number
    }
  | {
      readonly type: 'change' | 'arrange' | 'putOnLayer'
      readonly who: number
      readonly pick: number
      readonly value: number
    }
  | { readonly type: 'cut' | 'cutLate' | 'deafen' | 'slow' | 'quick'; readonly who: number; readonly ms: number }
  | { readonly type: 'wait'; readonly ms: number }

const who = fc.nat(2)
const pick = fc.nat(1000)
const ms = fc.nat(15)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constantFrom('stroke', 'stroke', 'extend', 'extend', 'extend', 'rectangle', 'frame', 'layer'),
      who,
      pick,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('change', 'change', 'arrange', 'putOnLayer'),
      who,
      pick,
      value: fc.nat(200),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constantFrom('remove', 'restore', 'undo', 'undo', 'redo'), who, pick }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('cut', 'cutLate', 'deafen', 'slow', 'quick'), who, ms }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('wait'), ms }) },
) as fc.Arbitrary<Action>

/** What one person does: keeps count of the ink that must be there in the end. */
function createHand(client: RoomClient, name: string) {
  const ink = new Map<string, number[]>()
  let made = 0
  const ids = () => [...client.sync.scene.elements.keys()].sort()
  const idsOf = (...kinds: string[]) => ids().filter(id => kinds.includes(client.sync.scene.elements.get(id)!.kind))
  const pickOne = (from: readonly string[], pick: number) => from[pick % from.length]
  const point = (index: number) => [index, index % 7, 0.5]
  return {
    ink,
    act(action: Action) {
      switch (action.type) {
        case 'stroke': {
          const id = `${name}-${made++}`
          ink.set(id, point(0))
          return client.operate(add(buildStroke({ id, points: point(0), done: false, x: action.pick })), id)
        }
        case 'extend': {
          const id = pickOne([...ink.keys()], action.pick)
          if (id === undefined) return
          const points = ink.get(id)!
          const from = points.length / 3
          const more = Array.from({ length: 1 + (action.pick % 3) }, (_, index) => point(from + index)).flat()
          points.push(...more)
          return client.operate({ type: 'extend', id, from, points: more, done: action.pick % 2 === 0 }, id)
        }
        case 'rectangle':
          return client.operate(add(buildRectangle({ id: `${name}-${made++}`, x: action.pick })))
        case 'frame':
          return client.operate(add(buildFrame({ id: `${name}-${made++}`, x: action.pick, live: false })))
        case 'layer': {
          const on = pickOne(idsOf('frame'), action.pick)
          if (on === undefined) return
          return client.operate(add(buildLayer({ id: `${name}-${made++}`, frame: on })))
        }
        case 'putOnLayer': {
          const layer = pickOne(idsOf('layer'), action.pick) ?? null
          const id = pickOne(idsOf('stroke', 'rectangle'), action.value)
          return id === undefined ? undefined : client.operate({ type: 'change', id, change: { layer } })
        }
        case 'change': {
          const id = pickOne(ids(), action.pick)
          const element = id === undefined ? undefined : client.sync.scene.elements.get(id)
          if (!element) return
          if (element.kind === 'layer') {
            const [hidden, locked] = [action.value % 2 === 0, action.value % 3 === 0]
            const change =
              action.pick % 2 === 0 ? { hidden, locked } : { opacity: action.value / 200, name: `${action.value}` }
            return client.operate({ type: 'change', id: element.id, change })
          }
          if (element.kind !== 'frame') {
            return client.operate({ type: 'change', id: element.id, change: { x: action.value } })
          }
          const from = element.prompt
          const to = action.pick % 2 === 0 ? `${from} ${action.value}` : `${action.value} ${from.slice(0, 40)}`
          return client.operate({ type: 'edit', id: element.id, from, to })
        }
        case 'arrange': {
          const changes = idsOf('stroke', 'rectangle', 'frame').map((id, index) => ({
            id,
            change: { y: action.value + index },
          }))
          return changes.length > 0 ? client.operate({ type: 'arrange', changes }, 'drag') : undefined
        }
        case 'remove':
        case 'restore': {
          const id = pickOne(ids(), action.pick)
          const operation: Operation | null = id === undefined ? null : { type: action.type, ids: [id] }
          return operation ? client.operate(operation) : undefined
        }
        case 'undo':
          return client.undo()
        case 'redo':
          return client.redo()
      }
    },
  }
}

async function play(actions: readonly Action[], lines: readonly LossyProxy[]) {
  const { room, links } = await server.studio.rooms.create(owner.id, { name: 'A stormy room' })
  const clients = cookies.map((cookie, index) => {
    const client = openRoomClient({ url: lines[index]!.url, secret: links.edit, cookie })
    client.connect()
    return client
  })
  await until(() => clients.every(client => client.isSettled), 1)
  const hands = clients.map((client, index) => createHand(client, `p${index}`))
  for (const one of actions) {
    if (one.type === 'wait') {
      await new Promise(resolve => setTimeout(resolve, one.ms))
      continue
    }
    const line = lines[one.who]!
    if (one.type === 'cut') line.cut()
    else if (one.type === 'cutLate') line.cutLate(one.ms)
    else if (one.type === 'deafen') line.deafen(one.ms)
    else if (one.type === 'slow') line.delayMs = one.ms
    else if (one.type === 'quick') line.delayMs = 0
    else hands[one.who]!.act(one)
  }
  for (const line of lines) line.delayMs = 0
  const newest = () => Math.max(...clients.map(client => client.sync.clock ?? 0))
  await until(() => clients.every(client => client.isSettled && client.sync.clock === newest()), 2)
  // One more, who was never away, sees what the server holds in memory.
  const observer = await enterRoom({ url: server.url, secret: links.view, cookie: cookies[0]! })
  await until(
    () => [...clients, observer].every(client => client.isSettled && client.sync.clock === observer.sync.clock),
    2,
  )
  const stored = await openRoom(server.studio, room.id, {
    stored: () => undefined,
    frameRecords: () => ({}),
    paintedUpTo: () => null,
    lost: () => undefined,
    failed: message => server.faults.push({ type: 'fault', message }),
  })
  for (const client of [...clients, observer]) client.close()
  return { clients, hands, observer, stored }
}

/** In a room that is opened anew nobody is drawing any more. */
const allFinished = ({ elements }: Scene): Scene => ({
  elements: new Map([...elements].map(([id, one]) => [id, one.kind === 'stroke' ? { ...one, done: true } : one])),
})

const visible = (scene: Scene): string =>
  canonical({ elements: new Map([...scene.elements].filter(([, element]) => !element.removed)) })

test.concurrent.each(lanes)(
  'C9: three people over failing lines end with the same scene (%s 50 runs)',
  async () => {
    const lines = await Promise.all(cookies.map(() => openLossyProxy(server.url)))
    const seen = { strokes: 0, cuts: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 45, size: 'max' }), async actions => {
        const { clients, hands, observer, stored } = await play(actions, lines)
        // Who has come last never had what was removed before.
        const truth = visible(observer.sync.scene)
        expect(visible(stored.scene), 'the database').toBe(visible(allFinished(observer.sync.scene)))
        for (const client of clients) expect(visible(client.sync.scene), 'a client').toBe(truth)
        // Nothing lost, nothing doubled: every stroke has exactly the points that its author drew.
        for (const { ink } of hands) {
          for (const [id, points] of ink) {
            const stroke = stored.scene.elements.get(id)
            expect(stroke?.kind === 'stroke' ? stroke.points : null, id).toEqual(points)
          }
          seen.strokes += ink.size
        }
        seen.cuts += actions.filter(({ type }) => ['cut', 'cutLate', 'deafen'].includes(type)).length
        expect(server.faults).toEqual([])
      }),
      { numRuns: runs },
    )
    for (const line of lines) await line.close()
    // The runs did what they are for.
    expect(seen.strokes).toBeGreaterThan(runs)
    expect(seen.cuts).toBeGreaterThan(runs)
  },
  240_000,
)
