import { describe, expect, test } from 'vitest'
import type { Element } from '../../../protocol/scene.ts'
import { layersOf } from '../../../web/canvas/layers.ts'
import { buildFrame, buildStroke } from '../builders.ts'

const ids = (elements: readonly Element[]) => elements.map(element => element.id)
const frame = buildFrame()
const rest = buildStroke({ id: 'rest' })
const drawn = buildStroke({ id: 'drawn', done: false })
const eraser = buildStroke({ id: 'eraser', erases: true, done: false })

describe('the three canvases', () => {
  test('keep ink that rests apart from ink that moves, and leave frames to the page', () => {
    const layers = layersOf([frame, rest, drawn, eraser], new Map(), [])
    expect([ids(layers.settled), ids(layers.moving), ids(layers.erasers)]).toEqual([['rest'], ['drawn'], ['eraser']])
  })

  test('show what is dragged in the place of what is in the scene', () => {
    const dragged = { ...rest, x: 50 }
    const { settled, moving } = layersOf([rest, drawn], new Map([['rest', dragged]]), [])
    expect(settled).toEqual([])
    expect(moving).toEqual([drawn, dragged])
  })

  test('show over a painting what it has not taken in, and paper where an eraser moves', () => {
    const layers = layersOf([rest, eraser, frame], new Map(), [{ frame, unpainted: [rest, eraser] }])
    expect(layers.unpainted).toEqual([{ frame, element: rest }])
    expect(layers.erasersOnFrames).toEqual([{ frame, element: eraser }])
  })
})
