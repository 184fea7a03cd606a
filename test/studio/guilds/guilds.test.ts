import sharp from 'sharp'
import { afterEach, expect, it } from 'vitest'
import type { ChatReplyTarget, GuildSettings, Person } from '../../../studio/studio.ts'
import { buildStudio, type TestStudio, untilEnded } from '../../support/studio.ts'

let test: TestStudio | undefined
afterEach(async () => {
  await test?.close()
  test = undefined
})

const guild = { id: '5', isManager: true }
let count = 0
const newInteraction = () => {
  count += 1
  return `i${count}`
}
const from = (guildId: string, place: Partial<NonNullable<ChatReplyTarget['place']>> = {}): ChatReplyTarget => ({
  ...{ applicationId: '1', interactionId: newInteraction(), interactionToken: 't', channelId: '7', guildId },
  ...{
    messageId: null,
    locale: null,
    place: { channels: ['7'], roles: [guildId, '70'], isAgeRestricted: false, ...place },
  },
})

async function open(change: Partial<GuildSettings> = {}, options: Parameters<typeof buildStudio>[0] = {}) {
  test = await buildStudio(options)
  const { people, guildOffice } = test.studio
  const manager = await people.fromDiscord({ discordId: '99', name: 'Olga' })
  const ada = await people.fromDiscord({ discordId: '98', name: 'Ada' })
  await guildOffice.settings.change(manager.id, guild, () => change)
  return { ...test, ...guildOffice, manager, ada }
}
const paintAs = (by: Person, chat = from('5'), options: { prompt?: string; count?: number } = {}) =>
  test!.studio.pictures.request(by.id, 'chat', { prompt: 'a red house', ...options }, chat)

it('changes settings for those who manage the server alone, and writes down what they changed', async () => {
  const { settings, moderation, ada, manager } = await open()
  const refused = settings.change(ada.id, { id: '5', isManager: false }, () => ({ coolDownSeconds: 3 }))
  await expect(refused).rejects.toMatchObject({ code: 'guild/manager' })
  await settings.change(manager.id, guild, () => ({ coolDownSeconds: 3 }))
  expect((await settings.read('5')).coolDownSeconds).toBe(3)
  expect((await settings.read('6')).coolDownSeconds).toBe(0)
  expect(await moderation.audit(manager.id, guild, 5)).toMatchObject([
    { action: 'set', kind: 'guild', subject: '5', detail: '{"coolDownSeconds":3}', actorName: 'Olga', guildId: '5' },
  ])
})

it('blocks words of one server there alone, and writes down the entry without the prompt', async () => {
  const { moderation, manager, ada } = await open({ blockedWords: ['blood*'] })
  await expect(paintAs(ada, from('5'), { prompt: 'a bl00dy garden' })).rejects.toMatchObject({ code: 'prompt/blocked' })
  await paintAs(ada, from('6'), { prompt: 'bloody' })
  const [entry] = await moderation.audit(manager.id, guild, 1)
  expect(entry).toMatchObject({ action: 'refused', kind: 'prompt', subject: 'blood*', guildId: '5' })
  expect(JSON.stringify(entry)).not.toContain('garden')
})

it('gives a role a number of pictures in an hour, and takes none of a request that does not fit', async () => {
  const roles = [{ role: '70', picturesPerHour: 3, concurrent: null, maxSide: null }]
  const { ada, manager } = await open({ roles })
  await paintAs(ada, from('5'), { count: 2 })
  await expect(paintAs(ada, from('5'), { count: 2 })).rejects.toMatchObject({ code: 'guild/hourly' })
  await paintAs(ada)
  await expect(paintAs(ada)).rejects.toMatchObject({ code: 'guild/hourly' })
  await paintAs(ada, from('6'))
  await paintAs(ada, from('5', { roles: [] }))
  await paintAs(manager)
})

it('lets a role have a number of pictures at once, and gives each back when it has ended', async () => {
  const roles = [{ role: '5', picturesPerHour: null, concurrent: 1, maxSide: null }]
  const { ada, studio, engine } = await open({ roles })
  engine.hold()
  const { job } = await paintAs(ada)
  await expect(paintAs(ada)).rejects.toMatchObject({ code: 'guild/concurrent' })
  engine.release()
  await untilEnded(studio, job)
  await paintAs(ada)
})

it('wants time between two requests of one person, however many pictures each has', async () => {
  const { ada, manager } = await open({ coolDownSeconds: 60 })
  await paintAs(ada, from('5'), { count: 3 })
  await expect(paintAs(ada)).rejects.toMatchObject({ code: 'guild/cool-down' })
  await paintAs(manager)
})

it('stops a person and a style in one server, also after a restart, and lets them go on', async () => {
  const { moderation, manager, ada, studio, folder } = await open()
  const stop = { kind: 'member', id: ada.id } as const
  await moderation.stop(manager.id, guild, stop, 'Spam.')
  const why = { code: 'guild/member-stopped', hint: expect.stringContaining('Spam.') }
  await expect(paintAs(ada)).rejects.toMatchObject(why)
  const style = await studio.styles.create(ada.id, { name: 'Mine' })
  await expect(studio.styles.learn(ada.id, style.id, { guild: '5' })).rejects.toMatchObject(why)
  await paintAs(ada, from('6'))
  await studio.close()

  const again = await buildStudio({ dataFolder: folder })
  const { guildOffice, pictures } = again.studio
  await expect(pictures.request(ada.id, 'chat', { prompt: 'a boat' }, from('5'))).rejects.toMatchObject(why)
  expect(await guildOffice.moderation.stops(manager.id, guild)).toMatchObject([
    { kind: 'member', id: ada.id, name: 'Ada', reason: 'Spam.' },
  ])
  expect(await guildOffice.moderation.resume(manager.id, guild, stop)).toBe(true)
  expect(await guildOffice.moderation.resume(manager.id, guild, stop)).toBe(false)
  await pictures.request(ada.id, 'chat', { prompt: 'a boat' }, from('5'))
  await again.close()
})

it('refuses a style that a server does not want, and paints with it elsewhere', async () => {
  const { moderation, manager, ada, studio } = await open()
  const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const { id } = await studio.styles.create(ada.id, { name: 'Mine', pictures: [{ bytes }] })
  const learning = await studio.styles.learn(ada.id, id)
  await new Promise<void>(resolve =>
    studio.styles.watch(learning.id, ({ type }) => {
      if (type === 'ended') resolve()
    }),
  )
  await moderation.stop(manager.id, guild, { kind: 'guildStyle', id }, 'Too loud.')
  const paint = (server: string) =>
    studio.pictures.request(ada.id, 'chat', { prompt: 'a boat', styles: [{ style: id }] }, from(server))
  await expect(paint('5')).rejects.toMatchObject({
    code: 'guild/style-stopped',
    hint: expect.stringContaining('Too loud.'),
  })
  await paint('6')
})

it('shows reports of a server to those who manage it, and closes them once', async () => {
  const { moderation, manager, ada, studio } = await open()
  const { pictures } = await paintAs(ada)
  const subject = pictures[0]!.id
  const messageUrl = 'https://discord.com/channels/5/7/8'
  await studio.moderation.report(manager.id, { kind: 'picture', subject, reason: 'Ugly.', guild: '5', messageUrl })
  await studio.moderation.report(manager.id, { kind: 'picture', subject, reason: 'Ugly.' })
  const [report, ...others] = await moderation.reports(manager.id, guild)
  expect(others).toEqual([])
  expect(report).toMatchObject({ kind: 'picture', subject, reason: 'Ugly.', reporter: manager.id, messageUrl })
  expect(await moderation.closeReport(manager.id, { id: '6', isManager: true }, report!.id)).toBe(false)
  expect(await moderation.closeReport(manager.id, guild, report!.id)).toBe(true)
  expect(await moderation.closeReport(manager.id, guild, report!.id)).toBe(false)
  await expect(moderation.reports(ada.id, { id: '5', isManager: false })).rejects.toMatchObject({
    code: 'guild/manager',
  })
})

it('counts what was painted and refused in a server', async () => {
  const { ada, manager, studio } = await open({ blockedWords: ['blood'] })
  const { job } = await paintAs(ada, from('5'), { count: 2 })
  await untilEnded(studio, job, 2)
  await paintAs(ada, from('6'))
  await expect(paintAs(ada, from('5'), { prompt: 'blood' })).rejects.toThrow()
  const { day, week, refusals, openReports } = await studio.guildOffice.statistics(manager.id, guild)
  expect(day).toEqual({ jobs: 1, pictures: 2, failed: 0, people: 1, learnings: 0 })
  expect(week).toEqual(day)
  expect({ refusals, openReports }).toEqual({ refusals: [{ subject: 'blood', count: 1 }], openReports: 0 })
})
