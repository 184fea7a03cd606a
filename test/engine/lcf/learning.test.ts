import { describe, expect, it } from 'vitest'
import { patient } from '../../support/patience.ts'
import { buildLearnAsk, buildRecipe, keptOf, openPupil, study } from './pupils.ts'

/** Opening a graph takes a second on a free machine, and longer on one that trains beside. */
const roomy = { timeout: patient(240_000) }

describe.each(['today', 'first'] as const)('learning on the pipeline "%s"', name => {
  it('tells how it goes, and ends with an adapter and an assessment', roomy, async () => {
    const { release, tools } = await openPupil(name)
    const { end, told } = await study(buildLearnAsk(), buildRecipe({ steps: 8 }), tools)
    expect(end).toMatchObject({ type: 'finished', adapter: { rank: 2 } })
    expect(end!.adapter.values.some(value => value !== 0)).toBe(true)
    expect([...end!.adapter.values].every(Number.isFinite)).toBe(true)
    expect(end!.before).toHaveLength(4)
    expect(end!.after).toHaveLength(4)
    expect(end!.assessment.distanceBefore).toBeGreaterThan(0)
    expect(end!.assessment.contentKept).toBeGreaterThanOrEqual(0)
    expect(end!.curve.at(-1)).toMatchObject({ step: expect.any(Number), heldOutLoss: expect.any(Number) })
    expect(told[0]).toEqual({ type: 'started', steps: 8 })
    const painted = told.filter(progress => progress.type === 'painted')
    expect(painted[0]).toMatchObject({ step: 0, pictures: end!.before })
    expect(painted.length).toBeGreaterThan(1)
    expect(told.findLast(({ type }) => type === 'stepped')).toMatchObject({ step: end!.curve.at(-1)!.step, steps: 8 })
    await release()
  })
})

describe('learning that was stopped', () => {
  it('goes on from what was kept as if it had never stopped, to the bit', roomy, async () => {
    const { release, tools } = await openPupil('today', { checkpointSeconds: 0 })
    const [ask, recipe] = [buildLearnAsk(), buildRecipe({ flip: true })]
    const through = await study(ask, recipe, tools)
    const middle = keptOf(through.told).find(({ step }) => step === 3)!
    const resumed = await study({ ...ask, resume: middle.checkpoint }, recipe, tools)
    expect(resumed.end!.adapter).toEqual(through.end!.adapter)
    expect(resumed.end!.curve).toEqual(through.end!.curve)
    expect(resumed.end!.assessment).toEqual(through.end!.assessment)
    expect(keptOf(resumed.told)[0]).toMatchObject({ step: 3 })
    await release()
  })

  it('keeps the last whole step wherever it is stopped', roomy, async () => {
    const { release, tools } = await openPupil('today')
    const [ask, recipe] = [buildLearnAsk(), buildRecipe()]
    const through = await study(ask, recipe, tools)
    const stopped = await study(ask, recipe, tools, 25)
    const { step, checkpoint } = keptOf(stopped.told).at(-1)!
    expect(step).toBeGreaterThan(0)
    const resumed = await study({ ...ask, resume: checkpoint }, recipe, tools)
    expect(resumed.end!.adapter, `stopped at step ${step}`).toEqual(through.end!.adapter)
    await release()
  })

  it('is not gone on with for another ask, nor from other bytes', roomy, async () => {
    const { release, tools } = await openPupil('today')
    const recipe = buildRecipe()
    const { told } = await study(buildLearnAsk(), recipe, tools, 5)
    const resume = keptOf(told).at(-1)!.checkpoint
    const other = buildLearnAsk({ pictures: buildLearnAsk().pictures.slice(1), resume })
    await expect(study(other, recipe, tools)).rejects.toMatchObject({ code: 'learn/resume' })
    await expect(study(buildLearnAsk({ resume }), buildRecipe({ rate: 0.5 }), tools)).rejects.toMatchObject({
      code: 'learn/resume',
    })
    await expect(study(buildLearnAsk({ resume: resume.slice(0, -9) }), recipe, tools)).rejects.toMatchObject({
      code: 'learn/resume',
      message: expect.stringContaining('cut off'),
    })
    await release()
  })
})

describe('learning', () => {
  it('needs no held-out picture, no caption and no picture of its own', roomy, async () => {
    const { release, tools } = await openPupil('first')
    const pictures = buildLearnAsk()
      .pictures.slice(0, 2)
      .map(({ picture }) => ({ picture, caption: '' }))
    const { end } = await study(
      buildLearnAsk({ pictures }),
      buildRecipe({ steps: 2, prior: 0, method: 'exact' }),
      tools,
    )
    expect(end!.curve).toEqual([expect.not.objectContaining({ heldOutLoss: expect.anything() }), expect.anything()])
    await release()
  })

  it('stops with words at numbers that are not finite', roomy, async () => {
    const { release, tools } = await openPupil('today')
    await expect(study(buildLearnAsk(), buildRecipe({ rate: 1e30, steps: 20 }), tools)).rejects.toThrow(
      'learn with a lower rate',
    )
    await release()
  })
})
