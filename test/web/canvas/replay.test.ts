import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { ReplayStep } from '../../../protocol/replay.ts'
import type { Operation } from '../../../protocol/scene.ts'
import { animatedWebp, type WebpFrame } from '../../../web/canvas/replay/animatedWebp.ts'
import { changedPart } from '../../../web/canvas/replay/clip.ts'
import type { History } from '../../../web/canvas/replay/history.ts'
import { createPlayer } from '../../../web/canvas/replay/player.ts'
import { createTimeline } from '../../../web/canvas/replay/timeline.ts'
import { add, buildFrame, buildStroke } from '../../support/scenes.ts'

const step = (clock: number, operation: Operation, at = clock * 100): ReplayStep => {
  return { clock, at, author: 'ada', operation }
}

describe('the line on which a replay plays', () => {
  it('cuts long pauses short and keeps the order', () => {
    const { countAt, shareOf } = createTimeline([0, 1_000, 1_000_000, 1_001_000])
    expect(countAt(0)).toBe(0)
    expect(countAt(1)).toBe(4)
    // A second, two seconds for the long pause, and a second.
    expect(shareOf(3) - shareOf(2)).toBeCloseTo(2 * (shareOf(2) - shareOf(1)))
    expect(createTimeline([]).countAt(1)).toBe(0)
  })

  it('has each happening where it says', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 40 }), pauses => {
        let at = 0
        const times = pauses.map(pause => (at += pause))
        const { countAt, shareOf } = createTimeline(times)
        for (let count = 0; count <= times.length; count++) expect(countAt(shareOf(count))).toBe(count)
      }),
    )
  })
})

/** Strokes that grow, move, go and come back. */
function longHistory(): History {
  const operations: Operation[] = []
  for (let index = 0; index < 700; index++) {
    const id = `s${index}`
    operations.push(add(buildStroke({ id, z: `a${index % 10}`, done: index % 3 === 0 })))
    operations.push({ type: 'extend', id, from: 3, points: [30, index % 50, 0.5], done: true })
    if (index % 5 === 4) operations.push({ type: 'remove', ids: [`s${index - 2}`] })
    if (index % 10 === 9) operations.push({ type: 'restore', ids: [`s${index - 2}`] })
    if (index % 7 === 6) operations.push({ type: 'change', id, change: { x: index } })
  }
  const steps = operations.map((operation, index) => step(index + 1, operation))
  return { after: 0, begun: [], steps, pictures: [] }
}

describe('a player', () => {
  it('shows the same moment whichever way it comes there', () => {
    const history = longHistory()
    const [there, back] = [createPlayer(history), createPlayer(history)]
    back.seek(history.steps.length)
    for (const count of [1_650, 1_234, 1_500, 999, 20, 1_001, 0, 7]) {
      back.seek(count)
      const forwards = createPlayer(history)
      forwards.seek(count)
      there.seek(0)
      there.seek(count)
      expect(back.moment().elements).toEqual(forwards.moment().elements)
      expect(there.moment().elements).toEqual(forwards.moment().elements)
    }
  })

  it('shows a picture from when it came, and above it the ink that it does not show', () => {
    const steps = [
      step(1, add(buildFrame({ id: 'f', width: 128, height: 128 }))),
      step(2, add(buildStroke({ id: 'before' }))),
      step(3, add(buildStroke({ id: 'meanwhile' })), 320),
      step(4, add(buildStroke({ id: 'after' })), 500),
    ]
    const pictures = [{ frameId: 'f', file: 'abc', drawnAt: 250, shownAt: 400 }]
    const player = createPlayer({ after: 0, begun: [], steps, pictures })
    const unpainted = () => player.moment().covered.map(one => one.unpainted.map(({ id }) => id))
    player.seek(3)
    expect(unpainted()).toEqual([])
    player.seek(4)
    expect(player.moment().pictureOf('f')).toBe(pictures[0])
    expect(unpainted()).toEqual([['meanwhile']])
    player.seek(5)
    expect(unpainted()).toEqual([['after', 'meanwhile']])
    player.seek(2)
    expect(player.moment().covered).toEqual([])
  })

  it('shows an older picture from when somebody brought it back, over all that was drawn by then', () => {
    const steps = [
      step(1, add(buildFrame({ id: 'f', width: 128, height: 128 }))),
      step(2, add(buildStroke({ id: 'later' })), 500),
      step(3, { type: 'change', id: 'f', change: { seed: 1 }, shows: 'old' }, 700),
      step(4, add(buildStroke({ id: 'after' })), 800),
    ]
    const pictures = ['old', 'new'].map((file, index) => {
      return { frameId: 'f', file, drawnAt: 150 + index * 400, shownAt: 200 + index * 400 }
    })
    const player = createPlayer({ after: 0, begun: [], steps, pictures })
    const shown = (count: number) => {
      player.seek(count)
      const { covered, pictureOf } = player.moment()
      return [pictureOf('f')?.file, covered.flatMap(one => one.unpainted.map(({ id }) => id))]
    }
    expect([3, 4, 5, 6, 4].map(shown)).toEqual([
      ['old', ['later']],
      ['new', []],
      ['old', []],
      ['old', ['after']],
      ['new', []],
    ])
  })

  it('begins with what lay there where the oldest is not stored any more', () => {
    const begun = [{ ...buildStroke({ id: 'old' }), author: 'ada', removed: false }]
    const steps = [step(8, { type: 'remove', ids: ['old'] })]
    const player = createPlayer({ after: 7, begun, steps, pictures: [] })
    expect(player.moment().elements).toEqual(begun)
    player.seek(1)
    expect(player.moment().elements).toEqual([])
  })
})

describe('an animated WebP', () => {
  const still = async (width: number, height: number, background: string): Promise<Uint8Array> => {
    const image = sharp({ create: { width, height, channels: 3, background } })
    return image.webp({ quality: 90 }).toBuffer()
  }

  it('is read by others: size, times and pixels of each picture', async () => {
    const frames: WebpFrame[] = [
      { image: await still(64, 40, 'white'), x: 0, y: 0, width: 64, height: 40, durationMs: 500 },
      { image: await still(20, 11, 'red'), x: 10, y: 6, width: 20, height: 11, durationMs: 1_200 },
    ]
    const bytes = Buffer.from(await animatedWebp(64, 40, frames).arrayBuffer())
    const image = sharp(bytes, { animated: true })
    expect(await image.metadata()).toMatchObject({
      ...{ format: 'webp', width: 64, pageHeight: 40, pages: 2, loop: 0, delay: [500, 1_200] },
    })
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
    const at = (page: number, x: number, y: number) => {
      const place = ((page * 40 + y) * 64 + x) * info.channels
      return [...data.subarray(place, place + 3)]
    }
    const isNear = (pixel: number[], wanted: number[]) =>
      pixel.every((value, index) => Math.abs(value - wanted[index]!) < 12)
    expect([at(0, 15, 10), at(1, 2, 2), at(1, 40, 20)].every(pixel => isNear(pixel, [255, 255, 255]))).toBe(true)
    expect(isNear(at(1, 18, 11), [255, 0, 0])).toBe(true)
  })

  it('refuses what is no WebP', () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 0])
    expect(() => animatedWebp(1, 1, [{ image: png, x: 0, y: 0, width: 1, height: 1, durationMs: 1 }])).toThrow('WebP')
  })

  it('holds of each picture the part that has changed, from an even corner', () => {
    const [before, after] = [new Uint32Array(12 * 9), new Uint32Array(12 * 9)]
    expect(changedPart(before, after, 12)).toBeNull()
    after[3 * 12 + 5] = 1
    after[6 * 12 + 8] = 1
    expect(changedPart(before, after, 12)).toEqual({ x: 4, y: 2, width: 5, height: 5 })
  })
})
