import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { looksLike, type Person } from './person.ts'
import { example, shareSite } from './site.ts'
import { type DroppedFile, drawPicture, drop, teachStyle } from './teaching.ts'

/** For a machine that has other things to do. */
const patienceMs = patient(60_000)

describe.runIf(canBrowse())('styles in a browser', { timeout: patient(300_000) }, () => {
  let pictures: readonly DroppedFile[]
  /** The last steps of learning wait for it. */
  let gate: Promise<unknown> = Promise.resolve()

  const web = shareSite(
    { engine: { beforeLearning: step => (step === 5 ? gate : Promise.resolve()) } },
    { isQuiet: true },
  )

  beforeAll(async () => {
    pictures = await Promise.all(['#c0392b', '#27ae60', '#2980b9', '#8e44ad', '#f39c12', '#16a085'].map(drawPicture))
  }, patient(120_000))

  const until = (check: () => Promise<unknown>) => vi.waitFor(check, patienceMs)
  const untilPainted = (person: Person) => until(async () => expect(await person.painting()).not.toEqual([]))

  /** Somebody in a room of their own, with a frame that has been painted. */
  async function openRoom(name: string): Promise<{ person: Person; link: string }> {
    const person = await web.visitors.openPaintedRoom(name)
    return { person, link: person.page.url() }
  }

  const teach = (person: Person, name: string) => teachStyle(person, name, pictures)

  const untilLearned = (person: Person) => person.page.locator('.compare').waitFor({ timeout: patienceMs })

  test('pictures become a style, everybody sees it in a frame, and when it is deleted it is gone', async () => {
    const { person: mira, link } = await openRoom('Mira')
    const jo = await web.visitors.arrive('Jo', link)
    await untilPainted(jo)
    const before = await jo.painting()

    const { promise, resolve: goOn } = held()
    gate = promise
    await teach(mira, 'Six colors')
    // Four steps of six: it says so, and shows what it paints by now.
    await until(async () => {
      expect(await mira.page.locator('.learning').textContent()).toContain('Step 4 of 6')
      expect(await mira.page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('67')
      expect(await mira.page.locator('.quartet img[alt]:not([alt=""])').count()).toBe(4)
    })
    // So does a page that is opened now.
    await mira.page.reload()
    await mira.page.getByRole('button', { name: /^Styles/ }).click()
    await mira.page.locator('.style-card').click()
    await mira.page.getByRole('img', { name: /^Learning curve: .* in 4 steps$/ }).waitFor()
    await until(async () => expect(await mira.page.locator('.quartet img[alt]:not([alt=""])').count()).toBe(4))
    goOn()
    await untilLearned(mira)
    expect(await mira.page.locator('.compare-picture').count()).toBe(4)
    expect(await mira.page.locator('.assessment').textContent()).toMatch(
      /^Pictures are \d+% closer to yours than before, and 100% of what is painted stays in its place\.$/,
    )
    // Each end of the curtain says what is on its side, as long as anything of it is to be seen.
    const ends = () => mira.page.locator('.compare-curtain span:not([data-hidden])').allTextContents()
    expect(await ends()).toEqual(['without', 'with Six colors'])
    await mira.page.getByLabel('How much is shown without the style').fill('0')
    expect(await ends()).toEqual(['with Six colors'])
    await mira.page.getByText('How it learned').click()
    expect(await mira.page.getByRole('img', { name: /^Learning curve: .* in 6 steps$/ }).count()).toBe(1)
    await mira.page.getByRole('button', { name: 'Use in this frame' }).click()
    expect(await mira.page.locator('dialog').count()).toBe(0)

    // Jo sees whose hand it is, and what it has made of the frame.
    await until(async () => {
      expect(await jo.page.locator('.style-chip').textContent()).toContain('Six colors of Mira, 100%')
      expect(looksLike(await jo.painting(), before)).toBe(false)
    })
    // But the style is Mira's: Jo finds it nowhere.
    await jo.page.locator('.caption-title').click()
    await jo.page.getByRole('button', { name: 'Mix in another' }).click()
    await jo.page.getByRole('button', { name: 'Teach one' }).waitFor()
    expect(await jo.page.getByRole('button', { name: 'Paint in Six colors' }).count()).toBe(0)

    await mira.page.getByLabel('Six colors', { exact: true }).fill('0.5')
    await until(async () => expect(await jo.page.locator('.style-chip').textContent()).toContain('50%'))

    await mira.page.getByRole('button', { name: /^Styles/ }).click()
    await mira.page.getByRole('button', { name: 'Six colors' }).last().click()
    const download = mira.page.waitForEvent('download')
    await mira.page.getByRole('link', { name: 'Export' }).click()
    const file = await download
    expect(file.suggestedFilename()).toMatch(/\.safetensors$/)

    await mira.page.getByRole('button', { name: 'Delete this style' }).click()
    await mira.page.getByRole('button', { name: 'Delete', exact: true }).click()
    await mira.page.getByRole('heading', { name: 'Paint in your own hand' }).waitFor()
    await until(async () => expect(await jo.page.locator('.style-chip').count()).toBe(0))

    // What was exported comes back by dropping it, for whoever has the file.
    await jo.page.getByRole('button', { name: 'Teach one' }).click()
    // The sheet is loaded when it is opened for the first time.
    await jo.page.getByText('Drop pictures here').waitFor()
    await drop(jo, [{ name: 'six.safetensors', type: '', bytes: readFileSync(await file.path()) }])
    await jo.page.getByRole('button', { name: 'Use in this frame' }).waitFor()
    expect(await jo.page.getByRole('textbox', { name: 'Name of the style' }).inputValue()).toBe('six')
    // What it paints here is shown as soon as it is painted.
    await jo.page.locator('.compare').waitFor({ timeout: patienceMs })
    expect(await jo.page.locator('.assessment').textContent()).toBe('It came as a file; this is what it paints here.')
  })

  test('a style that comes back as a file is mixed with another, worn by a region, and gone everywhere when it is deleted', async () => {
    const { person: mira, link } = await openRoom('Mira')
    const { page } = mira
    const jo = await web.visitors.arrive('Jo', link)
    await untilPainted(jo)
    await teach(mira, 'Six colors')
    await untilLearned(mira)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Export' }).click()
    const bytes = readFileSync(await (await download).path())
    await page.getByRole('button', { name: 'All styles' }).click()
    await drop(mira, [{ name: 'carved.safetensors', type: '', bytes }])
    await until(async () =>
      expect(await page.getByRole('textbox', { name: 'Name of the style' }).inputValue()).toBe('carved'),
    )
    await page.getByRole('button', { name: 'Use in this frame' }).click()

    await page.locator('.caption-title').click()
    await page.getByRole('button', { name: 'Mix in another' }).click()
    await page.getByRole('button', { name: 'Paint in Six colors' }).click()
    const chips = () => jo.page.locator('.style-chip-name').allTextContents()
    await until(async () => expect(await chips()).toEqual(['carved', 'Six colors']))
    await page.getByRole('button', { name: 'Take Six colors out' }).click()
    await page.getByRole('button', { name: 'Take carved out' }).click()
    await until(async () => expect(await chips()).toEqual([]))

    await page.getByRole('button', { name: 'Paint a part of a frame' }).click()
    await page.getByRole('button', { name: 'Box', exact: true }).click()
    await mira.draw([0.1, 0.1], [0.5, 0.9])
    await page.getByLabel('What shall be here').fill('a red house')
    await page.getByRole('button', { name: 'Keep these words here' }).click()
    await page.getByRole('button', { name: 'Region: a red house' }).waitFor()
    // A region that has just been kept is open already.
    const styles = page.getByRole('button', { name: 'Styles of this region' })
    await styles.click()
    const ofRegion = page.getByRole('dialog', { name: 'Styles of this region' })
    await ofRegion.getByRole('button', { name: 'Paint in a style' }).click()
    await ofRegion.getByRole('button', { name: 'Paint in carved' }).click()
    await ofRegion.getByRole('slider', { name: 'carved' }).fill('0.5')
    expect(await page.getByRole('button', { name: 'Take carved out' }).count()).toBe(1)
    await until(async () =>
      expect(await jo.page.locator('.style-chip').allTextContents()).toEqual([expect.stringContaining('50%')]),
    )

    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /^Styles/ })
      .first()
      .click()
    await page.locator('.style-card', { hasText: 'carved' }).click()
    await page.getByRole('button', { name: 'Delete this style' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await until(async () => expect(await chips()).toEqual([]))
  })

  test('a style is taught from what was painted here, beside files', async () => {
    const { person: mira } = await openRoom('Mira')
    await mira.page.getByRole('button', { name: /^Styles/ }).click()
    await mira.page.getByRole('button', { name: 'Teach a style' }).click()
    const shelf = mira.page.getByRole('region', { name: 'What you made here' })
    // A live picture is kept once it has settled.
    await until(async () => {
      await mira.page.getByRole('button', { name: /choose from what you made here/i }).click()
      try {
        await shelf.getByText('Touch those that it shall learn from.').waitFor({ timeout: patient(1_000) })
      } catch (error) {
        await shelf.getByRole('button', { name: 'Close' }).click()
        throw error
      }
    })
    await shelf.getByRole('button', { name: example }).first().click()
    await shelf.getByRole('button', { name: 'Add 1' }).click()
    await drop(mira, pictures.slice(0, 2))
    await until(async () => expect(await mira.page.locator('.tray-pictures img').count()).toBe(3))
    expect(await mira.page.getByLabel(`What ${example} shows (optional)`).inputValue()).toBe(example)
    await mira.page.getByLabel('Name of the style').fill('Dusk again')
    await mira.page.getByRole('button', { name: 'Learn this style' }).click()
    await untilLearned(mira)
    await mira.page.getByText('Pictures it learns from').click()
    await until(async () => expect(await mira.page.locator('.tray-pictures img').count()).toBe(3))
    // It comes to a style that is there already in the same way.
    await mira.page.getByRole('button', { name: 'Choose from what you made here' }).click()
    await shelf.getByRole('button', { name: example }).first().click()
    await shelf.getByRole('button', { name: 'Add 1' }).click()
    await until(async () => expect(await mira.page.locator('.tray-pictures img').count()).toBe(4))
  })

  test('learning can be cancelled, and begun again', async () => {
    const mira = await web.visitors.arrive('Mira')
    gate = held().promise
    await teach(mira, 'Second thoughts')
    await until(async () => expect(await mira.page.locator('.learning').textContent()).toContain('Step 4 of 6'))
    await mira.page.getByRole('button', { name: 'Cancel' }).click()
    await mira.page.getByText('has not learned from them yet').waitFor()
    gate = Promise.resolve()
    await mira.page.getByRole('button', { name: 'Learn this style' }).click()
    await untilLearned(mira)
  })

  test('a style that is shared with everyone is found by others, until it is private again', async () => {
    const mira = await web.visitors.arrive('Mira')
    await teach(mira, 'For all')
    await untilLearned(mira)
    const jo = await web.visitors.arrive('Jo')
    await jo.page.getByRole('button', { name: /^Styles/ }).click()
    await jo.page.getByRole('heading', { name: 'Paint in your own hand' }).waitFor()
    expect(await jo.page.locator('.style-card').count()).toBe(0)

    // Arrow keys choose among radios that belong together; the one that is off is passed over.
    await mira.page.getByRole('radio', { name: 'Only me' }).focus()
    await mira.page.keyboard.press('ArrowRight')
    await until(async () => expect(await mira.page.getByRole('radio', { name: 'Everyone' }).isChecked()).toBe(true))
    await until(async () => {
      await jo.page.keyboard.press('Escape')
      await jo.page.getByRole('button', { name: /^Styles/ }).click()
      expect(await jo.page.locator('.style-card').count()).toBe(1)
    })
    await jo.page.locator('.style-card').click()
    await jo.page.locator('.compare').waitFor()
    // It can be looked at and used, not changed.
    expect(await jo.page.getByText('Delete this style').count()).toBe(0)
    expect(await jo.page.getByRole('link', { name: 'Export' }).count()).toBe(0)
    await mira.page.getByRole('radio', { name: 'Only me' }).check()
    await until(async () => {
      await jo.page.reload()
      await jo.page.getByRole('button', { name: /^Styles/ }).click()
      await jo.page.getByRole('heading', { name: 'Paint in your own hand' }).waitFor()
      expect(await jo.page.locator('.style-card').count()).toBe(0)
    })
  })

  test('what is shared while a room is open is offered to its frames', async () => {
    const { person: jo } = await openRoom('Jo')
    const picker = jo.page.getByRole('button', { name: 'Paint in a style' })
    await picker.click()
    await jo.page.getByRole('button', { name: 'Teach one' }).waitFor()
    await picker.click()

    const mira = await web.visitors.arrive('Mira')
    await teach(mira, 'Late')
    await untilLearned(mira)
    const isShared = mira.page.waitForResponse(response => response.request().method() === 'PATCH')
    await mira.page.getByRole('radio', { name: 'Everyone' }).check()
    await isShared

    await picker.click()
    await jo.page.getByRole('button', { name: 'Paint in Late' }).click()
    await until(async () => expect(await jo.page.locator('.style-chip').textContent()).toMatch(/Late of .*, 100%/))
    await jo.page.getByLabel(/^Late/).waitFor()

    // And what is deleted is gone, for those too who have looked at it before.
    await mira.page.getByRole('button', { name: 'Delete this style' }).click()
    await mira.page.getByRole('button', { name: 'Delete', exact: true }).click()
    await jo.page.getByRole('slider', { name: 'A style that is gone' }).waitFor({ timeout: patienceMs })
  })

  test('a style is shared with a Discord server that its owner speaks in, picked by name where there are several', async () => {
    const { people } = web.site.world.studio
    async function arriveFrom(name: string, guilds: readonly string[]): Promise<Person> {
      const { id } = await people.fromDiscord({ discordId: `7${name.length}`, name })
      for (const guildName of guilds) {
        const guildId = `90${guildName.length}`
        await people.fromDiscord({ discordId: `7${name.length}`, name, guildId, guildName })
      }
      const { links } = await web.site.world.studio.rooms.create(id, { name: 'From chat' })
      return web.visitors.arrive('', `${web.site.url}/r/${links.edit}#code=${await people.newCode(id)}`)
    }
    const tess = await arriveFrom('Tess', ['Workshop', 'Night school'])
    await teach(tess, 'For the workshop')
    await untilLearned(tess)
    // Nothing is shared before it is clear with which of them.
    await tess.page.getByRole('radio', { name: 'A server' }).check()
    await tess.page.getByRole('radio', { name: 'Night school' }).waitFor()
    expect(
      (await web.site.world.studio.styles.list((await people.fromDiscord({ discordId: '74', name: 'Tess' })).id))[0],
    ).toMatchObject({ sharing: 'private' })
    await tess.page.getByRole('radio', { name: 'Workshop' }).check()

    const oscar = await arriveFrom('Oscar', ['Workshop'])
    await until(async () => {
      await oscar.page.keyboard.press('Escape')
      await oscar.page.getByRole('button', { name: /^Styles/ }).click()
      expect(await oscar.page.locator('.style-card').textContent()).toContain('For the workshop')
    })
    await oscar.page.keyboard.press('Escape')
    await teach(oscar, 'Back')
    await untilLearned(oscar)
    await oscar.page.getByRole('radio', { name: 'Workshop' }).check()
    await tess.page.getByRole('button', { name: 'All styles' }).click()
    await until(async () => expect(await tess.page.locator('.style-note').allTextContents()).toEqual(['Workshop']))

    // A guest is in no server, and reads why.
    const guest = await web.visitors.arrive('Mira')
    await teach(guest, 'Alone')
    await untilLearned(guest)
    expect(await guest.page.getByRole('radio', { name: 'A server' }).isDisabled()).toBe(true)
    await guest.page.getByText('follow a link that the bot gave you there').waitFor()
  })

  test('a link from chat signs its owner in, once, and they can sign out again', async () => {
    const ada = await web.site.world.studio.people.fromDiscord({ discordId: '81', name: 'Ada' })
    const { links } = await web.site.world.studio.rooms.create(ada.id, { name: 'From chat' })
    const code = await web.site.world.studio.people.newCode(ada.id)
    const person = await web.visitors.arrive('', `${web.site.url}/r/${links.edit}#code=${code}`)
    const people = person.page.getByRole('button', { name: '1 person here' })
    await people.click()
    await person.page.getByText('Signed in with Discord as Ada').waitFor()
    expect(new URL(person.page.url()).hash).toBe('')
    await person.page.getByRole('button', { name: 'Sign out' }).click()
    await until(async () => {
      await people.click()
      expect(await person.page.getByText('you · ').count()).toBe(1)
      expect(await person.page.getByText('Signed in').count()).toBe(0)
    })
    // Where signing in is not set up, it is not offered.
    expect(await person.page.getByText('Sign in').count()).toBe(0)
  })

  test('files that are no pictures are named, with the cure, and the others are taken', async () => {
    const mira = await web.visitors.arrive('Mira')
    await mira.page.getByRole('button', { name: /^Styles/ }).click()
    await mira.page.getByRole('button', { name: 'Teach a style' }).click()
    const torn = { name: 'torn.png', type: 'image/png', bytes: pictures[0]!.bytes.subarray(0, 40) }
    const letter = { name: 'letter.pdf', type: 'application/pdf', bytes: Buffer.from('%PDF-1.4') }
    const caption = { name: 'picture 2.txt', type: 'text/plain', bytes: Buffer.from('a green sheet\n') }
    await drop(mira, [pictures[0]!, torn, letter, pictures[1]!, caption])
    await until(async () =>
      expect(await mira.page.getByRole('alert').first().textContent()).toBe(
        '“torn.png” and “letter.pdf” cannot be read as a picture: use PNG, JPEG or WebP.',
      ),
    )
    expect(await mira.page.getByLabel('What picture 1.png shows').inputValue()).toBe('')
    expect(await mira.page.getByLabel('What picture 2.png shows').inputValue()).toBe('a green sheet')
    await mira.page.getByRole('button', { name: 'Leave out picture 1.png' }).click()
    expect(await mira.page.locator('.tray-pictures img').count()).toBe(1)
    // What was got ready waits while the sheet is closed.
    await mira.page.keyboard.press('Escape')
    await mira.page.getByRole('button', { name: /^Styles/ }).click()
    await mira.page.getByRole('button', { name: 'Teach a style' }).click()
    expect(await mira.page.locator('.tray-pictures img').count()).toBe(1)
  })
})

/** Something to wait for, until it is let go. */
function held(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
