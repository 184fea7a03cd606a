/** A thousand rooms with two pages each over three servers: memory of a room and of a page, the processor of an operation, a stroke's way. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newGuest, newRoom } from '../../test/support/server.ts'
import { round, summarize } from '../canvas.ts'
import { residentOf } from '../processMemory.ts'
import type { CrowdRoom, DrawMessage, DrawnMessage, EnterMessage } from './crowdPages.ts'
import { type ClusterOptions, hundredths, type PartResult, type Progress } from './part.ts'
import { openServers, processorWhile, type Servers, type ServersProcessor } from './servers.ts'

const serverCount = 3
/** Programs that hold pages. */
const pagePrograms = 2
/** A guest may open forty pages. */
const roomsOfGuest = 10
const requestsAtOnce = 8
const drawSeconds = 40
/** Of a stroke in one room: fifty strokes a second in a thousand. */
const strokeEveryMs = 20_000
const idleSeconds = 10
/** Until what came with a page is done. */
const settledMs = 2_000

export async function crowd({ rooms: count }: ClusterOptions, progress: Progress): Promise<PartResult> {
  const all = await openServers(serverCount, progress)
  const rooms = await makeRooms(all, count)
  progress(`${count} rooms are made`)
  const programs = Array.from({ length: pagePrograms }, startPages)
  const memory = [await memoryMb(all)]
  const enter = async (some: readonly CrowdRoom[], page: 0 | 1) => {
    await Promise.all(programs.map((program, part) => tell(program, enterMessage(some, page, part))))
    memory.push(await memoryMb(all))
    progress(`${some.length} pages have entered; the servers hold ${round(memory.at(-1)!)} MB`)
  }
  const [together, apart] = [rooms.filter(isTogether), rooms.filter(room => !isTogether(room))]
  await enter(rooms, 0)
  await enter(together, 1)
  await enter(apart, 1)
  const idle = await processorWhile(all, () => sleep(idleSeconds * 1000))
  progress('all are drawing')
  const drawing: DrawMessage = { type: 'draw', seconds: drawSeconds, everyMs: strokeEveryMs }
  let drawn: DrawnMessage[] = []
  const busy = await processorWhile(all, async () => {
    drawn = await Promise.all(programs.map(program => tell<DrawnMessage>(program, drawing)))
  })
  memory.push(await memoryMb(all))
  const residentMb = all.servers.map(({ child }) => Math.round(residentOf(child.pid!).privateMb))
  for (const program of programs) program.kill('SIGKILL')
  await all.close()
  const counts = { rooms: count, together: together.length, apart: apart.length }
  return describe({ counts, memory, residentMb, idle, busy, drawn })
}

const isTogether = ({ urls }: CrowdRoom): boolean => urls[0] === urls[1]

/** The first page of each comes to each server in turn, the second to the same one or to one of the others. */
async function makeRooms({ servers }: Servers, count: number): Promise<CrowdRoom[]> {
  const urls = servers.map(({ url }) => url)
  const urlOf = (number: number) => urls[number % urls.length]!
  const cookies: string[] = []
  for (let guest = 0; guest * roomsOfGuest < count; guest++) cookies.push(await newGuest(urlOf(guest)))
  const rooms: CrowdRoom[] = []
  const makeNext = async () => {
    while (rooms.length < count) {
      const number = rooms.length
      const cookie = cookies[number % cookies.length]!
      const both = [urlOf(number), urlOf(number + Math.floor(number / urls.length))] as const
      const room = { secret: '', cookie, urls: both }
      rooms.push(room)
      rooms[number] = { ...room, secret: (await newRoom(both[0], cookie)).edit }
    }
  }
  await Promise.all(Array.from({ length: requestsAtOnce }, makeNext))
  return rooms
}

function startPages(): ChildProcess {
  const program = fork(join(import.meta.dirname, 'crowdPages.ts'), { execArgv: ['--import', 'tsx'] })
  process.once('exit', () => program.kill('SIGKILL'))
  return program
}

const enterMessage = (rooms: readonly CrowdRoom[], page: 0 | 1, part: number): EnterMessage => ({
  ...{ type: 'enter', page },
  // A room's pages are in one program, so that one clock times its strokes.
  rooms: rooms.filter(({ secret }) => secret.charCodeAt(0) % pagePrograms === part),
})

async function tell<Answer>(program: ChildProcess, message: EnterMessage | DrawMessage): Promise<Answer> {
  const failed = once(program, 'exit').then(([code]) => {
    throw new Error(`A program with pages ended with ${code}`)
  })
  program.send(message)
  const [answer] = (await Promise.race([once(program, 'message'), failed])) as [Answer]
  return answer
}

/** What the servers hold after a collection, in megabytes: heap and buffers, without what V8 has in reserve. */
async function memoryMb({ servers }: Servers): Promise<number> {
  await sleep(settledMs)
  const held = servers.map(async ({ child }) => {
    const said = once(child.stdout!, 'data')
    child.kill('SIGUSR2')
    const [bytes] = (await said) as [Buffer]
    return Number(bytes.toString()) / 1e6
  })
  return (await Promise.all(held)).reduce((sum, mb) => sum + mb, 0)
}

function describe({
  counts: { rooms, together, apart },
  memory,
  residentMb,
  idle,
  busy,
  drawn,
}: {
  readonly counts: { readonly rooms: number; readonly together: number; readonly apart: number }
  readonly memory: readonly number[]
  readonly residentMb: readonly number[]
  readonly idle: ServersProcessor
  readonly busy: ServersProcessor
  readonly drawn: readonly DrawnMessage[]
}): PartResult {
  const grownKb = (stage: number, by: number) => Math.round(((memory[stage + 1]! - memory[stage]!) * 1000) / by)
  const memoryKb = { roomWithPage: grownKb(0, rooms), page: grownKb(1, together), passedOn: grownKb(2, apart) }
  const strokes = drawn.reduce((sum, one) => sum + one.drawn, 0)
  const refused = drawn.flatMap(one => one.refused)
  const returned = drawn.reduce((sum, one) => sum + one.returned, 0)
  const each = (part: 'servers' | 'postgres' | 'redis') =>
    hundredths((busy[part] - (idle[part] * busy.seconds) / idle.seconds) / strokes)
  const strokeMs = { servers: each('servers'), postgres: each('postgres'), redis: each('redis') }
  const idlePercent = round(idle.servers / idle.seconds / 10)
  const ways = {
    together: summarize(drawn.flatMap(one => one.together)),
    apart: summarize(drawn.flatMap(one => one.apart)),
  }
  const arrived = ways.together.n + ways.apart.n
  const mb = { empty: round(memory[0]!), full: round(memory[3]!), drawn: round(memory[4]!) }
  return {
    title: `${rooms} rooms, ${2 * rooms} pages over ${serverCount} servers, ${apart} of them passed on`,
    lines: [
      `memory: a room with its first page ${memoryKb.roomWithPage} kB, another page ${memoryKb.page} kB, one that is ` +
        `passed on ${memoryKb.passedOn} kB; heap and buffers of the servers ${mb.empty} MB before, ${mb.full} MB then, ` +
        `${mb.drawn} MB after ${strokes} strokes; resident ${residentMb.join(', ')} MB`,
      `nobody draws: ${idlePercent} % of a core, all servers together`,
      `a stroke takes ${strokeMs.servers} ms of the processor at the servers, ${strokeMs.postgres} in PostgreSQL, ` +
        `${strokeMs.redis} in Redis`,
      `${round(strokes / busy.seconds)} strokes a second, ${arrived} of ${strokes} arrived, ${refused.length} refused${refused.length > 0 ? ` (${[...new Set(refused)].join(', ')})` : ''}, ${returned} pages had lost their line; both pages at ` +
        `one server p50 ${ways.together.p50} ms, p95 ${ways.together.p95} ms; at two p50 ${ways.apart.p50} ms, p95 ${ways.apart.p95} ms`,
    ],
    figures: {
      rooms,
      together,
      apart,
      memoryKb,
      mb,
      residentMb,
      idlePercent,
      strokeMs,
      strokes,
      arrived,
      refused,
      returned,
      ways,
    },
  }
}
