import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { openDatabase } from '../prisma/database.ts'
import { runningProcesses } from '../test/engine/support/engineProcess.ts'
import { report, round } from './canvas.ts'
import { uploadSide } from './killsUploads.ts'

/**
 * kill -9 of the whole program, and of its engine alone, while it paints for chat, paints live frames, learns and takes
 * uploads. Then it is started once more and drained. Ends with an error if anything that somebody was told of is lost,
 * doubled or stuck, or a file is left that no row names.
 */
const { values } = parseArgs({
  options: {
    program: { type: 'string', default: '100' },
    engine: { type: 'string', default: '100' },
    model: { type: 'string', default: 'models/fourstroke-256' },
    /** A kill comes at most so many milliseconds after the program, or the next engine, is ready. */
    within: { type: 'string', default: '3000' },
  },
})
const within = Number(values.within)
const dataFolder = mkdtempSync(join(tmpdir(), 'fourstroke-kills-'))
const minuteMs = 60_000
const jobs = new Map<string, number>()
const learnings = new Set<string>()
const uploads = new Set<string>()

const startedAt = performance.now()
for (let kill = 0; kill < Number(values.program); kill++) {
  const program = start()
  await program.ready
  await sleep(Math.random() * within)
  program.child.kill('SIGKILL')
  await program.ended
}
const survivor = start()
await survivor.ready
let engineKills = 0
while (engineKills < Number(values.engine)) {
  if (survivor.child.exitCode !== null) throw new Error('Expected the program to outlive its engine, it ended.')
  const engines = runningProcesses(survivor.child.pid)
  await sleep(Math.random() * within)
  for (const pid of engines) {
    try {
      process.kill(pid, 'SIGKILL')
      engineKills++
    } catch {
      // It has ended by itself, as it does after being killed.
    }
  }
}
const drainedAfterMs = await drain(survivor)
const last = start()
await last.ready
await sleep(minuteMs)
await drain(last)
const figures = { ...(await look()), orphans: (await orphans()).length, drainedAfterMs }
const seconds = round((performance.now() - startedAt) / 1000)
report(
  `${values.program} kills of the program and ${engineKills} of its engine in ${seconds} s`,
  [
    `told of ${jobs.size} jobs, ${learnings.size} learnings, ${uploads.size} uploads`,
    `lost ${figures.lost}, doubled ${figures.doubled}, stuck ${figures.stuck}; failed in words ${figures.failed} of ${figures.pictures} pictures, ${figures.failedLearnings} learnings`,
    `drained ${round(drainedAfterMs / 1000)} s after the last kill; ${figures.orphans} files that no row names one minute after the next start`,
  ],
  { ...figures, seconds },
)
if (figures.lost + figures.doubled + figures.stuck + figures.orphans > 0) process.exitCode = 1
else rmSync(dataFolder, { recursive: true, force: true })

function start() {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './killsProgram.ts' : './killsProgram.js', import.meta.url))
  const loader = isSource ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, file, dataFolder, values.model], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'exit')
  let isDrained = false
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      const [what, id = '', count] = line.split(' ')
      if (what === 'ready') resolve()
      if (what === 'requested') jobs.set(id, Number(count))
      if (what === 'learning') learnings.add(id)
      if (what === 'uploaded') uploads.add(id)
      if (what === 'drained') isDrained = true
    })
    void ended.then(() => reject(new Error('The program ended before it was ready; its own words are above.')))
  })
  ready.catch(() => undefined)
  return { child, ended, ready, isDrained: () => isDrained }
}

/** Milliseconds until nothing is open. */
async function drain(program: ReturnType<typeof start>): Promise<number> {
  const beganAt = performance.now()
  program.child.stdin.write('drain\n')
  await program.ended
  if (!program.isDrained()) throw new Error('Expected the program to finish what was open, it ended before.')
  return performance.now() - beganAt
}

/** What the rows say of all that somebody was told of. */
async function look() {
  const { client, close } = await openDatabase(`file:${join(dataFolder, 'fourstroke.db')}`)
  const rows = await client.job.findMany({ include: { pictures: true } })
  const learned = await client.learning.findMany()
  await close()
  const pictures = rows.flatMap(({ pictures }) => pictures)
  const countOf = (job: string) => rows.find(({ id }) => id === job)?.pictures.length ?? 0
  const told = [...jobs]
  const isOpen = ({ state }: { state: string }) => state === 'queued' || state === 'running'
  const lostUploads = [...uploads].filter(hash => !existsSync(pathOf(hash))).length
  const broken = pictures.filter(({ state, file }) => state === 'finished' && !isWhole(file)).length
  return {
    lost:
      told.filter(([job, count]) => countOf(job) < count).length +
      [...learnings].filter(id => !learned.some(row => row.id === id)).length +
      (broken + lostUploads),
    doubled: told.filter(([job, count]) => countOf(job) > count).length,
    stuck: pictures.filter(isOpen).length + learned.filter(isOpen).length,
    pictures: pictures.length,
    failed: pictures.filter(({ state }) => state === 'failed').length,
    failedLearnings: learned.filter(({ state }) => state === 'failed').length,
  }
}

/** Files that no row names, and what was never finished; images that were brought wait a day for whoever may use them. */
async function orphans(): Promise<string[]> {
  const { client, close } = await openDatabase(`file:${join(dataFolder, 'fourstroke.db')}`)
  const rows = await client.picture.findMany({ select: { file: true, image: true } })
  await close()
  const named = new Set(rows.flatMap(({ file, image }) => [file, image]))
  const unnamed = filesIn().filter(path => !named.has(basename(path)) && !uploads.has(basename(path)))
  const sides = await Promise.all(
    unnamed.map(path =>
      sharp(path)
        .metadata()
        .catch(() => null),
    ),
  )
  return unnamed.filter((_, at) => sides[at]?.width !== uploadSide)
}

function filesIn(): string[] {
  return readdirSync(join(dataFolder, 'files'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}

function pathOf(hash: string): string {
  return join(dataFolder, 'files', hash.slice(0, 2), hash)
}

function isWhole(hash: string | null): boolean {
  if (hash === null || !existsSync(pathOf(hash))) return false
  return (
    createHash('sha256')
      .update(readFileSync(pathOf(hash)))
      .digest('hex') === hash
  )
}
