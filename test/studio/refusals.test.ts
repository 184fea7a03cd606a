import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { type EngineRefusalCode, engineRefusals } from '../../engine/types/engine.ts'
import { Refusal, type RefusalCode, refusals } from '../../studio/refusals.ts'
import { openTestEngine } from '../support/engine.ts'
import { buildStudio, untilEnded } from '../support/studio.ts'

const codes = Object.keys(refusals) as RefusalCode[]

it.each(codes)('%s has words for people', code => {
  expect(new Refusal(code)).toMatchObject({ name: 'Refusal', code, words: refusals[code], message: refusals[code] })
  expect(refusals[code]).toMatch(/^\p{Lu}.*[.!?]$/u)
})

it('has a case in the tests for every code of the studio and its faces', () => {
  const folder = dirname(import.meta.dirname)
  const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !name.endsWith('refusals.test.ts'))
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const ofStudio = codes.filter(code => !(code in engineRefusals))
  expect(ofStudio.filter(code => !tests.includes(`'${code}'`))).toEqual([])
})

it('hands on every refusal of the engine with its code and words', async () => {
  const engineCodes = Object.keys(engineRefusals) as EngineRefusalCode[]
  const failures = Object.fromEntries(engineCodes.map(code => [`a picture of ${code}`, code]))
  const test = await buildStudio({ engine: openTestEngine({ failures }) })
  const { person } = await test.studio.people.newGuest('Ada')
  for (const code of engineCodes) {
    const { job } = await test.studio.pictures.request(person.id, 'canvas', { prompt: `a picture of ${code}` })
    expect((await untilEnded(test.studio, job)).pictures[0]).toMatchObject({
      state: 'failed',
      failure: { code, words: expect.stringContaining(code) },
    })
  }
  await test.close()
})
