import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyOperation } from '../../protocol/apply.ts'
import { keyAbove } from '../../protocol/depth.ts'
import type { FrameOptions } from '../../protocol/frameOptions.ts'
import { type FileElement, fileElements, filesOf, openingOf, readRoomFile } from '../../protocol/roomFile.ts'
import type { Brush, Operation, Paper, Scene, SceneElement } from '../../protocol/scene.ts'
import { buildFrame, buildLayer, buildRectangle, buildStroke } from '../support/scenes.ts'

const hash = (letter: string) => letter.repeat(64)
const made = (element: object, author = 'ada') => ({ ...element, author, removed: false }) as SceneElement

/** All that a frame can say of its pictures beyond its fields. */
const optionsWith = (words: string): FrameOptions => ({
  ...{ isFiner: true, negativePrompt: 'blurry', guidanceByStep: [4, 2], timesteps: [999, 499] },
  ...{ variation: { seed: 3, strength: 0.25 }, maskImage: hash('d'), maskBlur: 2 },
  regions: [
    { mask: hash('b'), prompt: words, guidance: 3, weight: 2, styles: [{ style: 'mine', weight: 0.5 }] },
    { mask: hash('e'), prompt: 'a moon', negativePrompt: 'stars', guidanceByStep: [1, 3] },
  ],
})

/** A room as people leave it: frames with layers, ink on and beside them, and some of it removed. */
const rooms = fc
  .array(
    fc.record({
      kind: fc.constantFrom('stroke', 'eraser', 'rectangle', 'ellipse', 'area', 'image', 'frame', 'layer'),
      x: fc.integer({ min: -2_000, max: 2_000 }).map(value => value / 4),
      y: fc.integer({ min: -2_000, max: 2_000 }).map(value => value / 4),
      size: fc.integer({ min: 64, max: 900 }),
      points: fc.array(
        fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 }), fc.constant(0.5)),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
      on: fc.nat(9),
      isRemoved: fc.boolean(),
      isSet: fc.boolean(),
      paper: fc.constantFrom<Paper | null>(
        ...[null, { kind: 'color', color: '#ffcc00' } as const, { kind: 'picture', file: hash('a') } as const],
        { kind: 'gradient', from: '#102030', to: '#ffffff' },
        { kind: 'gradient', from: '#102030', to: '#ffffff00', line: [0, 0.25, 1, 0.75] },
      ),
      brush: fc.constantFrom<Brush | undefined>(undefined, {
        ...{ tip: 'soft', opacity: 0.5, flow: 0.25, pressureOnSize: false, pressureOnOpacity: true },
      }),
      words: fc.constantFrom('a red house', 'Füchse, 雪', ''),
    }),
    { maxLength: 24 },
  )
  .map(drawn => {
    const elements: SceneElement[] = []
    let z: string | null = null
    const frames: string[] = []
    const layers: string[] = []
    for (const [index, one] of drawn.entries()) {
      z = keyAbove(z)
      const { x, y, size, isSet, words } = one
      const id = `id-${(index * 7) % 31}-${index}`
      const layer = layers.length > 0 && isSet ? { layer: layers[one.on % layers.length]! } : {}
      const box = { id, z, x, y, width: size, height: size / 2 }
      const removed = one.isRemoved && one.on === 0
      const turned = isSet ? { rotation: 0.5 } : {}
      if (one.kind === 'frame') {
        const options = isSet ? optionsWith(words) : null
        const { paper } = one
        elements.push({ ...made(buildFrame({ ...box, height: size, prompt: words, paper, options })), removed })
        if (!removed) frames.push(id)
      } else if (one.kind === 'layer') {
        if (frames.length === 0) continue
        const frame = frames[one.on % frames.length]!
        if (elements.filter(each => each.kind === 'layer' && each.frame === frame).length >= 8) continue
        elements.push(
          made(buildLayer({ id, z, frame, name: words || 'L', locked: isSet, unseen: one.on > 5, opacity: 0.5 })),
        )
        layers.push(id)
      } else if (one.kind === 'stroke' || one.kind === 'eraser') {
        const stroke = { id, z, x, y, points: one.points.flat(), erases: one.kind === 'eraser', done: !isSet, ...layer }
        const { brush } = one
        elements.push({ ...made({ ...buildStroke(stroke), ...(brush && { brush }) }, 'ben'), removed })
      } else if (one.kind === 'image')
        elements.push(made({ kind: 'image', ...box, file: hash('c'), ...layer, ...turned }))
      else if (one.kind === 'area') {
        const gradient = isSet ? { gradient: { to: '#33669900', line: [0, 0, 1, 0.5] } } : {}
        const rings = [[0, 0, 9_000, 0, 0, 9_000]]
        elements.push(made({ kind: 'area', ...box, color: '#336699', ...gradient, rings, ...layer }))
      } else elements.push(made({ ...buildRectangle({ ...box, ...turned }), kind: one.kind, ...layer }))
    }
    return elements
  })

function open(
  elements: readonly FileElement[],
  to: (file: string) => string | undefined = file => file,
): SceneElement[] {
  let count = 0
  const operations = openingOf(elements, {
    ...{ newId: () => `new${count++}`, above: null, fileOf: to, mayUse: () => true, dx: 0, dy: 0 },
  })
  let scene: Scene = { elements: new Map() }
  for (const operation of operations) scene = applied(scene, operation)
  return [...scene.elements.values()]
}

function applied(scene: Scene, operation: Operation): Scene {
  const result = applyOperation(scene, operation, 'eve')
  if (!result.ok) throw new Error(`Expected to be applied, was rejected: ${result.error.code}`)
  const elements = new Map(scene.elements)
  for (const element of result.changed) elements.set(element.id, element)
  return { elements }
}

const written = (elements: readonly FileElement[], files: Record<string, string> = {}) =>
  JSON.stringify({ fourstroke: 'room', version: 1, name: 'Lake', elements, files })

test('a drawing that is exported and opened elsewhere is the same drawing, over random rooms', () => {
  fc.assert(
    fc.property(rooms, room => {
      const exported = fileElements(room)
      const read = readRoomFile(written(exported)).elements
      expect(read).toEqual(exported)
      const opened = open(read)
      expect(fileElements(opened)).toEqual(exported)
      expect(opened.every(({ author }) => author === 'eve')).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('images are named once, and go by their new names where they are brought', () => {
  const frame = buildFrame({
    paper: { kind: 'picture', file: hash('a') },
    options: { maskImage: hash('b'), regions: [{ mask: hash('b'), prompt: 'a tree' }] },
  })
  const image = { kind: 'image', id: 'i', z: 'a3', x: 0, y: 0, width: 9, height: 9, file: hash('c') }
  const exported = fileElements([frame, image].map(one => made(one)))
  expect(filesOf(exported)).toEqual([hash('a'), hash('b'), hash('c')])
  expect(filesOf(fileElements(open(exported, file => (file === hash('a') ? hash('d') : file))))).toContain(hash('d'))
  // What cannot be brought is left out, and nothing else.
  expect(fileElements(open(exported, () => undefined))).toMatchObject([{ kind: 'frame', prompt: 'a red house' }])
  expect(filesOf(fileElements(open(exported, () => undefined)))).toEqual([])
})

test('styles that may not be used here stay behind', () => {
  const styles = [
    { style: 'mine', weight: 1, by: 'ada' },
    { style: 'theirs', weight: 0.5, by: 'ben' },
  ]
  const exported = fileElements([made(buildFrame({ styles }))])
  expect(exported).toMatchObject([
    {
      styles: [
        { style: 'mine', weight: 1 },
        { style: 'theirs', weight: 0.5 },
      ],
    },
  ])
  const options = {
    newId: () => 'f',
    above: null,
    fileOf: () => undefined,
    mayUse: (id: string) => id === 'mine',
    dx: 5,
    dy: 0,
  }
  const [add] = openingOf(exported, options)
  expect(add).toMatchObject({ type: 'add', element: { x: 5, styles: [{ style: 'mine', weight: 1 }] } })
})

test('what is no drawing, or one with a fault, is refused with its place', () => {
  const good = fileElements([made(buildRectangle())])
  const bad = [{ ...good[0], x: 'left' }]
  const refusals: [string, RegExp][] = [
    ['{}', /a drawing of Fourstroke/],
    ['not json', /a drawing of Fourstroke/],
    [written([]).replace('"version":1', '"version":9'), /version 1, got 9/],
    [written(bad as unknown as FileElement[]), /elements\.0: At x: /],
    [written([{ ...good[0]!, colour: 1 } as unknown as FileElement]), /elements\.0: .*colour/],
    [written([good[0]!, good[0]!]), /each id once/],
    ['{"fourstroke":"room","version":1,"elements":[],"files":{"a":1}}', /At files/],
  ]
  for (const [text, words] of refusals) expect(() => readRoomFile(text), text).toThrow(words)
})

test('a stroke that is longer than a message is read like any other', () => {
  const points = Array.from({ length: 9_000 }, (_, index) => [index % 100, 5, 0.5]).flat()
  const exported = fileElements([made(buildStroke({ points }))])
  expect(readRoomFile(written(exported)).elements).toEqual(exported)
  const tooLong = [{ ...exported[0]!, points: [...points, ...points] } as FileElement]
  expect(() => readRoomFile(written(tooLong))).toThrow(/10000 points/)
})
