import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { type ErrorCode, errorPayload, errors, errorText, fillValues, UserError } from '../../protocol/errors.ts'
import { openTestEngine } from '../support/engine.ts'
import { buildStudio, untilEnded } from '../support/studio.ts'

const codes = Object.keys(errors) as ErrorCode[]
/** What only the engine throws. */
const ofEngine = codes.filter(code => /^(request|engine|model|learn|device)\//.test(code))

it.each(codes)('%s is told in whole sentences, with a status', code => {
  const { message, hint = 'None.', status } = errors[code]
  const names = [...`${message} ${hint}`.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const values = Object.fromEntries(names.map(name => [name, 'Words.']))
  const said = {
    message: fillValues(message, values),
    ...('hint' in errors[code] && { hint: fillValues(hint, values) }),
  }
  expect(new UserError(code, undefined, { values })).toMatchObject({ name: 'UserError', code, status, ...said })
  for (const text of Object.values(said)) expect(text).toMatch(/^["“]?\p{Lu}.*[.!?]$/u)
  expect(status).toBeGreaterThanOrEqual(400)
})

it('shows the hint of the table with the message of the table, and only a given hint with another message', () => {
  expect(errorText(new UserError('queue/full'))).toBe('The studio is busy. Try again in a minute.')
  expect(errorText(new UserError('queue/full', 'Later.'))).toBe('Later.')
  expect(errorText(new UserError('queue/full', 'Later.', { hint: 'Wait.' }))).toBe('Later. Wait.')
})

it('survives being sent: code, message and hint arrive, and an unknown code is an error like any other', () => {
  for (const code of codes) {
    const sent = JSON.parse(JSON.stringify(errorPayload(code)))
    expect(UserError.from(sent)).toMatchObject({ ...errorPayload(code), status: errors[code].status })
  }
  const foreign = UserError.from({ code: 'moon/eclipse', message: 'Too dark.', hint: 'Wait.' })
  expect(foreign.payload).toEqual({ code: 'moon/eclipse', message: 'Too dark.', hint: 'Wait.' })
  expect(foreign.status).toBe(400)
})

it('has a case in the tests for every code that the studio throws', () => {
  const folder = dirname(import.meta.dirname)
  const read = (root: string, isWanted: (name: string) => boolean) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts') && isWanted(name))
      .map(name => readFileSync(join(root, name), 'utf8'))
      .join('\n')
  const tests = read(folder, name => name.endsWith('.test.ts') && !name.endsWith('protocol/errors.test.ts'))
  const studio = read(join(folder, '..', 'studio'), () => true)
  const thrown = codes.filter(code => studio.includes(`'${code}'`))
  expect(thrown.length).toBeGreaterThan(40)
  expect(thrown.filter(code => !tests.includes(`'${code}'`))).toEqual([])
})

it('hands on every error of the engine with its code and message', async () => {
  const failures = Object.fromEntries(ofEngine.map(code => [`a picture of ${code}`, code]))
  const test = await buildStudio({ engine: openTestEngine({ failures }) })
  const { person } = await test.studio.people.newGuest('Ada')
  for (const code of ofEngine) {
    const { job } = await test.studio.pictures.request(person.id, 'canvas', { prompt: `a picture of ${code}` })
    expect((await untilEnded(test.studio, job)).pictures[0]).toMatchObject({
      state: 'failed',
      failure: { code, message: expect.stringContaining(code) },
    })
  }
  await test.close()
})
