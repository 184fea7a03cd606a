/** `npx tsx tools/train.ts <stage> [config]`: the pipeline without the rest of the program. */
import { describe, type RecipeName, type Stage, train } from '../engine/training/index.ts'

const [stage = 'all', config = 'quick'] = process.argv.slice(2) as [Stage?, RecipeName?]
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
let told = 0
await train(stage, {
  config,
  signal: stop.signal,
  say: words => console.log(`${new Date().toISOString()} ${words}`),
  onProgress(progress) {
    if (Date.now() - told < 10_000 && progress.step < progress.steps) return
    told = Date.now()
    console.log(`${new Date().toISOString()} ${describe(progress)}`)
  },
})
