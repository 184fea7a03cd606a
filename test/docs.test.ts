import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, 'docs', 'how-it-works.md'), 'utf8')

test('every file that how-it-works.md names is there, and so is every function that stands behind its file', () => {
  const paths = [...text.matchAll(/`([a-z]+\/[\w/.-]+)`/g)].map(([, path]) => path!)
  expect(paths.filter(path => !existsSync(join(root, path)))).toEqual([])
  const missing: string[] = []
  let count = 0
  for (const [, path, list] of text.matchAll(/`([a-z]+\/[\w/.-]+\.ts)`((?:,? `\w+`)+)/g)) {
    const source = readFileSync(join(root, path!), 'utf8')
    for (const [, name] of list!.matchAll(/`(\w+)`/g)) {
      count++
      if (!new RegExp(`(function\\*?|const|class) ${name}\\b|\\b${name}\\(`).test(source))
        missing.push(`${path} ${name}`)
    }
  }
  expect(missing).toEqual([])
  expect(count).toBeGreaterThan(60)
})
