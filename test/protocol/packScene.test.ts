import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packElements, unpackElements, unpackStream } from '../../protocol/packScene.ts'
import type { SceneElement } from '../../protocol/scene.ts'
import { buildFrame, buildLayer, buildRectangle, buildStroke } from '../support/scenes.ts'

const made = (element: object) => ({ ...element, author: 'ada', removed: false }) as SceneElement

test('what is packed comes out as it went in, number for number', () => {
  const hundredth = fc.integer({ min: -100_000_000, max: 100_000_000 }).map(value => value / 100 + 0)
  const number = fc.oneof({ weight: 9, arbitrary: hundredth }, fc.double({ noNaN: true, min: -1e6, max: 1e6 }))
  const stroke = fc.array(fc.tuple(number, number, fc.double({ noNaN: true, min: 0, max: 1 })), { maxLength: 40 })
  const neat = fc.array(fc.tuple(hundredth, hundredth, fc.constantFrom(0, 0.5, 0.31, 1)), { maxLength: 40 })
  fc.assert(
    fc.property(fc.array(fc.oneof(neat, stroke), { maxLength: 8 }), strokes => {
      const elements = strokes.map((points, index) => made(buildStroke({ id: `s${index}`, points: points.flat() })))
      const back = unpackElements(packElements(elements))
      // Below a hundredth of a hundredth, minus zero is zero.
      const plain = (all: readonly SceneElement[]) => JSON.stringify([...all].sort((a, b) => (a.id < b.id ? -1 : 1)))
      expect(plain(back)).toBe(plain(elements))
    }),
  )
})

test('elements of every kind come out as they went in', () => {
  const elements = [
    buildStroke(),
    buildRectangle(),
    buildFrame(),
    buildLayer(),
    buildStroke({ id: 'dot', points: [0, 0, 1] }),
  ].map(made)
  const sorted = (all: readonly SceneElement[]) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  expect(sorted(unpackElements(packElements(elements)))).toEqual(sorted(elements))
  expect(unpackElements(packElements([]))).toEqual([])
})

test('points stay with their strokes where some are on a layer and some are not', () => {
  const strokes = [0, 1, 2, 3, 4].map(at => {
    const points = Array.from({ length: 3 * (at + 1) }, (_, index) => at * 10 + index)
    return made({ ...buildStroke({ id: `s${at}`, points }), ...(at % 2 === 1 && { layer: 'above' }) })
  })
  const back = unpackElements(packElements(strokes))
  expect(back.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(strokes)
})

test('a thing that is cut off is refused', async () => {
  const packed = packElements([made(buildStroke())])
  expect(() => unpackElements(packed.slice(0, packed.length - 3))).toThrow()
  await expect(partsOf(packed.slice(0, packed.length - 3), 7)).rejects.toThrow('cut off')
})

test('what comes in pieces of any size is the same, the first elements by themselves', async () => {
  const elements = Array.from({ length: 110 }, (_, at) => made(buildStroke({ id: `s${at}` })))
  const packed = packElements(elements)
  for (const size of [1, 3, 1_000, packed.length]) {
    const parts = await partsOf(packed, size)
    expect(parts.map(part => part.length)).toEqual([100, 10])
    expect(parts.flat()).toEqual(elements)
  }
  expect(await partsOf(packElements([]), 1)).toEqual([[]])
})

async function partsOf(packed: Uint8Array, size: number): Promise<(readonly SceneElement[])[]> {
  async function* pieces() {
    for (let at = 0; at < packed.length; at += size) yield packed.slice(at, at + size)
  }
  const parts = []
  for await (const part of unpackStream(pieces())) parts.push(part)
  return parts
}

test('what a trembling hand draws takes at most three bytes a point', () => {
  let state = 7
  const random = () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
  const [strokes, pointsEach] = [500, 40]
  const elements = Array.from({ length: strokes }, (_, stroke) => {
    const bend = random() * 2 - 1
    const points = Array.from({ length: pointsEach }, (_, at) => {
      const t = at / (pointsEach - 1)
      const [x, y] = [t * 160 + random() - 0.5, Math.sin(t * 3) * 40 * bend + random() - 0.5]
      return [x, y, 0.4 + 0.4 * Math.sin(t * Math.PI) + 0.02 * (random() - 0.5)]
    })
    const inHundredths = points.flat().map(value => Math.round(value * 100) / 100)
    return made(buildStroke({ id: `s${stroke}`, points: inHundredths }))
  })
  expect(deflateSync(packElements(elements)).length / (strokes * pointsEach)).toBeLessThan(3)
})
