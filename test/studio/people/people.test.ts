import { afterAll, beforeAll, expect, it } from 'vitest'
import { colors } from '../../../studio/people/people.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { buildStudio, type TestStudio, temporaryFolder } from '../../support/studio.ts'

onEachDatabase(newUrl => {
  let test: TestStudio
  /** Milliseconds by which the studio's clock is ahead. */
  let later = 0
  const { folder, remove } = temporaryFolder()
  beforeAll(async () => {
    const now = () => new Date(Date.now() + later)
    test = await buildStudio({ dataFolder: folder, databaseUrl: newUrl(folder), now })
  })
  afterAll(async () => {
    await test?.close()
    remove()
  })

  it('knows a Discord account again, under its newest name', async () => {
    const { people } = test.studio
    const account = { discordId: '123456789012345678', name: 'Ada' }
    const [first, same] = await Promise.all([people.fromDiscord(account), people.fromDiscord(account)])
    expect(same).toEqual(first)
    const renamed = await people.fromDiscord({ ...account, name: 'Ada Lovelace' })
    expect(renamed).toEqual({ ...first, name: 'Ada Lovelace' })
  })

  it('makes do with any name that Discord has', async () => {
    const { people } = test.studio
    expect((await people.fromDiscord({ discordId: '1', name: '\u202e \n' })).name).toBe('Someone')
    expect((await people.fromDiscord({ discordId: '2', name: '👩‍🚀'.repeat(40) })).name.length).toBeGreaterThan(0)
  })

  it('knows a guest by their secret, of which only a hash is stored', async () => {
    const { people } = test.studio
    const { person, secret } = await people.newGuest('  Guest \n One ')
    expect(person.name).toBe('Guest One')
    expect(Buffer.from(secret, 'base64url')).toHaveLength(16)
    expect(await people.fromSecret(secret)).toEqual(person)
    expect(await people.fromSecret(`${secret}x`)).toBeNull()
    expect(await people.fromSecret('')).toBeNull()
  })

  it('signs people in and out, and with a code from chat once', async () => {
    const { people } = test.studio
    const person = await people.fromDiscord({ discordId: '77', name: 'Grace' })
    const secret = await people.signIn(person.id)
    expect(await people.fromSecret(secret)).toEqual(person)
    await people.signOut(secret)
    expect(await people.fromSecret(secret)).toBeNull()
    const code = await people.newCode(person.id)
    const uses = await Promise.all([people.fromCode(code), people.fromCode(code), people.fromCode('x')])
    expect(uses.filter(one => one !== null)).toEqual([person])
    const old = await people.newCode(person.id)
    later = 10 * 60 * 1000 + 1
    expect(await people.fromCode(old)).toBeNull()
    later = 0
  })

  it('keeps a live picture of a guest who has joined an account meanwhile, as the account’s', async () => {
    const { people, rooms, live } = test.studio
    const { person: guest } = await people.newGuest('Guest')
    const account = await people.fromDiscord({ discordId: '79', name: 'Hedy' })
    const { room } = await rooms.create(guest.id, { name: 'Ours' })
    const wish = { prompt: 'a house', seed: 1, steps: 2, guidance: 8, width: 16, height: 16 }
    const ask = { room: room.id, frameId: 'f', ...wish }
    const end = await (await live.paint(guest.id, ask)).ended
    if (end.type !== 'finished') throw new Error(`Expected a finished picture, got ${end.type}`)
    await people.join(guest.id, account.id)
    expect(await live.save(guest.id, ask, end)).toMatchObject({ owner: account.id })
  })

  it('gives everything of a guest to an account', async () => {
    const { people, rooms, pictures, styles } = test.studio
    const { person: guest, secret } = await people.newGuest('Guest')
    const account = await people.fromDiscord({ discordId: '78', name: 'Grace' })
    const { room, links } = await rooms.create(guest.id, { name: 'Ours' })
    await rooms.enter(links.view, account.id)
    const { job } = await pictures.request(guest.id, 'canvas', { prompt: 'a red house' })
    const { id } = await styles.create(guest.id, { name: 'Reds' })
    await styles.create(account.id, { name: 'reds' })

    expect(await people.join(guest.id, account.id)).toEqual(account)
    expect(await people.fromSecret(secret)).toEqual(account)
    expect((await rooms.ofPerson(account.id)).map(one => one.id)).toEqual([room.id])
    expect(await rooms.enter(links.view, account.id)).toMatchObject({ role: 'owner' })
    expect((await pictures.ofJob(job))[0]?.owner).toBe(account.id)
    expect(await styles.find(account.id, id)).toMatchObject({ name: 'Reds 2', isMine: true })
    for (const [one, other] of [
      [guest.id, account.id],
      [account.id, account.id],
      [account.id, guest.id],
    ] as const) {
      await expect(people.join(one, other)).rejects.toMatchObject({ code: 'person/join' })
    }
  })

  it('renames, and refuses names that are none', async () => {
    const { people } = test.studio
    const { person } = await people.newGuest('Guest')
    expect((await people.rename(person.id, 'Zoë 🎨')).name).toBe('Zoë 🎨')
    for (const name of ['', ' ', '\u0000', 'x'.repeat(41)]) {
      await expect(people.rename(person.id, name)).rejects.toMatchObject({ code: 'person/name' })
      await expect(people.newGuest(name)).rejects.toMatchObject({ code: 'person/name' })
    }
  })

  it('has one person behind the command line', async () => {
    const { people } = test.studio
    const [one, other] = await Promise.all([people.fromCommandLine(), people.fromCommandLine()])
    expect(one).toEqual(other)
  })
})

it('draws colours that can be read on light and dark', () => {
  for (const color of colors) {
    const light = luminance(color)
    expect(1.05 / (light + 0.05), `${color} on white`).toBeGreaterThanOrEqual(3)
    expect((light + 0.05) / (luminance('#16181d') + 0.05), `${color} on near-black`).toBeGreaterThanOrEqual(3)
  }
})

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
