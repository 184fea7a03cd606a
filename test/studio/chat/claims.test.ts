/** Of several programs on one database, one writes each message in chat. */
import { afterEach, describe, expect, it } from 'vitest'
import type { PersonId } from '../../../studio/studio.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { openTestEngine } from '../../support/engine.ts'
import { buildStudio, type TestStudio, temporaryFolder } from '../../support/studio.ts'

const wanted = { prompt: 'a pier', width: 64, height: 64 }
let interactions = 0
const target = () => ({
  ...{ applicationId: '1', channelId: '3', guildId: null, messageId: null, locale: null, interactionToken: 'secret' },
  interactionId: `interaction ${++interactions}`,
})

onEachDatabase(newUrl => {
  describe('messages of several programs', () => {
    let programs: TestStudio[] = []
    let place = temporaryFolder()
    let url = ''

    async function open(count: number, options: Parameters<typeof buildStudio>[0] = {}): Promise<TestStudio[]> {
      place = temporaryFolder()
      url = newUrl(place.folder)
      for (let i = 0; i < count; i++) await add(options)
      return programs
    }
    async function add(options: Parameters<typeof buildStudio>[0] = {}): Promise<TestStudio> {
      const program = await buildStudio({ dataFolder: place.folder, databaseUrl: url, ...options })
      programs.push(program)
      return program
    }
    const guestOf = async ({ studio }: TestStudio): Promise<PersonId> => (await studio.people.newGuest('Ada')).person.id
    afterEach(async () => {
      for (const { studio, engine } of programs) {
        engine.release()
        await studio.close()
        await engine.close()
      }
      programs = []
      place.remove()
    })

    it('are each one’s own while it lives, and the first’s who claims them when it has ended', async () => {
      const engine = openTestEngine()
      const [one, two, three] = (await open(3)) as [TestStudio, TestStudio, TestStudio]
      const gone = await add({ engine })
      engine.hold()
      const person = await guestOf(gone)
      const { job } = await gone.studio.pictures.request(person, 'chat', wanted, target())
      const pending = target()
      await gone.studio.chat.addPendingReply(pending, { prompt: 'lost' })
      expect(await gone.studio.chat.isMine(job)).toBe(true)
      expect(await one.studio.chat.isMine(job)).toBe(false)
      for (const { studio } of [one, gone]) {
        expect(await studio.chat.claimUndelivered('dead')).toEqual([])
        expect(await studio.chat.claimPendingReplies('dead')).toEqual([])
      }

      programs.pop()
      const closed = gone.studio.close()
      engine.release()
      await closed
      const claims = await Promise.all([one, two, three].map(({ studio }) => studio.chat.claimUndelivered('dead')))
      expect(claims.flat().map(reply => reply.job)).toEqual([job])
      const owner = [one, two, three][claims.findIndex(list => list.length > 0)]!
      for (const { studio } of [one, two, three]) {
        expect(await studio.chat.isMine(job)).toBe(studio === owner.studio)
        expect(await studio.chat.claimUndelivered('dead')).toEqual([])
      }
      const replies = await Promise.all([one, two, three].map(({ studio }) => studio.chat.claimPendingReplies('dead')))
      expect(replies.flat().map(({ interactionId }) => interactionId)).toEqual([pending.interactionId])
      await engine.close()
    })

    it('are all the only program’s that is the bot, even those of one that was killed a moment ago', async () => {
      const [before, after] = (await open(2)) as [TestStudio, TestStudio]
      const { job } = await before.studio.pictures.request(await guestOf(before), 'chat', wanted, target())
      expect((await after.studio.chat.claimUndelivered('everybody')).map(reply => reply.job)).toEqual([job])
      expect(await before.studio.chat.isMine(job)).toBe(false)
    })

    it('are told of the end of what another program paints', async () => {
      const [painting, watching] = (await open(2)) as [TestStudio, TestStudio]
      painting.engine.hold()
      const { job } = await painting.studio.pictures.request(await guestOf(painting), 'chat', wanted, target())
      const ends: string[] = []
      const stop = watching.studio.pictures.watch(job, event => {
        if (event.type === 'ended') ends.push(event.picture.state)
      })
      painting.engine.release()
      await expect.poll(() => ends).toEqual(['finished'])
      stop()
    })
  })
})
