import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore, type Demand } from '../../../studio/budgets/budgetStore.ts'

const held = (key: string, cost: number, capacity: number, party?: string): Demand => ({
  ...{ key, cost, capacity, perSecond: 0, ...(party !== undefined && { party }) },
})

describe('budgets in memory', () => {
  it('hold what is held until it is given back', async () => {
    const store = createMemoryStore()
    const two = [held('sockets:ada', 1, 2)]
    expect(await store.take(two)).toBeNull()
    expect(await store.take(two)).toBeNull()
    expect(await store.take(two)).toBe(two[0])
    await store.giveBack(two)
    expect(await store.take(two)).toBeNull()
  })

  it('let what is a rate come back by itself', async () => {
    let now = 0
    const store = createMemoryStore(() => now)
    const one: Demand = { key: 'rooms:ada', cost: 1, capacity: 3, perSecond: 0.5 }
    for (let i = 0; i < 3; i++) expect(await store.take([one])).toBeNull()
    now = 1_900
    expect(await store.take([one])).toBe(one)
    now = 2_100
    expect(await store.take([one])).toBeNull()
  })

  it('take all of several or none', async () => {
    const store = createMemoryStore()
    const mine = held('steps:ada', 1, 5)
    const all = held('steps:everybody', 1, 1)
    expect(await store.take([mine, all])).toBeNull()
    expect(await store.take([mine, all])).toBe(all)
    await store.giveBack([mine, all])
    // Had the failed one been counted, four more would not fit.
    for (let i = 0; i < 5; i++) expect(await store.take([mine])).toBeNull()
  })

  it('let in what is larger than everything, where nothing is held yet', async () => {
    const store = createMemoryStore()
    const large = { ...held('steps:ada', 200, 16), firstIsFree: true }
    expect(await store.take([large])).toBeNull()
    expect(await store.take([large])).toBe(large)
  })

  it('make the greediest wait, not the newest, when a line is full', async () => {
    const store = createMemoryStore()
    const line = (party: string) => held('steps:everybody', 1, 10, party)
    for (let i = 0; i < 10; i++) expect(await store.take([line('greedy')])).toBeNull()
    expect(await store.take([line('greedy')])).not.toBeNull()
    for (let i = 0; i < 5; i++) expect(await store.take([line('newcomer')])).toBeNull()
    expect(await store.take([line('newcomer')])).not.toBeNull()
    // A third has a third.
    for (let i = 0; i < 3; i++) expect(await store.take([line('third')])).toBeNull()
    expect(await store.take([line('third')])).not.toBeNull()
  })

  it('never hold more than twice what there is, whoever comes, and nothing once all is given back', async () => {
    const action = fc.record({ party: fc.integer({ min: 0, max: 7 }), give: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 300 }), async actions => {
        const store = createMemoryStore()
        const mine = new Map<number, number>()
        const line = (party: number) => held('line', 1, 12, `p${party}`)
        for (const { party, give } of actions) {
          const count = mine.get(party) ?? 0
          if (give && count > 0) {
            await store.giveBack([line(party)])
            mine.set(party, count - 1)
          } else if (!give && (await store.take([line(party)])) === null) mine.set(party, count + 1)
          const total = [...mine.values()].reduce((sum, one) => sum + one, 0)
          expect(total).toBeLessThanOrEqual(24)
        }
        for (const [party, count] of mine) for (let i = 0; i < count; i++) await store.giveBack([line(party)])
        for (let i = 0; i < 12; i++) expect(await store.take([line(9)])).toBeNull()
        expect(await store.take([line(9)])).not.toBeNull()
      }),
      { numRuns: 60 },
    )
  })
})
