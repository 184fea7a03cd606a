import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { protocolVersion, type Reply } from '../../protocol/events.ts'
import { limits } from '../../protocol/limits.ts'
import { canBrowse } from '../support/chromium.ts'
import { buildPages, filesIn, openSwitchedLine, pagesFolder, type SwitchedLine } from '../support/pages.ts'
import { patient } from '../support/patience.ts'
import { looksLike, type Person } from './person.ts'
import { example, shareSite } from './site.ts'

/** For a machine that has other things to do. */
const patienceMs = patient(25_000)
const ink = '31,36,48,255'
const nothing = '0,0,0,0'

describe.runIf(canBrowse())('the canvas in a browser', { timeout: patient(90_000) }, () => {
  let line: SwitchedLine

  const web = shareSite({}, { isQuiet: true })

  beforeAll(async () => {
    line = await openSwitchedLine(web.site.url)
  })

  afterAll(async () => {
    await line?.close()
  })

  async function join(name: string, link: string): Promise<Person> {
    const person = await web.visitors.arrive(name, link)
    await person.page.locator('.sheet').first().waitFor()
    return person
  }

  async function linkOf(person: Person, which: 'draw' | 'watch'): Promise<string> {
    await person.page.getByRole('button', { name: 'Share' }).click()
    const link = await person.page.getByLabel(`Anyone with this link can ${which}`).inputValue()
    await person.page.keyboard.press('Escape')
    return link
  }

  const until = (check: () => Promise<unknown>) => vi.waitFor(check, patienceMs)
  const untilPainted = (person: Person) => until(async () => expect(await person.painting()).not.toEqual([]))
  const untilInk = (person: Person, at: readonly [number, number], color: string) =>
    until(async () => expect(await person.inkAt(at)).toBe(color))

  test('two people draw together, see each other, and the frame is repainted for both', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await join('Jo', await linkOf(mira, 'draw'))
    await untilPainted(jo)
    await until(async () => expect(await mira.page.locator('.faces .face').count()).toBe(2))
    const before = await jo.painting()

    await mira.draw([0.2, 0.3], [0.8, 0.3])
    await untilInk(jo, [0.5, 0.3], ink)
    await until(async () => expect(looksLike(await jo.painting(), before)).toBe(false))
    expect(await jo.page.locator('.cursor').textContent()).toBe('Mira')

    await jo.draw([0.2, 0.6], [0.8, 0.6])
    await untilInk(mira, [0.5, 0.6], ink)
    // What everybody sees last is the picture of the last stroke.
    await until(async () => {
      expect(await mira.page.locator('.frame-chrome').getAttribute('data-state')).toBe('fresh')
      expect(looksLike(await jo.painting(), await mira.painting())).toBe(true)
    })
  })

  test('a picture has as many pixels as it takes on the screen, and not many more', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const painting = mira.page.locator('.painting canvas')
    const fits = async () => {
      const [has, takes] = await painting.evaluate((canvas: HTMLCanvasElement) => [
        canvas.width,
        canvas.getBoundingClientRect().width * devicePixelRatio,
      ])
      return has! >= Math.min(takes!, 1024) && has! <= Math.max(256, 2 * takes!)
    }
    await until(async () => expect(await fits()).toBe(true))
    const before = await mira.painting()
    for (const key of ['-', '=']) {
      const { width } = (await painting.boundingBox())!
      for (let press = 0; press < 5; press++) await mira.page.keyboard.press(key)
      await until(async () => expect((await painting.boundingBox())!.width).not.toBe(width))
      await until(async () => expect(await fits()).toBe(true))
      expect(looksLike(await mira.painting(), before)).toBe(true)
    }
  })

  test('a reload keeps the ink, the prompt and the picture', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    await mira.page.locator('.frame-chrome[data-state=fresh]').waitFor()
    await mira.page.reload()
    await mira.page.locator('.sheet').waitFor()
    await untilInk(mira, [0.5, 0.5], ink)
    await untilPainted(mira)
    expect(await mira.page.locator('.caption-text').textContent()).toBe(example)
    // The start page remembers the room.
    await mira.page.goto(web.site.url)
    expect(await mira.page.locator('.room-card').textContent()).toContain('Mira’s room')
  })

  test('each undoes what they did themselves', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await join('Jo', await linkOf(mira, 'draw'))
    await mira.draw([0.2, 0.2], [0.8, 0.2])
    await untilInk(jo, [0.5, 0.2], ink)
    await jo.draw([0.2, 0.8], [0.8, 0.8])
    await untilInk(mira, [0.5, 0.8], ink)

    await mira.page.keyboard.press('Control+z')
    await untilInk(jo, [0.5, 0.2], nothing)
    expect(await jo.inkAt([0.5, 0.8])).toBe(ink)
    await mira.page.keyboard.press('Control+Shift+z')
    await untilInk(jo, [0.5, 0.2], ink)
  })

  test('the eraser takes pixels, not strokes', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.draw([0.1, 0.5], [0.9, 0.5])
    await mira.page.keyboard.press('e')
    await mira.draw([0.5, 0.3], [0.5, 0.7])
    await untilInk(mira, [0.5, 0.5], nothing)
    expect(await mira.inkAt([0.2, 0.5])).toBe(ink)
    expect(await mira.inkAt([0.8, 0.5])).toBe(ink)
  })

  test('things are selected, moved and deleted', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.keyboard.press('r')
    await mira.draw([0.1, 0.1], [0.3, 0.3])
    await untilInk(mira, [0.2, 0.2], ink)
    await mira.page.keyboard.press('v')
    await mira.draw([0.2, 0.2], [0.7, 0.7])
    await untilInk(mira, [0.7, 0.7], ink)
    expect(await mira.inkAt([0.2, 0.2])).toBe(nothing)
    await mira.page.keyboard.press('Delete')
    await untilInk(mira, [0.7, 0.7], nothing)
  })

  test('a dropped image lies on the canvas, for others too', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await join('Jo', await linkOf(mira, 'draw'))
    const png = await mira.page.evaluate(async () => {
      const canvas = document.createElement('canvas')
      canvas.width = 40
      canvas.height = 40
      const context = canvas.getContext('2d')!
      context.fillStyle = '#00ff00'
      context.fillRect(0, 0, 40, 40)
      return canvas.toDataURL('image/png').split(',')[1]!
    })
    await mira.page.setInputFiles('input[type=file]', {
      name: 'green.png',
      mimeType: 'image/png',
      buffer: Buffer.from(png, 'base64'),
    })
    await untilInk(jo, [0.5, 0.5], '0,255,0,255')
  })

  test('a photo that is too large is made smaller here, and what cannot be read is refused in words', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const [width, height] = [4_608, 770]
    // Noise does not compress: wider than is stored, and more bytes than are taken.
    const noise = sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })
    const photo = await noise.png({ compressionLevel: 1 }).toBuffer()
    expect(photo.length).toBeGreaterThan(limits.maxUploadBytes)
    const uploaded = mira.page.waitForResponse(response => response.request().method() === 'POST')
    await mira.page.setInputFiles('input[type=file]', { name: 'sea.png', mimeType: 'image/png', buffer: photo })
    const response = await uploaded
    expect(await response.json()).toMatchObject({ width: limits.maxImageSide })
    await mira.page.locator('.selection').waitFor()

    for (const [name, type, reason] of [
      ['sea.heic', 'image/heic', 'HEIC cannot be read here: export it as JPEG.'],
      ['sea.excalidraw', 'application/json', 'Drawings of other programs cannot be opened here: export it as PNG.'],
      ['sea.png', 'image/png', 'this picture is damaged and cannot be read.'],
    ] as const) {
      const drop = (options: { name: string; type: string }) =>
        mira.page.evaluate(file => {
          const dataTransfer = new DataTransfer()
          dataTransfer.items.add(new File(['{}'], file.name, { type: file.type }))
          document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
        }, options)
      await drop({ name, type })
      await mira.page.getByText(`${name}: ${reason}`).waitFor()
    }
  })

  test('who has the view link watches: no tools, and a forged operation is refused', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const link = await linkOf(mira, 'watch')
    const eve = await join('Eve', link)
    await untilPainted(eve)
    expect(await eve.page.locator('.toolbar').count()).toBe(0)
    expect(await eve.page.locator('.banner').textContent()).toContain('You are watching')
    await eve.draw([0.2, 0.5], [0.8, 0.5])

    const reply = await forge(eve, link)
    expect(reply).toMatchObject({ ok: false, error: { code: 'room/viewer' } })
    expect(await mira.inkAt([0.5, 0.5])).toBe(nothing)
  })

  /** Speaks to the server past the page, with the person's own cookie. */
  async function forge(person: Person, link: string): Promise<Reply<unknown>> {
    const cookie = (await person.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const socket = io(web.site.url, { transports: ['websocket'], extraHeaders: { cookie, origin: web.site.url } })
    try {
      const secret = link.split('/').at(-1)!
      await socket.emitWithAck('room:enter', { protocol: protocolVersion, secret, client: 'forger', clock: null })
      const element = {
        ...{ id: 'forged', kind: 'rectangle', z: 'b99', x: -100, y: -100, width: 200, height: 200 },
        ...{ stroke: null, fill: '#000000', size: 0 },
      }
      return await socket.emitWithAck('scene:operate', { seq: 1, operations: [{ type: 'add', element }] })
    } finally {
      socket.disconnect()
    }
  }

  test('offline, drawing goes on, is counted, and arrives when the line is back', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const link = await linkOf(mira, 'draw')
    const jo = await join('Jo', link.replace(web.site.url, line.url))
    line.off()
    await until(async () => expect(await jo.page.locator('.banner').textContent()).toContain('Offline'))
    await jo.draw([0.2, 0.4], [0.8, 0.4])
    await untilInk(jo, [0.5, 0.4], ink)
    // A stroke is one edit, or two where its beginning was under way when the line went.
    await until(async () => expect(await jo.page.locator('.banner').textContent()).toMatch(/[12] unsent edits?/))
    // Meanwhile the others go on.
    await mira.draw([0.2, 0.6], [0.8, 0.6])
    expect(await mira.inkAt([0.5, 0.4])).toBe(nothing)

    line.on()
    await untilInk(mira, [0.5, 0.4], ink)
    await untilInk(jo, [0.5, 0.6], ink)
    await until(async () => expect(await jo.page.locator('.banner').count()).toBe(0))
    // A refused connection is what being offline is made of.
    expect(jo.complaints.splice(0).filter(complaint => !/ERR_|WebSocket/.test(complaint))).toEqual([])
  })

  test('two fingers move the view and draw nothing; once a pen was seen, one finger draws nothing either', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const devices = await mira.context.newCDPSession(mira.page)
    const box = (await mira.page.locator('.sheet').boundingBox())!
    const at = (x: number, y: number) => ({ x: box.x + x * box.width, y: box.y + y * box.height })
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: readonly (readonly [number, number])[]) =>
      devices.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: fingers.map(([x, y], id) => ({ ...at(x, y), id })),
      })

    await touch('touchStart', [0.3, 0.3])
    await touch('touchMove', [0.5, 0.3])
    await touch('touchEnd')
    await untilInk(mira, [0.4, 0.3], ink)

    await touch('touchStart', [0.4, 0.6])
    await touch('touchStart', [0.4, 0.6], [0.6, 0.6])
    await touch('touchMove', [0.3, 0.6], [0.7, 0.6])
    await touch('touchEnd')
    await until(async () =>
      expect((await mira.page.locator('.sheet').boundingBox())!.width).toBeGreaterThan(box.width * 1.5),
    )
    expect(await mira.inkAt([0.5, 0.6])).toBe(nothing)

    const pen = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', x: number, y: number) =>
      devices.send('Input.dispatchMouseEvent', {
        ...{ type, ...at(x, y), button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 },
        ...{ pointerType: 'pen', force: 0.8 },
      })
    await pen('mousePressed', 0.4, 0.4)
    await pen('mouseMoved', 0.6, 0.4)
    await pen('mouseReleased', 0.6, 0.4)
    const before = (await mira.page.locator('.sheet').boundingBox())!
    // What lands right after a stroke is a palm; a finger comes later.
    await new Promise(resolve => setTimeout(resolve, 500))
    await touch('touchStart', [0.4, 0.5])
    await touch('touchMove', [0.5, 0.6])
    await touch('touchEnd')
    // The finger has moved the desk instead.
    await until(async () => expect((await mira.page.locator('.sheet').boundingBox())!.x).toBeGreaterThan(before.x + 20))
  })

  test('a pen wins over the palm: before its stroke, during it and just after it', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const devices = await mira.context.newCDPSession(mira.page)
    const box = (await mira.page.locator('.sheet').boundingBox())!
    const at = (x: number, y: number) => ({ x: box.x + x * box.width, y: box.y + y * box.height })
    const palm = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...contacts: readonly (readonly [number, number])[]) =>
      devices.send('Input.dispatchTouchEvent', {
        ...{ type, touchPoints: contacts.map(([x, y], id) => ({ ...at(x, y), id, radiusX: 30, radiusY: 40 })) },
      })
    const pen = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', x: number, y: number) =>
      devices.send('Input.dispatchMouseEvent', {
        ...{ type, ...at(x, y), button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 },
        ...{ pointerType: 'pen', force: 0.8 },
      })

    // The palm rests on the glass first, and a second part of it lands while the pen draws.
    await palm('touchStart', [0.8, 0.8])
    await pen('mousePressed', 0.2, 0.4)
    await pen('mouseMoved', 0.4, 0.4)
    await palm('touchStart', [0.8, 0.8], [0.9, 0.9])
    await palm('touchMove', [0.75, 0.8], [0.95, 0.9])
    await pen('mouseMoved', 0.8, 0.4)
    await pen('mouseReleased', 0.8, 0.4)
    await palm('touchMove', [0.7, 0.8], [0.9, 0.8])
    await palm('touchEnd')

    for (const x of [0.25, 0.5, 0.75]) await untilInk(mira, [x, 0.4], ink)
    for (const x of [0.7, 0.8, 0.9]) expect(await mira.inkAt([x, 0.8])).toBe(nothing)
    expect(await mira.page.locator('.sheet').boundingBox()).toEqual(box)
    await mira.page.keyboard.press('Control+z')
    await untilInk(mira, [0.5, 0.4], nothing)
  })

  test('words that the model does not know are named, and the rest is painted', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.getByLabel('What this frame shall become').fill('a red dragon by the lake')
    await until(async () =>
      expect(await mira.page.locator('#prompt-hint').textContent()).toBe(
        'This model does not know “dragon”. It paints the rest.',
      ),
    )
    await until(async () =>
      expect(await mira.page.locator('.caption-text').textContent()).toBe('a red dragon by the lake'),
    )
  })

  test('an earlier picture is looked at, restored for everybody, and pinned', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const films = mira.page.locator('.film')
    await until(async () => expect(await films.count()).toBe(1))
    const first = await mira.painting()
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    // On a busy machine half a stroke can settle and be kept as well.
    await until(async () => expect(await films.count()).toBeGreaterThan(1))

    await films.last().click()
    await mira.page.locator('.painting img').waitFor()
    await mira.page.getByRole('button', { name: 'Restore' }).click()
    await until(async () => expect(looksLike(await mira.painting(), first)).toBe(true))
    expect(await mira.page.locator('.painting img').count()).toBe(0)

    await mira.page.getByRole('button', { name: 'Pin', exact: true }).click()
    await mira.page.locator('.selection').waitFor()
    const download = mira.page.waitForEvent('download')
    await mira.page.getByRole('link', { name: 'PNG' }).click()
    expect((await download).suggestedFilename()).toMatch(/\.png$/)
  })

  test('who draws on a picture draws on that picture, the eraser shows it, and one press of undo takes all back', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await join('Jo', await linkOf(mira, 'draw'))
    await until(async () => expect(await mira.page.locator('.film').count()).toBe(1))
    expect(await jo.page.locator('.paper').count()).toBe(0)
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    await jo.page.locator('.paper').waitFor()
    // Without its painting the frame shows ink over the picture.
    await jo.page.locator('.caption').hover()
    await jo.page.getByRole('radio', { name: 'Ink only' }).click()
    await untilInk(jo, [0.5, 0.3], ink)
    const file = await mira.page.locator('.film img').last().getAttribute('src')
    const paperOf = (person: Person) =>
      person.page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('canvas.paper')!
        return [...canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]
      })
    expect(await paperOf(jo)).toEqual(await paperOf(mira))
    const { rooms, people } = web.site.world.studio
    const { person } = await people.newGuest('Eve')
    const entered = await rooms.enter(mira.page.url().split('/').at(-1)!, person.id)
    const { operations } = await rooms.load(entered!.room.id)
    const paper = { kind: 'picture', file: file!.split('/').at(-1) }
    expect(operations.map(({ operation }) => operation)).toContainEqual(
      expect.objectContaining({ change: expect.objectContaining({ paper }) }),
    )
    await mira.page.keyboard.press('Control+z')
    await untilInk(jo, [0.5, 0.3], nothing)
    await until(async () => expect(await jo.page.locator('.paper').count()).toBe(0))
  })

  test('bake makes the picture the paper and takes away the ink that it shows', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.locator('.film').waitFor()
    // One picture, of the whole stroke: a live frame shows half of it where drawing takes long.
    await mira.page.getByText('Live', { exact: true }).click()
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    await mira.page.getByRole('button', { name: 'Paint', exact: true }).click()
    await until(async () => {
      expect(await mira.page.locator('.film').count()).toBe(2)
      expect(await mira.page.locator('.film').first().getAttribute('aria-pressed')).toBe('true')
      expect(await mira.page.locator('.frame-chrome').getAttribute('data-state')).toBe('fresh')
    })
    await mira.page.keyboard.press('b')
    await untilInk(mira, [0.5, 0.3], nothing)
    await until(async () => expect(looksLike(await mira.painting(), await savedPicture(mira))).toBe(true))
    await mira.page.keyboard.press('Control+z')
    await untilInk(mira, [0.5, 0.3], ink)
  })

  test('two people type in one prompt, and nobody’s words are lost', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await join('Jo', await linkOf(mira, 'draw'))
    await jo.page.locator('.caption-title').click()
    const field = (person: Person) => person.page.getByLabel('What this frame shall become')
    await field(mira).focus()
    await field(jo).focus()
    await mira.page.keyboard.press('End')
    await jo.page.keyboard.press('Home')
    await Promise.all([
      mira.page.keyboard.type(' at dusk', { delay: 40 }),
      jo.page.keyboard.type('lake, ', { delay: 40 }),
    ])
    for (const person of [mira, jo]) {
      await until(async () => expect(await field(person).inputValue()).toBe(`lake, ${example} at dusk`))
    }
  })

  test('what Pin lays beside the frame is the picture that is shown, also after Restore', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const films = mira.page.locator('.film')
    await until(async () => expect(await films.count()).toBe(1))
    const fileOf = (film: ReturnType<typeof films.nth>) => film.locator('img').getAttribute('src')
    const oldest = await fileOf(films.first())
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    await until(async () => expect(await films.count()).toBeGreaterThan(1))
    await films.last().click()
    await mira.page.getByRole('button', { name: 'Restore' }).click()
    const shown = mira.page.locator('.film[aria-pressed=true]')
    await until(async () => expect(await fileOf(shown)).toBe(oldest))
    expect(await mira.page.locator('.frame-chrome').getAttribute('data-state')).toBe('stale')
    await mira.page.getByRole('button', { name: 'Pin', exact: true }).click()
    const { rooms, people } = web.site.world.studio
    const { person } = await people.newGuest('Jo')
    const entered = await rooms.enter(mira.page.url().split('/').at(-1)!, person.id)
    await until(async () => {
      const { operations } = await rooms.load(entered!.room.id)
      expect(operations.at(-1)!.operation).toMatchObject({
        element: { kind: 'image', file: oldest!.split('/').at(-1)! },
      })
    })
  })

  test('ink that changes nothing that the model sees does not stay over the painting', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    const chrome = mira.page.locator('.frame-chrome[data-state=fresh]')
    await chrome.waitFor()
    const over = () =>
      mira.page.evaluate(() => {
        const canvas = document.querySelectorAll<HTMLCanvasElement>('canvas.ink')[1]!
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return data.reduce((sum, value, index) => sum + (index % 4 === 3 && value > 0 ? 1 : 0), 0)
      })
    await until(async () => expect(await over()).toBe(0))
    await mira.page.keyboard.press('e')
    await mira.draw([0.2, 0.7], [0.8, 0.7])
    await until(async () => expect(await over()).toBe(0))
  })

  test('a frame that is deleted and brought back has its picture again', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const before = await mira.painting()
    await mira.page.keyboard.press('v')
    await mira.page.locator('.caption-title').click()
    await mira.page.keyboard.press('Delete')
    await mira.page.locator('.sheet').waitFor({ state: 'detached' })
    await mira.page.keyboard.press('Control+z')
    await until(async () => expect(looksLike(await mira.painting(), before)).toBe(true))
  })

  test('a frame that is not live is painted when asked', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.getByText('Live', { exact: true }).click()
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    const chrome = mira.page.locator('.frame-chrome')
    await until(async () => expect(await chrome.getAttribute('data-state')).toBe('stale'))
    const before = await mira.painting()
    await mira.page.getByRole('button', { name: 'Paint', exact: true }).click()
    await until(async () => {
      expect(await chrome.getAttribute('data-state')).toBe('fresh')
      expect(looksLike(await mira.painting(), before)).toBe(false)
    })
  })

  test('a click on Paint waits for the strokes before it, however long they take to be stored', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.getByText('Live', { exact: true }).click()
    const before = await mira.painting()
    const { rooms } = web.site.world.studio
    const store = rooms.append
    const slowly = vi.spyOn(rooms, 'append').mockImplementation(async (...entries) => {
      await new Promise(resolve => setTimeout(resolve, 300))
      return store(...entries)
    })
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    await mira.page.getByRole('button', { name: 'Paint', exact: true }).click()
    await until(async () => {
      expect(await mira.page.locator('.frame-chrome').getAttribute('data-state')).toBe('fresh')
      expect(looksLike(await mira.painting(), before)).toBe(false)
    })
    slowly.mockRestore()
  })

  test('the keys are on a sheet, and Escape puts it away', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.keyboard.press('?')
    const { mouse, keyboard } = mira.page
    const sheet = mira.page.getByRole('dialog', { name: 'How to paint here' })
    await sheet.waitFor()
    // Words are selected as far as beside the sheet, which says nothing about it; a click there closes it.
    const { x, y } = (await sheet.getByRole('heading').first().boundingBox())!
    await mouse.move(x + 20, y + 8)
    await mouse.down()
    await mouse.move(8, y + 8, { steps: 3 })
    await mouse.up()
    await keyboard.press('Shift')
    expect(await sheet.isVisible()).toBe(true)
    await mouse.click(8, y + 8)
    await until(async () => expect(await mira.page.locator('dialog').count()).toBe(0))
    await keyboard.press('?')
    await sheet.waitFor()
    await keyboard.press('Escape')
    await until(async () => expect(await mira.page.locator('dialog').count()).toBe(0))
  })
})

test(
  'the first load stays below 150 kB of compressed JavaScript, and lies compressed beside itself',
  async () => {
    await buildPages()
    const page = readFileSync(join(pagesFolder, 'index.html'), 'utf8')
    const english = /"en":\["(\/[^"]+\.js)"/.exec(page)![1]!
    const paths = [...page.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => path!)
    const first = [...paths, english].map(path => join(pagesFolder, path))
    expect(first).toContainEqual(expect.stringMatching(/beforePaint-\w+\.js$/))
    const scripts = filesIn(pagesFolder).filter(file => file.endsWith('.js'))
    // The rest is loaded when it is used.
    expect(scripts.length).toBeGreaterThan(first.length)
    const bytes = first.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
    expect(bytes).toBeLessThan(150 * 1024)
    const large = scripts.filter(file => readFileSync(file).length > 100_000)
    expect(large.length).toBeGreaterThan(0)
    for (const file of large) {
      expect(brotliDecompressSync(readFileSync(`${file}.br`)).equals(readFileSync(file))).toBe(true)
      expect(gunzipSync(readFileSync(`${file}.gz`)).equals(readFileSync(file))).toBe(true)
    }
  },
  patient(60_000),
)

/** Colors of the saved picture that the frame shows, as `Person.painting` has those on the canvas. */
function savedPicture({ page }: Person): Promise<readonly number[]> {
  return page.locator('.film[aria-pressed=true] img').evaluate(async element => {
    const image = element as HTMLImageElement
    await image.decode()
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight)
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0)
    const places = [0.1, 0.3, 0.5, 0.7, 0.9]
    return places.flatMap(y =>
      places.flatMap(x => [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data.slice(0, 3)]),
    )
  })
}
