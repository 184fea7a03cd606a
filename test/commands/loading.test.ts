import { expect, test } from 'vitest'
import { createLoadingLines } from '../../commands/loading.ts'

function linesOn(isTTY: boolean) {
  const written: string[] = []
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 }
  const lines = createLoadingLines(stream)
  return { ...lines, written: () => written.join('') }
}
const part = (number: number, secondsLeft: number) => ({ type: 'part', part: number, parts: 4, secondsLeft }) as const

test('a model that is loaded at once is loaded in silence', () => {
  const lines = linesOn(false)
  lines.onLoading(part(1, 0.4))
  lines.onLoading({ type: 'warmUp' })
  lines.end()
  expect(lines.written()).toBe('')
})

test('a large one has a line for each part', () => {
  const lines = linesOn(false)
  lines.onLoading(part(1, 42))
  lines.onLoading(part(4, 2))
  lines.onLoading({ type: 'warmUp' })
  lines.end()
  expect(lines.written()).toBe(
    'Loading the model, part 1 of 4, about 42 s …\nLoading the model, part 4 of 4, about 2 s …\nTrying the model on this device …\n',
  )
})

test('on a terminal it is one line, which goes when it is done', () => {
  const lines = linesOn(true)
  lines.onLoading(part(1, 42))
  lines.end()
  lines.end()
  expect(lines.written()).toBe('\r\x1b[KLoading the model, part 1 of 4, about 42 s …\r\x1b[K')
})
