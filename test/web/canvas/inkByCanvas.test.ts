import { describe, expect, test } from 'vitest'
import type { LayerInk } from '../../../protocol/layers.ts'
import type { Element, LayerElement } from '../../../protocol/scene.ts'
import { inkByCanvas } from '../../../web/canvas/inkByCanvas.ts'
import { buildLayer, byId } from '../../support/scenes.ts'
import { buildFrame, buildStroke } from '../builders.ts'

const ids = (inks: readonly LayerInk[]) => inks.map(({ ink }) => ink.map(({ id }) => id))
const frame = buildFrame()
const rest = buildStroke({ id: 'rest' })
const drawn = buildStroke({ id: 'drawn', done: false })
const eraser = buildStroke({ id: 'eraser', erases: true, done: false })
const nothing = byId([])

describe('the canvases', () => {
  test('keep ink that rests apart from ink that moves, and leave frames to the page', () => {
    const ink = inkByCanvas([frame, rest, drawn, eraser], new Map(), [], nothing)
    expect([ids(ink.settled), ids(ink.moving), ids(ink.erasers)]).toEqual([[['rest']], [['drawn']], [['eraser']]])
  })

  test('show what is dragged in the place of what is in the scene', () => {
    const dragged = { ...rest, x: 50 }
    const { settled, moving } = inkByCanvas([rest, drawn], new Map([['rest', dragged]]), [], nothing)
    expect(ids(settled)).toEqual([[]])
    expect(moving).toEqual([{ layer: null, ink: [drawn, dragged] }])
  })

  test('show over a painting what it has not taken in, and paper where an eraser moves', () => {
    const ink = inkByCanvas([rest, eraser, frame], new Map(), [{ frame, unpainted: [rest, eraser] }], nothing)
    expect(ink.unpainted).toEqual([{ frame, element: rest, layer: null }])
    expect(ink.erasersOnFrames).toEqual([{ frame, element: eraser, layer: null }])
  })

  test('keep layers apart, and an eraser on notes away from the painting', () => {
    const layer = (id: string, fields: Partial<LayerElement> = {}): LayerElement => {
      return { ...buildLayer({ id, ...fields }), author: 'ada', removed: false }
    }
    const [low, notes] = [layer('low'), layer('notes', { unseen: true })]
    const on = (element: Element, { id }: LayerElement) =>
      ({ ...element, id: `${element.id} ${id}`, layer: id }) as Element
    const elements = [rest, on(rest, notes), on(rest, low), on(eraser, notes)]
    const covered = [{ frame, unpainted: [] }]
    const ink = inkByCanvas(elements, new Map(), covered, byId([frame, low, notes, ...elements]))
    expect(ids(ink.settled)).toEqual([['rest'], ['rest low'], ['rest notes']])
    expect(ids(ink.erasers)).toEqual([[], ['eraser notes']])
    expect(ink.erasersOnFrames).toEqual([])
  })
})
