import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { canvas } from '../../bot/commands/canvas.ts'
import { imagine } from '../../bot/commands/imagine.ts'
import { limits } from '../../protocol/limits.ts'

type Bounds = { readonly min_value?: number; readonly max_value?: number; readonly max_length?: number }
const boundsOf = (options: readonly ({ readonly name: string } & Bounds)[], name: string): Bounds => {
  const { min_value, max_value, max_length } = options.find(option => option.name === name)!
  return Object.fromEntries(
    Object.entries({ min_value, max_value, max_length }).filter(([, value]) => value !== undefined),
  )
}

it.each<[string, Bounds]>([
  ['prompt', { max_length: limits.maxPromptCharacters }],
  ['style-strength', { min_value: 0, max_value: limits.maxStyleWeight }],
  ['seed', { min_value: 0, max_value: limits.maxSeed }],
  ['steps', { min_value: 1, max_value: limits.maxSteps }],
  ['guidance', { min_value: limits.minGuidance, max_value: limits.maxGuidance }],
  ['count', { min_value: 1, max_value: limits.maxPicturesAtOnce }],
])('Discord takes for %s of /imagine what the studio takes', (name, bounds) => {
  expect(boundsOf(imagine.data.options, name)).toEqual(bounds)
})

it('Discord takes names of rooms as long as the studio takes them', () => {
  expect(boundsOf(canvas.data.options, 'name')).toEqual({ max_length: limits.maxRoomNameCharacters })
})

/** A number that stands in limits.ts, written out where people's requests are checked, shown or offered. */
const copies = [
  /4[_ ]?294[_ ]?967[_ ]?295/,
  /2 \*\* 32 - 1\b/,
  /10 \* (1024 \* 1024|1000 \* 1000)/,
  /max_(value: (50|20|1\.5|4)|length: (1_?000|80|40))\b/,
  /max\w*(Prompt|Caption|Name)\w*\s*[=:]\s*[\d_]+/,
  /max\w*(Steps|Guidance|Weight)\s*[=:]\s*(50|20|1\.5)\b/,
]
/** Numbers that only look alike. */
const others = [
  // Discord's own limits: of an upload of a bot, and of what is typed for a size, which no studio checks.
  'bot/delivery/follow.ts',
  // The numbers of a generator, not a limit of a request.
  'engine/diffusion/random.ts',
]

it('no limit is written twice', () => {
  const files = execFileSync('git', ['ls-files', 'engine', 'studio', 'bot', 'server', 'web', 'commands', 'main.ts'], {
    encoding: 'utf8',
  })
  const found = files
    .split('\n')
    .filter(file => /\.tsx?$/.test(file) && !others.includes(file))
    .flatMap(file =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(line => copies.some(copy => copy.test(line)))
        .map(line => `${file}: ${line.trim()}`),
    )
  expect(found).toEqual([])
})
