import { join } from 'node:path'
import type { Engine } from '../../engine/types/engine.ts'
import type { StyleEngine } from '../../engine/types/styles.ts'
import { openStudio } from '../../studio/index.ts'
import { openTestEngine } from './engine.ts'

/**
 * A program like ours, to be killed. Arguments: folder, model folder or `stripes`, `request` or `drain`. It says in lines
 * `requested <job> <count>`, once the studio has told it so, and `ended <job>`.
 */
const [folder = '', model = 'stripes', task = 'request'] = process.argv.slice(2)
const say = (...words: unknown[]) => process.stdout.write(`${words.join(' ')}\n`)

const engine = await openAnEngine()
say('engine')
const studio = await openStudio({
  ...{ engine, dataFolder: folder, databaseUrl: `file:${join(folder, 'fourstroke.db')}`, resume: 'all' },
})
say('ready')
const person = await studio.people.fromDiscord({ discordId: '1', name: 'Ada' })

if (task === 'drain') {
  const isDone = async () => {
    const { pictures } = await studio.statistics()
    return pictures.queued + pictures.running === 0
  }
  while (!(await isDone())) await new Promise(resolve => setTimeout(resolve, 20))
  await studio.close()
  await engine.close()
  say('drained')
} else {
  while (true) {
    const count = 1 + Math.floor(Math.random() * 4)
    const requested = studio.pictures.request(person.id, 'chat', {
      prompt: 'a red house',
      width: 32,
      height: 32,
      count,
    })
    const result = await requested.catch((error: Error) => error)
    // The queue is full: wait for it to move.
    if (result instanceof Error) await new Promise(resolve => setTimeout(resolve, 10))
    else {
      say('requested', result.job, count)
      studio.pictures.watch(result.job, fact => fact.type === 'ended' && say('ended', result.job))
    }
  }
}

async function openAnEngine(): Promise<Engine & StyleEngine> {
  if (model === 'stripes') return openTestEngine({ stepMs: 2 })
  const { openEngine } = await import('../../engine/index.ts')
  return openEngine({ modelFolder: model, device: 'cpu' })
}
