import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, round, startBenchServer } from './canvas.ts'
import { createMutator } from './fuzzBytes.ts'
import type { FuzzAnswer, FuzzKind, FuzzWork } from './fuzzReader.ts'

/**
 * Broken files against their readers, each in a process of its own, and broken requests against a server. A file may be
 * refused in words; anything else that is thrown, an end of the process, or a reader that is silent for long is a bug.
 */
const { values } = parseArgs({
  options: {
    safetensors: { type: 'string', default: '10000' },
    onnx: { type: 'string', default: '10000' },
    images: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
/** A reader answers every so many files; whoever needs longer hangs. */
const silenceMs = 120_000

const readers = await Promise.all(
  (['safetensors', 'onnx', 'images'] as const).map(kind => readAll(kind, Number(values[kind]))),
)
const requests = await sendRequests(Number(values.requests))
const figures = { readers, requests, seed }
report(
  `Fuzzed with seed ${seed}`,
  [
    ...readers.map(
      ({ kind, files, taken, refused, bugs, isCrashed, isHung, seconds }) =>
        `${files} ${kind} in ${seconds} s: ${taken} read, ${refused} refused in words, ${bugs.length} bugs, ${isCrashed ? 'ended' : isHung ? 'hung' : 'lived'}`,
    ),
    `${requests.sent} HTTP requests in ${requests.seconds} s: ${JSON.stringify(requests.statuses)}, ${requests.faults} bugs`,
  ],
  figures,
)
const isBad = readers.some(({ bugs, isCrashed, isHung }) => bugs.length > 0 || isCrashed || isHung)
if (isBad || requests.faults > 0 || requests.silent > 0) process.exitCode = 1

async function readAll(kind: FuzzKind, files: number) {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './fuzzReader.ts' : './fuzzReader.js', import.meta.url))
  const child = fork(file, [], { execArgv: isSource ? ['--import', 'tsx'] : [] })
  const beganAt = performance.now()
  let last: FuzzAnswer = { done: 0, taken: 0, refused: 0, bugs: [] }
  let isHung = false
  const hung = () => {
    isHung = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(hung, silenceMs)
  child.on('message', message => {
    // Sent by `fuzzReader.ts` alone.
    last = message as FuzzAnswer
    clearTimeout(timer)
    timer = setTimeout(hung, silenceMs)
  })
  child.send({ kind, files, seed } satisfies FuzzWork)
  await once(child, 'exit')
  clearTimeout(timer)
  const { taken, refused, bugs, done } = last
  const seconds = round((performance.now() - beganAt) / 1000)
  return { kind, files: done, taken, refused, bugs, isHung, isCrashed: !isHung && done < files, seconds }
}

/** Paths, methods, headers and bodies as nobody honest sends them, eight at a time. */
async function sendRequests(count: number) {
  const server = await startBenchServer('none')
  const cookie = await newGuest(server.url)
  const { edit } = await newRoom(server.url, cookie)
  const { choose, bytes, number, mutate } = createMutator(seed)
  const paths = ['/', '/rooms', '/upload', '/guest', '/api/me', '/api/styles', '/api/styles/import', '/api/pictures']
  const deeper = [`/r/${edit}`, '/files/../../etc/passwd', '/files/%00', '/api/styles/x/learn', '/assets/%2e%2e/x']
  const types = ['application/json', 'image/png', 'application/octet-stream', 'text/plain', 'multipart/form-data', '']
  const bodies = ['{"name":"x"}', '[]', '{"a":', 'null', '"', '{"__proto__":{"x":1}}'].map(text => Buffer.from(text))
  const statuses: Record<string, number> = {}
  let sent = 0
  let silent = 0
  const beganAt = performance.now()
  async function send(): Promise<void> {
    const method = choose(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
    const path = number(3) === 0 ? mutate(Buffer.from(choose(paths))).toString('latin1') : choose([...paths, ...deeper])
    const hasBody = !['GET', 'HEAD'].includes(method)
    const body = number(2) === 0 ? bytes(number(2000)) : mutate(choose(bodies))
    const answer = await fetch(new URL(encodeURI(path.replace(/^\/*/, '/')), server.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(number(4) > 0 && { cookie }),
        'content-type': choose(types),
        origin: choose([server.url, 'http://evil.example']),
      },
      ...(hasBody && { body: new Uint8Array(body) }),
      signal: AbortSignal.timeout(30_000),
    }).catch((error: Error) => error)
    if (answer instanceof Error && answer.name === 'TimeoutError') silent++
    const status = answer instanceof Error ? answer.name : String(answer.status)
    if (!(answer instanceof Error)) await answer.arrayBuffer().catch(() => undefined)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const sender = async () => {
    while (sent++ < count) await send()
  }
  await Promise.all(Array.from({ length: 8 }, sender))
  const isAlive = (await fetch(`${server.url}/livez`)).ok
  await server.close()
  const faults = (statuses['500'] ?? 0) + (isAlive ? 0 : 1)
  return { sent: count, statuses, faults, silent, seconds: round((performance.now() - beganAt) / 1000) }
}
