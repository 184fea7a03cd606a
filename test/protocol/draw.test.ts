import { type Canvas, createCanvas, type Image } from '@napi-rs/canvas'
import { describe, expect, test } from 'vitest'
import { visibleElements } from '../../protocol/apply.ts'
import { drawLayers, strokeOutline } from '../../protocol/draw.ts'
import type { DrawingContext, DrawingSupport } from '../../protocol/drawingContext.ts'
import { boundsOf } from '../../protocol/geometry.ts'
import { inkByLayer } from '../../protocol/layers.ts'
import {
  type Brush,
  type Element,
  type LayerElement,
  plainBrush,
  type SceneElement,
  type StrokeElement,
} from '../../protocol/scene.ts'
import { createStampPlacer, strokeStamps } from '../../protocol/stamps.ts'
import { createBitmaps } from '../../server/bitmaps.ts'
import { createFrameRaster } from '../../server/raster.ts'
import { fitSize } from '../../server/size.ts'
import { buildFrame, buildLayer, buildRectangle, buildStroke, byId } from '../support/scenes.ts'

const made = (element: object) => ({ ...element, author: 'ada', removed: false }) as Element
const line = (fields: Partial<StrokeElement> = {}) =>
  made(
    buildStroke({
      id: 'line',
      points: [10, 32, 1, 32, 32, 1, 54, 32, 1],
      pressure: true,
      size: 10,
      color: '#ff0000',
      ...fields,
    }),
  )

const brush = (fields: Partial<Brush>) => ({ brush: { ...plainBrush, ...fields } })

/** The same calls with the same meaning, under other types. */
const drawingOn = (canvas: Canvas) => canvas.getContext('2d') as unknown as DrawingContext<Image | Canvas>
const support: DrawingSupport<Image | Canvas> = {
  pictures: () => undefined,
  createSheet(width, height) {
    const canvas = createCanvas(width, height)
    return { context: drawingOn(canvas), picture: canvas }
  },
}

function pixelsOf(elements: SceneElement[], box = { x: 0, y: 0, width: 64, height: 64 }): Uint8ClampedArray {
  const canvas = createCanvas(64, 64)
  const context = drawingOn(canvas)
  context.translate(-box.x, -box.y)
  const scene = { elements: byId(elements) }
  drawLayers(context, inkByLayer(visibleElements(scene), scene.elements), box, support)
  return canvas.getContext('2d').getImageData(0, 0, 64, 64).data
}

function draw(elements: SceneElement[], box = { x: 0, y: 0, width: 64, height: 64 }) {
  const data = pixelsOf(elements, box)
  return (x: number, y: number) => [...data.subarray((y * 64 + x) * 4, (y * 64 + x) * 4 + 4)]
}

describe('drawing', () => {
  test('a stroke at full pressure is as wide as its brush', () => {
    const pixel = draw([line()])
    expect(pixel(32, 32)).toEqual([255, 0, 0, 255])
    expect(pixel(32, 28)).toEqual([255, 0, 0, 255])
    expect(pixel(32, 36)[3]).toBe(255)
    expect(pixel(32, 25)[3]).toBe(0)
    expect(pixel(32, 39)[3]).toBe(0)
  })
  test.each([
    ['a line', line({ points: [-20, 0, 1, 0, 0, 1, 20, 0, 1], x: 32, y: 32 })],
    [
      'a soft, faint line',
      line({ points: [-20, 0, 1, 20, 0, 1], x: 32, y: 32, ...brush({ tip: 'soft', opacity: 0.5 }) }),
    ],
    ['a scaled line', line({ points: [-10, 0, 1, 10, 0, 1], x: 32, y: 32, scaleX: 2 })],
    ['a rectangle', made(buildRectangle({ x: 12, y: 28, width: 40, height: 8 }))],
  ])('%s that is turned by a quarter stands where it lay, and nothing is drawn outside its bounds', (_, flat) => {
    const lying = draw([flat])
    const standing = draw([{ ...flat, rotation: Math.PI / 2 } as Element])
    for (const [x, y] of [
      [32, 32],
      [16, 32],
      [48, 32],
      [32, 16],
      [32, 48],
    ] as const) {
      const [there, here] = [lying(x, y), standing(63 - y, x)]
      expect(Math.abs(there[3]! - here[3]!), `at ${x}, ${y}`).toBeLessThan(48)
    }
    const turned = { ...flat, rotation: 1 } as Element
    const { x, y, width, height } = boundsOf(turned)
    const pixel = draw([turned])
    for (let at = 0; at < 64 * 64; at++) {
      const [px, py] = [at % 64, Math.floor(at / 64)]
      const isInside = px >= x - 1 && px <= x + width && py >= y - 1 && py <= y + height
      if (!isInside) expect(pixel(px, py)[3], `at ${px}, ${py}`).toBe(0)
    }
    expect(Math.max(width, height)).toBeLessThan(60)
  })
  test('less pressure is thinner ink', () => {
    const pixel = draw([line({ points: [10, 32, 0.1, 32, 32, 0.1, 54, 32, 0.1] })])
    expect(pixel(32, 32)[3]).toBe(255)
    expect(pixel(32, 28)[3]).toBe(0)
  })
  test('an eraser takes pixels from what is below, and nothing from what is above', () => {
    const below = made(buildRectangle({ id: 'below', width: 64, height: 64, stroke: null, fill: '#00ff00' }))
    const above = made(
      buildRectangle({ id: 'above', x: 40, y: 20, width: 20, height: 20, stroke: null, fill: '#0000ff' }),
    )
    const pixel = draw([below, line({ z: 'a5', erases: true }), { ...above, z: 'a6' }])
    expect(pixel(5, 5)).toEqual([0, 255, 0, 255])
    expect(pixel(25, 32)).toEqual([0, 0, 0, 0])
    expect(pixel(45, 32)).toEqual([0, 0, 255, 255])
  })
  test('a box shows its own part of the scene', () => {
    const pixel = draw([line({ x: 100, y: 50 })], { x: 100, y: 50, width: 64, height: 64 })
    expect(pixel(32, 32)).toEqual([255, 0, 0, 255])
  })
  test('nothing is drawn outside of what `boundsOf` says', () => {
    for (const stroke of [line(), line({ scaleX: -2, scaleY: 0.5, x: 130 }), line({ points: [32, 32, 1] })]) {
      const { x, y, scaleX, scaleY } = stroke as StrokeElement
      const box = boundsOf(stroke)
      const outline = strokeOutline(stroke as StrokeElement)
      for (let i = 0; i < outline.length; i += 2) {
        const [px, py] = [x + outline[i]! * scaleX, y + outline[i + 1]! * scaleY]
        expect(px).toBeGreaterThanOrEqual(box.x)
        expect(px).toBeLessThanOrEqual(box.x + box.width)
        expect(py).toBeGreaterThanOrEqual(box.y)
        expect(py).toBeLessThanOrEqual(box.y + box.height)
      }
    }
  })
})

test('D3: an area is filled where an odd number of its rings surrounds it', () => {
  const rings = [
    [0, 0, 10_000, 0, 10_000, 10_000, 0, 10_000],
    [2_500, 2_500, 7_500, 2_500, 7_500, 7_500, 2_500, 7_500],
  ]
  const area = { id: 'area', z: 'a1', kind: 'area', color: '#3366ff', x: 10, y: 20, width: 40, height: 20, rings }
  const pixel = draw([made(area)])
  expect([pixel(12, 22), pixel(48, 38)]).toEqual([
    [0x33, 0x66, 255, 255],
    [0x33, 0x66, 255, 255],
  ])
  expect([pixel(30, 30)[3], pixel(8, 22)[3], pixel(12, 42)[3]]).toEqual([0, 0, 0])
})

describe('brushes', () => {
  const alpha = (stroke: Element, x: number, y: number) => draw([stroke])(x, y)[3]!
  /** There and back: every place is passed twice. */
  const twice = { points: [10, 32, 1, 54, 32, 1, 10, 32, 1] }

  test('D2: strokes without a brush are drawn as before there were brushes', () => {
    // From `strokeOutline` of version 3 of the protocol: length, beginning and sum, rounded.
    const points = Array.from({ length: 40 }, (_, i) => [i * 5, 30 * Math.sin(i / 5), 0.2 + (0.6 * (i % 7)) / 7])
    const flat = points.flat().map(value => Math.round(value * 100) / 100)
    const outlines = [true, false].map(pressure => [
      ...strokeOutline(line({ size: 9, pressure, points: flat }) as StrokeElement),
    ])
    const golden = outlines.map(outline => [
      outline.length,
      outline
        .slice(0, 3)
        .map(value => value.toFixed(3))
        .join(),
      outline.reduce((sum, value) => sum + value, 0).toFixed(2),
    ])
    expect(golden).toEqual([
      [240, '1.367,-1.171,8.828', '14435.40'],
      [240, '1.084,-0.928,8.046', '14424.79'],
    ])
    expect(pixelsOf([line(brush({}))])).toEqual(pixelsOf([line()]))
  })
  test('a soft tip fades from its middle outwards', () => {
    const soft = line({ size: 30, ...brush({ tip: 'soft' }) })
    const across = [32, 36, 40, 44].map(y => alpha(soft, 32, y))
    expect(across[0]).toBeGreaterThan(240)
    expect(across).toEqual([...across].sort((a, b) => b - a))
    expect(across[2]).toBeLessThan(200)
    expect(across[3]).toBeGreaterThan(0)
    expect(alpha(soft, 32, 48)).toBe(0)
  })
  test.each(['hard', 'soft'] as const)(
    'a %s stroke gets no darker than its opacity, wherever it crosses itself',
    tip => {
      const faint = line({ ...twice, ...brush({ tip, opacity: 0.5 }) })
      expect(alpha(faint, 32, 32)).toBeGreaterThanOrEqual(126)
      expect(alpha(faint, 32, 32)).toBeLessThanOrEqual(128)
      expect(alpha(faint, 12, 32)).toBeLessThanOrEqual(128)
    },
  )
  test('with less flow ink builds up where the pen goes again', () => {
    const once = alpha(line({ size: 20, ...brush({ flow: 0.1 }) }), 32, 32)
    const again = alpha(line({ size: 20, ...twice, ...brush({ flow: 0.1 }) }), 32, 32)
    expect(once).toBeGreaterThan(40)
    expect(again).toBeGreaterThan(once + 40)
  })
  test('pressure works on size and opacity as the brush says', () => {
    const light = { points: [10, 32, 0.2, 54, 32, 0.2] }
    const thin = line({ size: 20, ...light })
    const wide = line({ size: 20, ...light, ...brush({ pressureOnSize: false }) })
    const faint = line({ size: 20, ...light, ...brush({ pressureOnSize: false, pressureOnOpacity: true, flow: 0.5 }) })
    expect([alpha(thin, 32, 40), alpha(wide, 32, 40), alpha(wide, 32, 32)]).toEqual([0, 255, 255])
    expect(alpha(faint, 32, 40)).toBeGreaterThan(0)
    expect(alpha(faint, 32, 32)).toBeLessThan(220)
  })
  test('an eraser takes as much as its brush lays down', () => {
    const below = made(buildRectangle({ id: 'below', z: 'Zz', width: 64, height: 64, stroke: null, fill: '#00ff00' }))
    const pixel = draw([below, line({ erases: true, ...brush({ tip: 'soft', opacity: 0.5 }) })])
    expect(pixel(32, 32)[3]).toBeGreaterThan(120)
    expect(pixel(32, 32)[3]).toBeLessThan(132)
    expect(pixel(5, 5)).toEqual([0, 255, 0, 255])
  })
  test('nothing of a soft or flowing stroke lies outside of what `boundsOf` says', () => {
    for (const fields of [
      brush({ tip: 'soft' }),
      brush({ flow: 0.3 }),
      { scaleX: -1.5, ...brush({ flow: 0.3 }), x: 70 },
    ]) {
      const stroke = line(fields)
      const { x, y, width, height } = boundsOf(stroke)
      const data = pixelsOf([stroke])
      for (let pixel = 0; pixel < 64 * 64; pixel++) {
        const [px, py] = [pixel % 64, Math.floor(pixel / 64)]
        const isInside = px >= x - 1 && px <= x + width && py >= y - 1 && py <= y + height
        if (!isInside) expect(data[pixel * 4 + 3], `${px}, ${py}`).toBe(0)
      }
    }
  })
  test('stamps are the same whether a stroke is walked at once or as it grows', () => {
    const points = Array.from({ length: 60 }, (_, i) => [i * 3, 20 * Math.sin(i / 4), (i % 9) / 9]).flat()
    const stroke = line({ points, ...brush({ tip: 'soft', flow: 0.4 }) }) as StrokeElement
    const placer = createStampPlacer(stroke)
    for (let end = 3; end <= points.length; end += 21) placer.follow(points, end)
    placer.follow(points)
    const fork = placer.fork()
    fork.finish()
    expect([...placer.stamps, ...fork.stamps]).toEqual(strokeStamps(stroke))
  })
})

describe('layers', () => {
  const frame = made(buildFrame({ width: 64, height: 64 }))
  const layer = (fields: Partial<LayerElement> = {}) =>
    ({ ...buildLayer(fields), author: 'ada', removed: false }) as SceneElement
  const square = (id: string, fill: string, fields: object = {}) =>
    made(buildRectangle({ id, x: 8, y: 8, width: 48, height: 48, stroke: null, fill, ...fields }))
  const red = [255, 0, 0, 255]

  test('D4: are drawn in their own order, above all that lies on none', () => {
    const scene = [
      ...[frame, layer({ id: 'low', z: 'a1' }), layer({ id: 'high', z: 'a2' })],
      ...[square('green', '#00ff00', { z: 'a9', layer: 'low' }), square('red', '#ff0000', { z: 'a1', layer: 'high' })],
      square('loose', '#0000ff', { z: 'b9' }),
    ]
    expect(draw(scene)(32, 32)).toEqual(red)
    const swapped = scene.map(one => (one.id === 'low' ? { ...one, z: 'a3' } : one))
    expect(draw(swapped)(32, 32)).toEqual([0, 255, 0, 255])
    expect(draw([...swapped, layer({ id: 'low', hidden: true }), layer({ id: 'high', hidden: true })])(32, 32)).toEqual(
      [...[0, 0, 255, 255]],
    )
  })

  test('D4: have one opacity as a whole, however often their ink overlaps', () => {
    const ink = [square('one', '#ff0000', { layer: 'layer' }), square('two', '#ff0000', { z: 'a5', layer: 'layer' })]
    const [red, , , alpha] = draw([frame, layer({ opacity: 0.4 }), ...ink])(32, 32)
    expect([red, alpha]).toEqual([255, 102])
  })

  test('D4: give an eraser only their own ink', () => {
    const eraser = line({ z: 'a8', erases: true, layer: 'layer' })
    const scene = [
      frame,
      layer(),
      square('loose', '#0000ff'),
      square('red', '#ff0000', { z: 'a5', layer: 'layer' }),
      eraser,
    ]
    expect(draw(scene)(32, 32)).toEqual([0, 0, 255, 255])
    expect(draw(scene)(32, 50)).toEqual(red)
    // On no layer it takes nothing of what lies on layers.
    expect(draw([...scene.slice(0, 4), { ...eraser, layer: null } as Element])(32, 32)).toEqual(red)
  })

  test('D5: count as long as they and their frame are there and the ink touches the frame', () => {
    const ink = square('red', '#ff0000', { layer: 'layer' })
    const hidden = layer({ hidden: true })
    const isDrawn = (...scene: SceneElement[]) => draw(scene)(32, 32)[3] === 255
    expect(isDrawn(frame, hidden, ink)).toBe(false)
    expect(isDrawn(frame, { ...hidden, removed: true }, ink)).toBe(true)
    expect(isDrawn({ ...frame, removed: true }, hidden, ink)).toBe(true)
    expect(isDrawn({ ...frame, x: 500 } as Element, hidden, ink)).toBe(true)
    expect(isDrawn(frame, ink)).toBe(true)
  })

  test('D6: that the model does not get are drawn above the others, and not in its raster', () => {
    const scene = [
      ...[frame, layer({ id: 'notes', z: 'a0', unseen: true }), layer({ id: 'high', z: 'a9' })],
      ...[square('red', '#ff0000', { layer: 'notes' }), square('green', '#00ff00', { layer: 'high' })],
    ]
    expect(draw(scene)(32, 32)).toEqual(red)
    const box = { x: 0, y: 0, width: 64, height: 64 }
    const { data } = createFrameRaster().render(box, byId(scene), { width: 64, height: 64 }, () => undefined)
    expect([...data.subarray((32 * 64 + 32) * 3, (32 * 64 + 32) * 3 + 3)]).toEqual([0, 255, 0])
  })

  test('D1 D4: the raster that is drawn bit by bit has the pixels that `drawLayers` draws', () => {
    const raster = createFrameRaster()
    const elements = byId([frame, layer({ id: 'low' }), layer({ id: 'high', z: 'a1', opacity: 0.5 })])
    const changes: SceneElement[] = [
      line({ id: 'one', layer: 'low' }),
      line({ id: 'two', z: 'a2', y: 6, color: '#0080ff', layer: 'high', ...brush({ tip: 'soft', opacity: 0.7 }) }),
      line({ id: 'three', z: 'a3', x: 4, layer: 'low', done: false }),
      line({ id: 'three', z: 'a3', x: 4, layer: 'low' }),
      line({ id: 'eraser', z: 'a4', y: 3, erases: true, layer: 'high' }),
      line({ id: 'loose', z: 'a5', y: -9, color: '#00aa00' }),
      layer({ id: 'low', z: 'a7', opacity: 0.8 }),
      layer({ id: 'high', z: 'a1', opacity: 0.5, hidden: true }),
      layer({ id: 'high', z: 'a1', opacity: 0.5, removed: true }),
    ]
    for (const change of changes) {
      elements.set(change.id, change)
      const { data } = raster.render(
        { x: 0, y: 0, width: 64, height: 64 },
        elements,
        { width: 64, height: 64 },
        () => undefined,
      )
      const rgba = pixelsOf([...elements.values()])
      const overWhite = (at: number) => {
        const alpha = rgba[Math.floor(at / 3) * 4 + 3]!
        return Math.floor((rgba[Math.floor(at / 3) * 4 + (at % 3)]! * alpha + 255 * (255 - alpha) + 127) / 255)
      }
      const most = data.reduce((worst, value, at) => Math.max(worst, Math.abs(value - overWhite(at))), 0)
      expect(most, change.id).toBe(0)
    }
  })
})

describe('a frame’s raster', () => {
  const frame = { x: 0, y: 0, width: 64, height: 64 }
  const size = { width: 32, height: 32 }
  const nothing = () => undefined

  test('drawn bit by bit is the same as drawn at once', () => {
    const bitByBit = createFrameRaster()
    const elements = new Map<string, Element>()
    const growing = (count: number, done: boolean) =>
      line({
        id: 'growing',
        z: 'a5',
        done,
        points: Array.from({ length: count }, (_, i) => [i * 4, i * 3, 0.6]).flat(),
      })
    const changes: Element[] = [
      line({ id: 'one', z: 'a1' }),
      growing(2, false),
      made(buildRectangle({ id: 'two', z: 'a6', x: 30, y: 30 })),
      growing(9, false),
      growing(12, true),
      line({ id: 'eraser', z: 'a7', erases: true }),
      line({ id: 'soft', z: 'a8', y: 9, ...brush({ tip: 'soft', opacity: 0.4 }) }),
      line({ id: 'flowing', z: 'a9', y: 14, done: false, ...brush({ flow: 0.4 }) }),
      // Beneath everything, then moved, then gone: the bitmap must start over each time.
      made(buildRectangle({ id: 'under', z: 'Zz', fill: '#abcdef' })),
      made(buildRectangle({ id: 'under', z: 'Zz', fill: '#abcdef', x: 20 })),
      { ...line({ id: 'one', z: 'a1' }), removed: true },
      line({ id: 'elsewhere', z: 'a2', x: 900 }),
    ]
    for (const change of changes) {
      elements.set(change.id, change)
      const fast = bitByBit.render(frame, elements, size, nothing)
      const slow = createFrameRaster().render(frame, elements, size, nothing)
      expect(Buffer.compare(fast.data, slow.data), change.id).toBe(0)
      expect(fast.isDrawn).toBe(true)
    }
  })
  test('frames that share few bitmaps are drawn as if each had its own', () => {
    const bitmaps = createBitmaps(1)
    const [first, second] = [createFrameRaster(bitmaps), createFrameRaster(bitmaps)]
    const colored = { ...frame, paper: { kind: 'color', color: '#336699' } } as const
    const elements: Element[] = []
    for (let index = 0; index < 4; index++) {
      elements.push(line({ id: `line${index}`, z: `a${index}`, y: index * 7, done: index % 2 === 0 }))
      for (const [raster, sheet] of [
        [first, frame],
        [second, colored],
      ] as const) {
        const alone = createFrameRaster().render(sheet, byId(elements), size, nothing)
        expect(raster.render(sheet, byId(elements), size, nothing)).toEqual(alone)
      }
    }
  })
  test('is ink over paper, and the eraser takes ink and shows the paper', () => {
    const stroke = line({ id: 'ink', z: 'a1' })
    const eraser = line({ id: 'eraser', z: 'a9', erases: true, size: 40 })
    const at = (data: Uint8Array, x: number, y: number) => [...data.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3)]
    const colored = { ...frame, paper: { kind: 'color', color: '#336699' } } as const
    const render = (
      sheet: typeof frame,
      elements: Element[],
      pictures: (file: string) => Image | undefined = nothing,
    ) => createFrameRaster().render(sheet, byId(elements), size, pictures)
    expect(at(render(colored, [stroke]).data, 16, 16)).toEqual([255, 0, 0])
    expect(at(render(colored, [stroke]).data, 2, 2)).toEqual([0x33, 0x66, 0x99])
    expect(at(render(colored, [stroke, eraser]).data, 16, 16)).toEqual([0x33, 0x66, 0x99])
    expect(render(colored, [])).toMatchObject({ isDrawn: true, hasInk: false })
    const shaded = { ...frame, paper: { kind: 'gradient', from: '#000000', to: '#ffffff' } } as const
    const { data } = render(shaded, [])
    expect(at(data, 5, 1)[0]).toBeLessThan(20)
    expect(at(data, 5, 30)[0]).toBeGreaterThan(235)
    const across = { ...frame, paper: { ...shaded.paper, line: [0.25, 0, 0.75, 0] as const } }
    expect([2, 16, 29].map(x => at(render(across, []).data, x, 16)[0])).toEqual([0, 135, 255])
    const picture = createCanvas(32, 32)
    picture.getContext('2d').fillStyle = '#00ff00'
    picture.getContext('2d').fillRect(0, 0, 32, 16)
    const pictured = { ...frame, paper: { kind: 'picture', file: 'f' } } as const
    const shown = render(pictured, [eraser], () => picture as unknown as Image).data
    expect([at(shown, 16, 14), at(shown, 16, 18)]).toEqual([
      [0, 255, 0],
      [255, 255, 255],
    ])
  })
  test('knows where ink lies over a picture, and says nothing of it over other paper', () => {
    const render = (sheet: typeof frame, elements: Element[]) =>
      createFrameRaster().render(sheet, byId(elements), size, () => createCanvas(32, 32) as unknown as Image).inkMask
    const stroke = line({ id: 'ink', z: 'a1' })
    const pictured = { ...frame, paper: { kind: 'picture', file: 'f' } } as const
    const { width, height, data } = render(pictured, [stroke])!
    expect([width, height, data[16 * 32 + 16], data[2 * 32 + 2]]).toEqual([32, 32, 255, 0])
    expect(render(pictured, [])).toBeNull()
    expect(render(frame, [stroke])).toBeNull()
  })
  test('one raster follows its frame from paper to paper', () => {
    const raster = createFrameRaster()
    const first = (color: string | null) =>
      raster.render({ ...frame, ...(color && { paper: { kind: 'color', color } }) }, byId([]), size, nothing).data[0]
    expect([first(null), first('#102030'), first('#a02030'), first(null)]).toEqual([255, 0x10, 0xa0, 255])
  })
  test('knows when nothing is drawn, or nothing is left', () => {
    const raster = createFrameRaster()
    expect(raster.render(frame, byId([]), size, nothing)).toMatchObject({ isDrawn: false })
    expect([...raster.render(frame, byId([]), size, nothing).data.subarray(0, 3)]).toEqual([255, 255, 255])
    const covered = [line(), line({ id: 'eraser', z: 'a9', erases: true, size: 40 })]
    expect(raster.render(frame, byId(covered), size, nothing).isDrawn).toBe(false)
  })
})

test('frames are painted in sizes that the model can do, in their proportions', () => {
  const sizes = { default: { width: 128, height: 128 }, min: 64, max: 256, multiple: 32 }
  expect(fitSize({ width: 512, height: 512 }, sizes)).toEqual({ width: 128, height: 128 })
  expect(fitSize({ width: 300, height: 150 }, sizes)).toEqual({ width: 192, height: 96 })
  expect(fitSize({ width: 2048, height: 64 }, sizes)).toEqual({ width: 256, height: 64 })
})
