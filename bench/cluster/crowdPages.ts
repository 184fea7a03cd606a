/** Pages of a crowd, as a program of its own: told over IPC what to do, it answers each message with what came of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { add, buildStroke } from '../../test/support/scenes.ts'
import { enterPlainPage, type PlainPage } from '../plainPage.ts'

export interface CrowdRoom {
  readonly secret: string
  readonly cookie: string
  /** Of the servers that its pages come to; the first of them has the room. */
  readonly urls: readonly [string, string]
}

/** Enters with the page of that number in each of these rooms. */
export interface EnterMessage {
  readonly type: 'enter'
  readonly rooms: readonly CrowdRoom[]
  readonly page: 0 | 1
}

/** One of each room's pages draws a stroke every so often, the pages by turns. */
export interface DrawMessage {
  readonly type: 'draw'
  readonly seconds: number
  readonly everyMs: number
}

export interface DrawnMessage {
  /** Milliseconds from one page to the other: both at one server, and at two. */
  readonly together: readonly number[]
  readonly apart: readonly number[]
  readonly drawn: number
  /** Codes of the errors that refused strokes, one for each. */
  readonly refused: readonly string[]
  /** Pages whose line broke, and that came back. */
  readonly returned: number
}

interface OpenRoom {
  readonly room: CrowdRoom
  readonly pages: PlainPage[]
  sequence: [number, number]
}

const entersAtOnce = 8
const settleMs = 5_000
const open = new Map<string, OpenRoom>()
const sentAt = new Map<string, number>()
let isDrawing = false
const found = { together: [] as number[], apart: [] as number[], drawn: 0, refused: [] as string[], returned: 0 }

process.on('message', (message: EnterMessage | DrawMessage) => {
  const work = message.type === 'enter' ? enter(message) : draw(message)
  void work.then(result => process.send!(result))
})
process.once('disconnect', () => process.exit())

async function enter({ rooms, page }: EnterMessage): Promise<{ readonly entered: number }> {
  const waiting = [...rooms]
  const enterNext = async () => {
    for (let room = waiting.shift(); room; room = waiting.shift()) await enterOne(room, page)
  }
  await Promise.all(Array.from({ length: entersAtOnce }, enterNext))
  return { entered: rooms.length }
}

async function enterOne(room: CrowdRoom, number: 0 | 1): Promise<void> {
  const [url, { cookie, secret }] = [room.urls[number], room]
  const page = await enterPlainPage({
    ...{ url, cookie, secret },
    onOperated: ({ operations }) => {
      for (const { client, seq } of operations) arrive(room, page, `${client}:${seq}`, client)
    },
  })
  page.socket.io.on('reconnect', () => found.returned++)
  const known = open.get(secret) ?? { room, pages: [], sequence: [0, 0] }
  known.pages.push(page)
  open.set(secret, known)
}

/** What one page drew has come to the other. */
function arrive({ urls }: CrowdRoom, page: PlainPage | undefined, key: string, client: string): void {
  const at = sentAt.get(key)
  if (!page || client === page.client || at === undefined) return
  sentAt.delete(key)
  const ms = performance.now() - at
  if (isDrawing) (urls[0] === urls[1] ? found.together : found.apart).push(ms)
}

async function draw({ seconds, everyMs }: DrawMessage): Promise<DrawnMessage> {
  isDrawing = true
  const endsAt = performance.now() + seconds * 1000
  await Promise.all(
    [...open.values()].map(async room => {
      // Not all at the same moment.
      await sleep(Math.random() * everyMs)
      for (let turn = 0; performance.now() < endsAt; turn++) {
        drawStroke(room, (turn % 2) as 0 | 1)
        await sleep(everyMs)
      }
    }),
  )
  const givenUpAt = performance.now() + settleMs
  while (sentAt.size > 0 && performance.now() < givenUpAt) await sleep(20)
  isDrawing = false
  return found
}

function drawStroke(room: OpenRoom, number: 0 | 1): void {
  const page = room.pages[number]!
  const seq = ++room.sequence[number]
  const operation = add(buildStroke({ id: `${page.client}-${seq}` }))
  sentAt.set(`${page.client}:${seq}`, performance.now())
  found.drawn++
  page.socket.emit('scene:operate', { seq, operations: [operation] }, reply => {
    const error = reply.ok ? reply.value.rejected[0]?.error : reply.error
    if (error) found.refused.push(error.code)
  })
}
