/**
 * How much memory it takes to load a model folder and to paint one picture with it, memory of its own and mapped files
 * told apart, and how long. Model folders of real size are made by `tools/reference/real_size.py`.
 *
 *     npm run bench:memory -- --model ~/models-real/fp32 --size 256 --steps 4 [--lcm-lora file] [--data folder]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { peakMemory } from './processMemory.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../models/fourstroke-256', import.meta.url)) },
    'lcm-lora': { type: 'string' },
    size: { type: 'string' },
    steps: { type: 'string', default: '4' },
    seed: { type: 'string', default: '7' },
    device: { type: 'string', default: 'cpu' },
    /** `imagine` paints one picture; `doctor` measures batches as `start` does. */
    command: { type: 'string', default: 'imagine' },
    /** A data folder that stays: the next run finds what this one made from the model's files. */
    data: { type: 'string' },
  },
})

const data = options.data ?? mkdtempSync(join(tmpdir(), 'fourstroke-memory-'))
mkdirSync(data, { recursive: true })
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const painting = [
  ...['imagine', 'a red house by a lake', '--seed', options.seed, '--steps', options.steps, '--json'],
  ...['--out', join(data, 'out.png'), ...(options.size ? ['--size', `${options.size}x${options.size}`] : [])],
]
const began = performance.now()
const child = spawn(
  process.execPath,
  ['--import', 'tsx', main, ...(options.command === 'imagine' ? painting : ['doctor', '--json'])],
  {
    env: {
      ...process.env,
      FOURSTROKE_DATA: data,
      FOURSTROKE_MODEL: options.model,
      FOURSTROKE_DEVICE: options.device,
      ...(options['lcm-lora'] && { FOURSTROKE_LCM_LORA: options['lcm-lora'] }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
let output = ''
child.stdout.on('data', chunk => {
  output += chunk
})
const ended = once(child, 'close')
const peak = await peakMemory(child.pid!, ended)
const [code] = await ended
const seconds = (performance.now() - began) / 1000
if (!options.data) rmSync(data, { recursive: true, force: true })
if (code !== 0) throw new Error(`The program ended with code ${code}: ${output}`)

const gigabytes = (mb: number) => `${(mb / 1e3).toFixed(2)} GB`
console.log(`${options.command} with ${options.model}${options['lcm-lora'] ? ` and ${options['lcm-lora']}` : ''}
  peak            ${gigabytes(peak.totalMb)}
  private         ${gigabytes(peak.privateMb)} at its peak
  mapped files    ${gigabytes(peak.fileMb)} at its peak
  time            ${seconds.toFixed(0)} s`)
const { sha256, stepMs, totalMs } = JSON.parse(output) as { sha256?: string; stepMs?: number[]; totalMs?: number }
console.log(JSON.stringify({ ...peak, seconds, sha256, stepMs, totalMs }))
