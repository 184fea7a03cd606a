import { describe, expect, it } from 'vitest'
import type { PaintProgress, PaintRequest } from '../../../engine/index.ts'
import { takeTurns } from '../../../studio/pictures/turns.ts'
import { openTestEngine } from '../../support/engine.ts'

const request = (owner: string, over: Partial<PaintRequest> = {}): PaintRequest => ({
  ...{ owner, priority: 'interactive', prompt: 'a', seed: 1, steps: 1, guidance: 8, width: 64, height: 64, ...over },
})
const open = () => {
  const engine = openTestEngine()
  return { engine, shared: takeTurns(engine, owner => (owner === 'crowd' ? 2 : null)) }
}

describe('an engine in which owners take turns', () => {
  it('has so many pictures of one owner at a time, and all of the others', async () => {
    const { engine, shared } = open()
    engine.hold()
    const paintings = Array.from({ length: 6 }, () => shared.paint(request('crowd')))
    const other = [shared.paint(request('ada')), shared.paint(request('ada')), shared.paint(request('ada'))]
    expect(engine.asks.map(({ owner }) => owner)).toEqual(['crowd', 'crowd', 'ada', 'ada', 'ada'])
    engine.release()
    for (const { ended } of [...paintings, ...other]) expect(await ended).toMatchObject({ type: 'finished' })
    expect(engine.asks).toHaveLength(9)
    await shared.close()
  })

  it('has one picture of an owner at a time while others paint, and more again afterwards', async () => {
    const { engine, shared } = open()
    engine.hold()
    const first = shared.paint(request('ada'))
    const crowd = Array.from({ length: 5 }, (_, seed) => shared.paint(request('crowd', { seed })))
    const owners = () => engine.asks.map(({ owner }) => owner)
    expect(owners()).toEqual(['ada', 'crowd'])
    first.cancel()
    await first.ended
    // Nobody else is there any more.
    expect(owners()).toEqual(['ada', 'crowd', 'crowd'])
    engine.release()
    for (const { ended } of crowd) expect(await ended).toMatchObject({ type: 'finished' })
    await shared.close()
  })

  it('says how many wait before, and lets those go that are cancelled', async () => {
    const { engine, shared } = open()
    engine.hold()
    const heard: PaintProgress[] = []
    const first = [1, 2].map(() => shared.paint(request('crowd')))
    const third = shared.paint(request('crowd'), progress => heard.push(progress))
    const fourth = shared.paint(request('crowd'))
    expect(heard).toEqual([{ type: 'queued', ahead: 2 }])
    third.cancel()
    expect(await third.ended).toEqual({ type: 'cancelled' })
    engine.release()
    for (const { ended } of [...first, fourth]) expect(await ended).toMatchObject({ type: 'finished' })
    expect(engine.asks).toHaveLength(3)
  })

  it('keeps the newest of a frame that waits', async () => {
    const { engine, shared } = open()
    engine.hold()
    for (let count = 0; count < 2; count++) shared.paint(request('crowd'))
    const older = shared.paint(request('crowd', { liveKey: 'frame', priority: 'live' }))
    const newer = shared.paint(request('crowd', { liveKey: 'frame', priority: 'live', seed: 2 }))
    expect(await older.ended).toEqual({ type: 'replaced' })
    engine.release()
    expect(await newer.ended).toMatchObject({ type: 'finished' })
    expect(engine.asks.at(-1)).toMatchObject({ seed: 2 })
  })

  it('refuses at once what can never be painted, and says later what cannot any more', async () => {
    const { engine, shared } = open()
    engine.hold()
    const first = [1, 2].map(() => shared.paint(request('crowd')))
    expect(() => shared.paint(request('crowd', { width: 7 }))).toThrow()
    const gone = shared.paint(request('crowd', { styles: [{ id: 'gone', weight: 1 }] }))
    engine.release()
    for (const { ended } of first) await ended
    expect(await gone.ended).toMatchObject({ type: 'failed', code: 'request/style' })
  })
})
