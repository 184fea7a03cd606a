import { afterEach, describe, expect, it } from 'vitest'
import type { CheckPicture, Person } from '../../../studio/studio.ts'
import { openTestEngine } from '../../support/engine.ts'
import { buildStudio, type TestStudio, untilEnded } from '../../support/studio.ts'

let test: TestStudio | undefined
afterEach(async () => {
  await test?.close()
  test = undefined
})

async function open(options: Parameters<typeof buildStudio>[0] = {}) {
  test = await buildStudio({ operators: ['99'], ...options })
  const { people } = test.studio
  const operator = await people.fromDiscord({ discordId: '99', name: 'Olga' })
  const ada = (await people.newGuest('Ada')).person
  return { ...test, operator, ada, ...test.studio }
}
const paintAs = (by: Person, prompt = 'a red house') => test!.studio.pictures.request(by.id, 'chat', { prompt })

describe('words that are not painted here', () => {
  it('are refused in pictures, live pictures and example prompts, and written down without the prompt', async () => {
    const { studio, ada, operator, moderation } = await open({ blockedWords: ['blood'] })
    await expect(paintAs(ada, 'a river of bl00d in Ada’s garden')).rejects.toMatchObject({ code: 'prompt/blocked' })
    const { room } = await studio.rooms.create(ada.id, { name: 'Room' })
    const live = studio.live.paint(ada.id, {
      ...{ room: room.id, frameId: 'f', prompt: 'b l o o d', seed: 1, steps: 1, guidance: 8, width: 64, height: 64 },
    })
    await expect(live).rejects.toMatchObject({ code: 'prompt/blocked' })
    const { id } = await studio.styles.create(ada.id, { name: 'Mine' })
    await expect(studio.styles.chooseExamples(ada.id, id, ['blood'])).rejects.toMatchObject({ code: 'prompt/blocked' })
    const entries = await moderation.audit(operator.id, 10)
    expect(entries).toHaveLength(3)
    expect(entries[0]).toMatchObject({ action: 'refused', kind: 'prompt', subject: 'blood', actor: ada.id })
    expect(JSON.stringify(entries)).not.toContain('garden')
  })

  it('are none, unless somebody has said so', async () => {
    const { ada } = await open()
    expect(await paintAs(ada, 'blood, gore and war')).toMatchObject({ job: expect.any(String) })
  })
})

describe('a check of finished pictures', () => {
  const check: CheckPicture = async (_picture, prompt) => (prompt.includes('secret') ? 'It shows a secret.' : null)

  it('keeps what it refuses from everybody, the steps before as well', async () => {
    const { studio, ada, operator, moderation } = await open({ checkPicture: check })
    const { job } = await paintAs(ada, 'a secret')
    const { pictures, facts } = await untilEnded(studio, job)
    expect(pictures[0]).toMatchObject({ state: 'failed', file: null, failure: { code: 'picture/blocked' } })
    expect(facts.some(fact => fact.type === 'stepped' && fact.preview)).toBe(false)
    expect((await moderation.audit(operator.id, 1))[0]).toMatchObject({ kind: 'picture', detail: 'It shows a secret.' })
    const fine = await paintAs(ada)
    expect((await untilEnded(studio, fine.job)).pictures[0]!.state).toBe('finished')
  })

  it('includes what the safety checker of the model says, in chat and live', async () => {
    const { studio, ada, operator, moderation } = await open({ engine: openTestEngine({ nsfwPrompts: ['a nude'] }) })
    const { pictures, facts } = await untilEnded(studio, (await paintAs(ada, 'a nude')).job)
    expect(pictures[0]).toMatchObject({ state: 'failed', file: null, failure: { code: 'picture/blocked' } })
    expect(facts.some(fact => fact.type === 'stepped' && fact.preview)).toBe(false)
    const { room } = await studio.rooms.create(ada.id, { name: 'Room' })
    const previews: unknown[] = []
    const how = {
      prompt: 'a nude',
      seed: 1,
      steps: 2,
      guidance: 8,
      width: 64,
      height: 64,
      previews: 'decoded',
    } as const
    const painting = await studio.live.paint(ada.id, { room: room.id, frameId: 'f', ...how }, progress => {
      if (progress.type === 'stepped' && progress.preview) previews.push(progress.preview)
    })
    expect(await painting.ended).toMatchObject({ type: 'failed', code: 'picture/blocked' })
    expect(previews).toEqual([])
    const refused = (await moderation.audit(operator.id, 10)).filter(({ action }) => action === 'refused')
    expect(refused).toHaveLength(2)
    expect(refused[0]).toMatchObject({ kind: 'picture', detail: expect.stringContaining('safety checker') })
    const fine = await paintAs(ada)
    expect((await untilEnded(studio, fine.job)).pictures[0]!.state).toBe('finished')
  })

  it('holds for live pictures', async () => {
    const { studio, ada } = await open({ checkPicture: check })
    const { room } = await studio.rooms.create(ada.id, { name: 'Room' })
    const painting = await studio.live.paint(ada.id, {
      ...{ room: room.id, frameId: 'f', prompt: 'a secret', seed: 1, steps: 1, guidance: 8, width: 64, height: 64 },
    })
    expect(await painting.ended).toMatchObject({ type: 'failed', code: 'picture/blocked' })
  })
})

describe('what an operator stops', () => {
  it('is refused with the reason, until it is taken back, and only an operator can', async () => {
    const { studio, ada, operator, moderation } = await open()
    const { room, links } = await studio.rooms.create(ada.id, { name: 'Room' })
    const ben = (await studio.people.newGuest('Ben')).person
    const inRoom = () =>
      studio.pictures.request(ben.id, 'canvas', { prompt: 'a', frame: { room: room.id, frameId: 'f' } })
    const stops = [
      [{ kind: 'person', subject: ada.id }, 'person/stopped', () => paintAs(ada)],
      [{ kind: 'studio', subject: '' }, 'studio/stopped', () => paintAs(ben)],
      [{ kind: 'room', subject: room.id }, 'room/stopped', inRoom],
      [{ kind: 'room', subject: room.id }, 'room/stopped', () => studio.rooms.enter(links.view, ben.id)],
    ] as const
    for (const [place, code, act] of stops) {
      const reason = 'It was too loud.'
      await expect(moderation.stop(ada.id, { ...place, reason })).rejects.toMatchObject({ code: 'style/operator' })
      await moderation.stop(operator.id, { ...place, reason })
      await expect(act()).rejects.toMatchObject({ code, hint: expect.stringContaining(reason) })
      await moderation.resume(operator.id, place)
      await act()
    }
    const actions = (await moderation.audit(operator.id, 20)).map(({ action }) => action)
    expect(actions.filter(action => action === 'stopped')).toHaveLength(4)
    expect(actions.filter(action => action === 'resumed')).toHaveLength(4)
    await expect(moderation.audit(ada.id, 1)).rejects.toMatchObject({ code: 'style/operator' })
  })

  it('is listed for operators, and is a row of the audit, styles included', async () => {
    const { studio, ada, operator, moderation } = await open()
    await moderation.stop(operator.id, { kind: 'person', subject: ada.id, reason: 'Too loud.' })
    const [stop] = await moderation.stops(operator.id)
    expect(stop).toMatchObject({ kind: 'person', subject: ada.id, reason: 'Too loud.' })
    await expect(moderation.stops(ada.id)).rejects.toMatchObject({ code: 'style/operator' })
    await moderation.resume(operator.id, stop!)
    expect(await moderation.stops(operator.id)).toEqual([])
    const { id } = await studio.styles.create(ada.id, { name: 'Mine' })
    await studio.styles.disable(operator.id, id, 'It is not theirs.')
    await studio.styles.enable(operator.id, id)
    const entries = await moderation.audit(operator.id, 2)
    expect(entries.map(({ action, kind, subject, detail }) => [action, kind, subject, detail]).sort()).toEqual([
      ['resumed', 'style', id, ''],
      ['stopped', 'style', id, 'It is not theirs.'],
    ])
  })

  it('can be a Discord server', async () => {
    const { studio, ada, operator, moderation } = await open()
    await moderation.stop(operator.id, { kind: 'guild', subject: '42', reason: '' })
    const chat = {
      applicationId: '1',
      interactionId: '2',
      interactionToken: 't',
      channelId: '3',
      guildId: '42',
      messageId: null,
      locale: null,
    }
    const refused = studio.pictures.request(ada.id, 'chat', { prompt: 'a' }, chat)
    await expect(refused).rejects.toMatchObject({ code: 'guild/stopped' })
    await studio.pictures.request(ada.id, 'chat', { prompt: 'a' }, { ...chat, interactionId: '4', guildId: '43' })
  })
})

describe('a report', () => {
  it('reaches operators, once it is about something that is there, and is closed by them', async () => {
    const { ada, operator, moderation } = await open()
    const { pictures } = await paintAs(ada)
    await moderation.report(ada.id, { kind: 'picture', subject: pictures[0]!.id, reason: 'It frightens me.' })
    await moderation.report(ada.id, { kind: 'style', subject: 'nowhere', reason: '' })
    const listed = await moderation.reports(operator.id)
    expect(listed).toMatchObject([{ kind: 'picture', reporter: ada.id, reason: 'It frightens me.' }])
    await expect(moderation.reports(ada.id)).rejects.toMatchObject({ code: 'style/operator' })
    await moderation.closeReport(operator.id, listed[0]!.id)
    expect(await moderation.reports(operator.id)).toEqual([])
  })

  it('says whose it is and where, and lets operators see the picture while it is open', async () => {
    const { studio, ada, operator, moderation } = await open()
    const { room } = await studio.rooms.create(ada.id, { name: 'Room' })
    const frame = { room: room.id, frameId: 'f' }
    const { job, pictures } = await studio.pictures.request(ada.id, 'canvas', { prompt: 'a', frame })
    await untilEnded(studio, job)
    const { id } = pictures[0]!
    expect(await studio.pictures.see(operator.id, id)).toBeNull()
    const link = await studio.pictures.link(ada.id, id)
    await moderation.report(ada.id, { kind: 'picture', subject: link, reason: '' })
    const [report] = await moderation.reports(operator.id)
    expect(report).toMatchObject({ subject: id, owner: { id: ada.id, name: 'Ada' }, room: room.id })
    expect(await studio.pictures.see(operator.id, id)).toMatchObject({ id })
    const eve = (await studio.people.newGuest('Eve')).person
    expect(await studio.pictures.see(eve.id, id)).toBeNull()
    await moderation.closeReport(operator.id, report!.id)
    expect(await studio.pictures.see(operator.id, id)).toBeNull()
  })

  it('can be made only so often', async () => {
    const { ada, moderation } = await open()
    const again = () => moderation.report(ada.id, { kind: 'style', subject: 'x', reason: '' })
    for (let count = 0; count < 20; count++) await again()
    await expect(again()).rejects.toMatchObject({ code: 'guest/fast' })
  })
})
