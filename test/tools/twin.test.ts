import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { answers } from '../../tools/gpu/answers.ts'

const golden = JSON.parse(readFileSync(new URL('../fixtures/twin.json', import.meta.url), 'utf8')) as {
  readonly most: number
  readonly answers: Readonly<Record<string, readonly number[]>>
}

describe('the PyTorch twin', async () => {
  const { arrays } = await answers()

  it.each(Object.entries(golden.answers))('answers as the project does: %s', (name, expected) => {
    const values = arrays[name]!
    const thinned = values.filter((_, at) => at % Math.max(1, Math.floor(values.length / golden.most)) === 0)
    expect(thinned.length).toBe(expected.length)
    const most = Math.max(1, ...values.map(Math.abs).slice(0, 100_000))
    const off = Math.max(...expected.map((value, at) => Math.abs(value - thinned[at]!)))
    expect(off / most).toBeLessThan(1e-5)
  })
})
