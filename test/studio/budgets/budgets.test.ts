import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { createMemoryStore } from '../../../studio/budgets/budgetStore.ts'
import { addressKey, createBudgets } from '../../../studio/budgets/budgets.ts'
import {
  type BudgetName,
  type BudgetProfile,
  budgetNames,
  friends,
  strangers,
} from '../../../studio/budgets/profiles.ts'
import type { PersonId } from '../../../studio/studio.ts'

const none = { ofPerson: async () => 0, ofEverybody: async () => 0 }
const person = (name: string) => name as PersonId

function build(profile: BudgetProfile, stored = none) {
  const budgets = createBudgets({ store: createMemoryStore(), profile, stored, isGuest: async () => false })
  const guest = (name: string, address = '192.168.1.7') => {
    budgets.seen(person(name), { isGuest: true, address })
    return person(name)
  }
  return { budgets, guest }
}

describe('what people and addresses may take', () => {
  it('is refused with the words of its own budget', async () => {
    const tight = { atOnce: 1 }
    const own = Object.fromEntries(budgetNames.map(name => [name, { person: tight }]))
    const { budgets } = build({ ...friends, ...own })
    for (const name of budgetNames) {
      await budgets.take(person('ada'), { [name]: 1 })
      const refused = await budgets.take(person('ada'), { [name]: 1 }).catch(error => error.code)
      expect(Object.keys(errors)).toContain(refused)
    }
    const codes: Partial<Record<BudgetName, string>> = {
      ...{ steps: 'queue/yours', liveFrames: 'live/yours', bytes: 'storage/yours', rooms: 'room/many' },
      ...{ sockets: 'socket/many', uploadsInFlight: 'upload/many', learnings: 'style/often', uploads: 'guest/fast' },
    }
    for (const [name, code] of Object.entries(codes)) {
      await expect(budgets.take(person('ada'), { [name]: 1 })).rejects.toMatchObject({ code })
    }
    expect(budgets.refusals.get('steps')).toBe(2)
  })

  it('is refused with other words where everybody has taken it all', async () => {
    const tight = { everybody: { atOnce: 1 } }
    const { budgets } = build({ ...friends, bytes: tight, liveFrames: tight, sockets: tight, steps: tight })
    const codes = { bytes: 'storage/full', liveFrames: 'live/full', sockets: 'server/busy', steps: 'queue/full' }
    for (const [name, code] of Object.entries(codes)) {
      await budgets.take(person('ada'), { [name]: 1 })
      await expect(budgets.take(person('ben'), { [name]: 1 })).rejects.toMatchObject({ code })
    }
  })

  it('is shared by guests of one address where strangers come, and by nobody else', async () => {
    const { budgets, guest } = build(strangers)
    const fromHere = Array.from({ length: 50 }, (_, index) => guest(`guest-${index}`))
    const taken = await Promise.allSettled(fromHere.map(by => budgets.take(by, { steps: 1 })))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(strangers.steps.address!.atOnce)
    await budgets.take(guest('elsewhere', '192.168.1.8'), { steps: 1 })
    await budgets.take(person('signed-in'), { steps: 1 })
    expect(await budgets.partyOf(fromHere[0]!)).toBe(await budgets.partyOf(fromHere[1]!))
    expect(await budgets.partyOf(person('signed-in'))).toBe('signed-in')
  })

  it('does not count addresses among friends', async () => {
    const { budgets, guest } = build(friends)
    for (let index = 0; index < 200; index++) await budgets.take(guest(`guest-${index}`), { steps: 4, sockets: 1 })
  })

  it('keeps a reserve for people who have signed in', async () => {
    const { budgets, guest } = build({ ...strangers, steps: { everybody: { atOnce: 8 } } })
    for (let index = 0; index < 6; index++) await budgets.take(guest('ada'), { steps: 1 })
    await expect(budgets.take(guest('ada'), { steps: 1 })).rejects.toMatchObject({ code: 'queue/full' })
    await budgets.take(person('signed-in'), { steps: 2 })
  })

  it('counts what is stored already', async () => {
    const stored = { ofPerson: async () => 90, ofEverybody: async () => 0 }
    const { budgets } = build({ ...friends, bytes: { person: { atOnce: 100 } } }, stored)
    await expect(budgets.take(person('ada'), { bytes: 11 })).rejects.toMatchObject({ code: 'storage/yours' })
    const taken = await budgets.take(person('ada'), { bytes: 10 })
    await expect(budgets.take(person('ada'), { bytes: 1 })).rejects.toMatchObject({ code: 'storage/yours' })
    await taken.release()
    await budgets.take(person('ada'), { bytes: 1 })
  })

  it('gives back once, however often it is asked to', async () => {
    const { budgets } = build({ ...friends, sockets: { person: { atOnce: 2 } } })
    const [one] = [await budgets.take(person('ada'), { sockets: 1 }), await budgets.take(person('ada'), { sockets: 1 })]
    await one!.release()
    await one!.release()
    await budgets.take(person('ada'), { sockets: 1 })
    await expect(budgets.take(person('ada'), { sockets: 1 })).rejects.toMatchObject({ code: 'socket/many' })
  })

  it('takes a household of IPv6 for one address', () => {
    expect(addressKey('2001:db8:1:2:aaaa::1')).toBe(addressKey('2001:db8:1:2:ffff:1:2:3'))
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'))
    expect(addressKey('::ffff:192.168.1.7')).toBe('192.168.1.7')
    expect(addressKey('::1')).toBe('0:0:0:0::/64')
  })
})
