import { describe, expect, test } from 'vitest'
import {
  next,
  noPointers,
  type PointerCommand,
  type PointerInput,
  type PointerKind,
  type PointerState,
} from '../../../web/stage/pointers.ts'

const pen = { tool: 'pen', canEdit: true } as const
type Down = PointerInput & { type: 'down' }
const down = (id: number, kind: PointerKind, over: Partial<Down> = {}): Down => ({
  ...{ type: 'down', id, kind, button: 0, alt: false, at: { x: 0, y: 0 }, time: 0 },
  ...over,
})
const move = (id: number, x: number, y = 0): PointerInput => ({ type: 'move', id, at: { x, y } })
const up = (id: number, time = 0): PointerInput => ({ type: 'up', id, time })

/** All that follows from these inputs, and where it leads. */
function play(inputs: readonly PointerInput[], context: Parameters<typeof next>[2] = pen) {
  let state: PointerState = noPointers
  const commands: PointerCommand[] = []
  for (const input of inputs) {
    const step = next(state, input, context)
    state = step.state
    commands.push(...step.commands)
  }
  return { state, commands, does: commands.map(one => (one.type === 'begin' ? `begin ${one.tool}` : one.type)) }
}

describe('one pointer', () => {
  test('picks a color while Alt is held, from tools that have one', () => {
    const withAlt = (context: Parameters<typeof next>[2]) => play([down(1, 'mouse', { alt: true })], context).does
    expect(withAlt(pen)).toEqual(['begin eyedropper'])
    expect(withAlt({ tool: 'rectangle', canEdit: true })).toEqual(['begin eyedropper'])
    expect(withAlt({ tool: 'eraser', canEdit: true })).toEqual(['begin eraser'])
    expect(withAlt({ tool: 'select', canEdit: true })).toEqual(['begin select'])
    expect(withAlt({ tool: 'pen', canEdit: false })).toEqual(['begin hand'])
  })

  test('draws from down to up', () => {
    expect(play([move(1, 5), down(1, 'mouse'), move(1, 5), move(1, 9), up(1), move(1, 2)]).does).toEqual([
      'begin pen',
      'move',
      'move',
      'end',
    ])
  })

  test('is cancelled by Escape or when the browser takes it away, once', () => {
    expect(play([down(1, 'pen'), { type: 'escape' }, move(1, 5), up(1)]).does).toEqual(['begin pen', 'cancel'])
    expect(play([down(1, 'pen'), { type: 'lost', id: 1, time: 0 }]).does).toEqual(['begin pen', 'cancel'])
    expect(play([{ type: 'escape' }]).does).toEqual([])
  })

  test('moves the desk with Space, with the middle button, and for who only watches', () => {
    expect(play([{ type: 'space', held: true }, down(1, 'mouse')]).does).toEqual(['begin hand'])
    expect(play([{ type: 'space', held: true }, { type: 'space', held: false }, down(1, 'mouse')]).does).toEqual([
      'begin pen',
    ])
    expect(play([down(1, 'mouse', { button: 1 })]).does).toEqual(['begin hand'])
    expect(play([down(1, 'mouse')], { tool: 'pen', canEdit: false }).does).toEqual(['begin hand'])
    expect(play([down(1, 'mouse')], { tool: 'select', canEdit: false }).does).toEqual(['begin select'])
  })

  test('does nothing with other buttons', () => {
    expect(play([down(1, 'mouse', { button: 2 }), move(1, 3), up(1)]).does).toEqual([])
  })

  test('erases with the other end of a pen, whatever tool is chosen', () => {
    expect(play([down(1, 'pen', { button: 5 })], { tool: 'rectangle', canEdit: true }).does).toEqual(['begin eraser'])
  })

  test('is not disturbed by another one', () => {
    expect(play([down(1, 'mouse'), down(2, 'mouse'), move(2, 5), up(2), move(1, 1)]).does).toEqual([
      'begin pen',
      'move',
    ])
  })
})

describe('fingers', () => {
  test('go on with a stroke that is under way when a palm touches the glass, and pinch while they wait or pan', () => {
    const palm = [down(2, 'touch', { at: { x: 200, y: 0 }, time: 900 }), move(2, 240), up(2)]
    const stroke = [down(1, 'touch'), move(1, 30)]
    expect(play([...stroke, ...palm, move(1, 60), up(1)]).does).toEqual(['begin pen', 'move', 'move', 'end'])
    // The palm may rest there for longer than the stroke.
    const resting = [...stroke, palm[0]!, up(1), move(2, 240), up(2), down(3, 'touch', { time: 2_000 }), move(3, 9)]
    expect(play(resting).does).toEqual(['begin pen', 'move', 'end', 'begin pen', 'move'])
    // A finger that has hardly moved waits for the other one of a pinch, however long it takes.
    expect(play([down(1, 'touch'), move(1, 4), ...palm]).does).toEqual(['begin pen', 'move', 'cancel', 'pan', 'zoom'])
    // One that pans may zoom at any time.
    const hand = play([...stroke, ...palm], { tool: 'hand', canEdit: true })
    expect(hand.does).toEqual(['begin hand', 'move', 'end', 'pan', 'zoom'])
  })

  test('draw where no pen has been seen', () => {
    expect(play([down(1, 'touch'), move(1, 4), up(1)]).does).toEqual(['begin pen', 'move', 'end'])
  })

  test('become a pinch with the second one: the ink of the first never was', () => {
    const { does, commands } = play([
      down(1, 'touch'),
      down(2, 'touch', { at: { x: 100, y: 0 } }),
      move(2, 200),
      up(2),
      move(1, 4),
    ])
    expect(does).toEqual(['begin pen', 'cancel', 'pan', 'zoom'])
    expect(commands.slice(2)).toEqual([
      { type: 'pan', dx: 50, dy: 0 },
      { type: 'zoom', factor: 2, at: { x: 100, y: 0 } },
    ])
  })

  test('pinch with two: a third one says nothing', () => {
    const three = [down(1, 'touch'), down(2, 'touch', { at: { x: 9, y: 9 } }), down(3, 'touch')]
    expect(play([...three, move(3, 50)]).does).toEqual(['begin pen', 'cancel'])
  })

  test('only move the view once a pen has been seen', () => {
    expect(play([down(1, 'pen'), up(1), down(2, 'touch', { time: 1_000 })]).does).toEqual([
      'begin pen',
      'end',
      'begin hand',
    ])
  })
})

describe('a pen comes before fingers', () => {
  test('that rest on the glass when it is put down', () => {
    expect(play([down(1, 'touch'), move(1, 2), down(7, 'pen'), move(7, 5), move(1, 3), up(7), up(1)]).does).toEqual([
      'begin pen',
      'move',
      'cancel',
      'begin pen',
      'move',
      'end',
    ])
    // A palm and a finger: no pinch either.
    expect(play([down(1, 'touch'), down(2, 'touch'), down(7, 'pen'), move(1, 30), move(2, 60)]).does).toEqual([
      'begin pen',
      'cancel',
      'begin pen',
    ])
  })

  test('that land while it draws, however many', () => {
    const palm = [down(2, 'touch'), down(3, 'touch'), move(2, 40), move(3, 80), up(2), up(3)]
    expect(play([down(7, 'pen'), ...palm, move(7, 1), up(7)]).does).toEqual(['begin pen', 'move', 'end'])
  })

  test('that land just after it was lifted, until they are lifted too', () => {
    const inputs = [down(7, 'pen'), up(7, 1_000), down(2, 'touch', { time: 1_100 }), move(2, 50)]
    expect(play(inputs).does).toEqual(['begin pen', 'end'])
    expect(play([...inputs, up(2, 3_000), down(3, 'touch', { time: 3_100 })]).does.at(-1)).toBe('begin hand')
  })

  test('but not before a mouse that is drawing already', () => {
    expect(play([down(1, 'mouse'), down(7, 'pen'), move(7, 5), move(1, 5)]).does).toEqual(['begin pen', 'move'])
  })
})
