import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../prisma')
const schema = readFileSync(join(folder, 'schema.prisma'), 'utf8')

it.each([
  ['sqlite', schema],
  ['postgresql', readFileSync(join(folder, 'client/postgresql.prisma'), 'utf8')],
])('the %s client is generated from the schema as it is now: node prisma/generate.js', (client, expected) => {
  const source = readFileSync(join(folder, 'client', client, 'internal/class.ts'), 'utf8')
  const inline = /"inlineSchema": ("(?:[^"\\]|\\.)*")/.exec(source)?.[1]
  expect(JSON.parse(inline!)).toBe(expected)
})

it('the two schemas differ in their provider and their place alone', () => {
  const lines = (text: string) => text.split('\n').filter(line => !/^\/\/ Generated|provider = |output +=/.test(line))
  expect(lines(readFileSync(join(folder, 'client/postgresql.prisma'), 'utf8'))).toEqual(lines(schema))
})
