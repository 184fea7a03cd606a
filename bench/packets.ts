import { parseArgs } from 'node:util'
import { sendFuzz } from '../test/support/packetFuzz.ts'
import { enterRoom, until } from '../test/support/roomClient.ts'
import { add, buildStroke } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, round, startBenchServer, summarize } from './canvas.ts'

/**
 * Raw Engine.IO and Socket.IO packets against a server in a process of its own, while one honest page goes on drawing.
 * Ends with an error if the server does, if a change is lost or refused, or if the server met a bug of its own.
 */
const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '4' },
  },
})
const packets = Number(values.packets)
const seed = Number(values.seed)
const atOnce = Number(values.connections)

const server = await startBenchServer('none')
const cookie = await newGuest(server.url)
const { edit: secret } = await newRoom(server.url, cookie)
const ada = await enterRoom({ url: server.url, secret, cookie: await newGuest(server.url) })

const startedAt = performance.now()
const share = Math.ceil(packets / atOnce)
const fuzzing = Promise.all(
  Array.from({ length: atOnce }, (_, index) =>
    sendFuzz({ url: server.url, cookie, secret, packets: share, seed: seed + index }),
  ),
)
let isOver = false
void fuzzing.finally(() => {
  isOver = true
})
let drawn = 0
const answerMs: number[] = []
while (!isOver) {
  const sentAt = performance.now()
  ada.operate(add(buildStroke({ id: `honest-${drawn++}` })))
  await until(() => ada.isSettled)
  answerMs.push(performance.now() - sentAt)
  await new Promise(resolve => setTimeout(resolve, 50))
}
const fuzzes = await fuzzing
const seconds = (performance.now() - startedAt) / 1000
const late = await enterRoom({ url: server.url, secret, cookie: await newGuest(server.url) })
const kept = [...late.sync.scene.elements.keys()].filter(id => id.startsWith('honest-')).length
const metrics = await (await fetch(`${server.url}/metrics`)).text()
const faults = Number(/^fourstroke_faults_total (\d+)$/m.exec(metrics)?.[1])
ada.close()
late.close()
const { rssMb } = await server.close()

const sum = (figure: (fuzz: (typeof fuzzes)[number]) => number) => fuzzes.reduce((total, one) => total + figure(one), 0)
const answers = summarize(answerMs)
const figures = {
  packets: sum(one => one.packets),
  connections: sum(one => one.connections),
  acknowledged: sum(one => one.acknowledged),
  seconds: round(seconds),
  ...{ drawn, kept, refused: ada.errors.length, faults, rssMb, answerMs: answers },
}
report(
  `${figures.packets} raw packets over ${figures.connections} connections in ${figures.seconds} s`,
  [
    `${figures.acknowledged} of them acknowledged, ${faults} bugs met, the server did not end`,
    `beside them ${kept} of ${drawn} honest strokes kept, ${ada.errors.length} refused`,
    `answered after p50 ${answers.p50}, p95 ${answers.p95}, at most ${answers.max} ms; ${rssMb} MB at the end`,
  ],
  figures,
)
if (kept !== drawn || ada.errors.length > 0 || faults !== 0) process.exitCode = 1
