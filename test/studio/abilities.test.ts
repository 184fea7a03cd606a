/**
 * What pictures can be asked for, by every face: the command line as people type it, the canvas over real sockets, and
 * chat through a double of Discord; painted by the embedded model, by one of SDXL's layout without guidance embedding,
 * and by one that was trained to inpaint.
 * A line of the table says an ability to each face, and what the recipe of the finished PNG then holds.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBot, startBot } from '../../bot/start.ts'
import { type Engine, openEngine } from '../../engine/index.ts'
import type { PaintOptions } from '../../protocol/frameOptions.ts'
import type { Uploaded } from '../../protocol/http.ts'
import { readRecipe } from '../../studio/images/png.ts'
import type { FileHash, Recipe } from '../../studio/studio.ts'
import { openCommandLine } from '../support/commandLine.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import type { TestEngine } from '../support/engine.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { assemblePipeline } from '../support/pipelines.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { temporaryFolder } from '../support/studio.ts'

/** What a face is given to say; `first` is a picture that the same face has painted before. */
interface Given {
  readonly mask: string
  readonly first: string
}
interface Ability {
  readonly name: string
  readonly cli: (given: Given) => readonly string[]
  readonly canvas: (given: Given) => PaintOptions
  /** Over what is drawn in the frame, where the other faces name an image. */
  readonly isDrawn?: boolean
  readonly chat: (given: Given) => Record<string, unknown>
  readonly recipe: Record<string, unknown>
  /** How much larger than usual the picture is. */
  readonly grows?: readonly [width: number, height: number]
}

/** Of the command line and chat: files by these names, which chat attaches. */
const file = (name: string) => ({ file: name })
const hash = expect.stringMatching(/^[0-9a-f]{64}$/)

const image: Ability = {
  name: 'an image to paint over',
  ...{ cli: () => ['--image', 'image.png', '--strength', '0.6'], canvas: () => ({}), isDrawn: true },
  chat: () => ({ image: file('image.png'), strength: 0.6 }),
  recipe: { image: hash, strength: expect.any(Number) },
}
const region: Ability = {
  name: 'a region',
  cli: () => ['--region', 'mask.png=a green tree'],
  canvas: ({ mask }) => ({ regions: [{ mask, prompt: 'a green tree' }] }),
  chat: () => ({ region: 'a green tree', 'region-mask': file('mask.png') }),
  recipe: { regions: [{ prompt: 'a green tree', mask: hash }] },
}
const regionGuidance: Ability = {
  name: 'guidance of a region by step',
  cli: () => ['--region', 'mask.png=a green tree | guidance-by-step=6,4,2,1 | weight=2'],
  canvas: ({ mask }) => ({ regions: [{ mask, prompt: 'a green tree', guidanceByStep: [6, 4, 2, 1], weight: 2 }] }),
  chat: () => ({ region: 'a green tree | guidance-by-step=6,4,2,1 | weight=2', 'region-mask': file('mask.png') }),
  recipe: { regions: [{ prompt: 'a green tree', mask: hash, guidance: 3, guidanceByStep: [6, 4, 2, 1], weight: 2 }] },
}
const secondPass: Ability = {
  name: 'a second pass',
  cli: () => ['--upscale', '0.2'],
  canvas: () => ({ upscale: { strength: 0.2 } }),
  chat: () => ({ upscale: 0.2 }),
  ...{ recipe: { upscale: { strength: 0.2 } }, grows: [2, 2] },
}
const plain: Ability = { name: 'a picture', cli: () => [], canvas: () => ({}), chat: () => ({}), recipe: {} }
const mask: Ability = {
  name: 'a mask',
  cli: () => ['--image', 'image.png', '--mask', 'mask.png'],
  canvas: given => ({ maskImage: given.mask }),
  isDrawn: true,
  chat: () => ({ image: file('image.png'), mask: file('mask.png') }),
  recipe: { image: hash, maskImage: hash },
}
const softMask: Ability = {
  name: 'a mask with soft edges',
  cli: given => [...mask.cli(given), '--mask-blur', '4'],
  canvas: given => ({ ...mask.canvas(given), maskBlur: 4 }),
  isDrawn: true,
  chat: given => ({ ...mask.chat(given), 'mask-blur': 4 }),
  recipe: { ...mask.recipe, maskBlur: 4 },
}
const usual: readonly Ability[] = [
  plain,
  image,
  mask,
  softMask,
  {
    name: 'margins',
    cli: () => ['--image', 'image.png', '--outpaint', '0,0,64,0'],
    canvas: () => ({ outpaint: { left: 0, top: 0, right: 64, bottom: 0 } }),
    isDrawn: true,
    chat: () => ({ image: file('image.png'), outpaint: '0,0,64,0' }),
    ...{ recipe: { image: hash, maskImage: hash }, grows: [1.25, 1] },
  },
  region,
  regionGuidance,
  {
    name: 'a branch',
    cli: ({ first }) => ['--from', first, '--from-step', '2', '--seed', '8'],
    canvas: ({ first }) => ({ from: { picture: first, step: 2 } }),
    chat: ({ first }) => ({ from: first, 'from-step': 2, seed: 8 }),
    recipe: { prefix: [{ untilStep: 2, prompt: 'a red house by a lake', seed: 7 }] },
  },
  {
    name: 'the picture of a step',
    cli: ({ first }) => ['--from', first, '--end-step', '2'],
    canvas: ({ first }) => ({ from: { picture: first }, endStep: 2 }),
    chat: ({ first }) => ({ from: first, 'end-step': 2 }),
    recipe: { endStep: 2, seed: 7 },
  },
  {
    name: 'a variation',
    cli: () => ['--variation', '0.3', '--variation-seed', '5'],
    canvas: () => ({ variation: { seed: 5, strength: 0.3 } }),
    chat: () => ({ variation: 0.3 }),
    recipe: { variation: { strength: 0.3 } },
  },
  {
    name: 'guidance by step',
    cli: () => ['--guidance-by-step', '6,4,2,1'],
    canvas: () => ({ guidanceByStep: [6, 4, 2, 1] }),
    chat: () => ({ 'guidance-by-step': '6,4,2,1' }),
    recipe: { guidanceByStep: [6, 4, 2, 1] },
  },
  {
    name: 'custom timesteps',
    cli: () => ['--timesteps', '999,700,300'],
    canvas: () => ({ timesteps: [999, 700, 300] }),
    chat: () => ({ timesteps: '999,700,300' }),
    recipe: { customTimesteps: [999, 700, 300] },
  },
  secondPass,
]
const negative: Ability = {
  name: 'a negative prompt',
  cli: () => ['--negative', 'two cats', '--guidance', '4'],
  canvas: () => ({ negativePrompt: 'two cats' }),
  chat: () => ({ negative: 'two cats', guidance: 4 }),
  recipe: { negativePrompt: 'two cats', guidance: 4 },
}
const both: Ability = {
  name: 'a negative prompt and a second pass',
  cli: given => [...negative.cli(given), ...secondPass.cli(given)],
  canvas: given => ({ ...negative.canvas(given), ...secondPass.canvas(given) }),
  chat: given => ({ ...negative.chat(given), ...secondPass.chat(given) }),
  ...{ recipe: { ...negative.recipe, ...secondPass.recipe }, grows: [2, 2] },
}

const temporary = temporaryFolder()
const embedded = new URL('../../models/fourstroke-256', import.meta.url).pathname
const xl = assemblePipeline('xlPlain', temporary.folder)
const inpainting = assemblePipeline('inpaint', temporary.folder)
afterAll(() => temporary.remove())

describe.each([
  { model: 'the embedded model', modelFolder: embedded, side: 256, guidance: 3, abilities: usual },
  {
    ...{ model: "a model of SDXL's layout", modelFolder: xl, side: 64, guidance: 4 },
    abilities: [plain, image, region, negative, secondPass, both],
  },
  {
    ...{ model: 'a model that was trained to inpaint', modelFolder: inpainting, side: 64, guidance: 4 },
    abilities: [plain, image, mask, negative],
  },
])('$model paints', { timeout: patient(300_000) }, ({ modelFolder, side, guidance, abilities }) => {
  const prompt = 'a red house by a lake'
  const line = openCommandLine()
  let server: TestServer
  let ada: RoomClient
  let discord: Discord
  let bot: RunningBot
  let maskFile: string
  const firsts = { cli: 'first.png', canvas: '', chat: '' }
  const attached = new Map<string, Buffer>()

  beforeAll(async () => {
    const engine = await openEngine({ modelFolder, device: 'cpu', threads: 1, batches: [1], warmUp: false })
    // Nothing here looks into it, as tests do with theirs.
    server = await buildServer({ engine: engine as Engine as TestEngine })
    const cookie = await server.newGuest()
    const secret = (await server.newRoom(cookie)).edit
    ada = await enterRoom({ url: server.url, secret, cookie })
    discord = await openDiscord()
    bot = await startBot({
      ...{ studio: server.studio, token: discord.token, api: discord.api, publicUrl: 'https://paint.example.org' },
      log: collectLog({ secrets: [discord.token] }).log,
    })
    const half = Uint8Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? 0 : 255))
    const grey = sharp(half, { raw: { width: side, height: side, channels: 1 } })
    attached.set('mask.png', await grey.png().toBuffer())
    const teal = sharp({ create: { width: side, height: side, channels: 3, background: 'teal' } })
    attached.set('image.png', await teal.png().toBuffer())
    for (const [name, bytes] of attached) writeFileSync(join(line.folder, name), bytes)
    const uploaded = await fetch(`${server.url}/upload`, {
      ...{ method: 'POST', body: new Uint8Array(attached.get('mask.png')!) },
      headers: { cookie, 'x-room-secret': secret, 'content-type': 'image/png' },
    })
    maskFile = ((await uploaded.json()) as Uploaded).file
  })
  afterAll(async () => {
    await bot?.close()
    await discord?.close()
    ada?.close()
    await server?.close()
    line.remove()
  })

  /** One face paints an ability, and gives the bytes of its PNG. */
  const faces = {
    async 'the command line'({ name, cli }: Ability) {
      const out = name === 'a picture' ? firsts.cli : 'out.png'
      const settings = ['--seed', '7', '--guidance', `${guidance}`, '--size', `${side}x${side}`, '--out', out]
      const said = cli({ mask: maskFile, first: firsts.cli })
      // What is extended is as large as it becomes, and what is painted again as large as it was.
      const kept = settings.filter((_, i) => !(said.includes('--outpaint') && (i === 4 || i === 5)))
      const ran = await line.run(['imagine', prompt, ...kept, ...said], { env: { FOURSTROKE_MODEL: modelFolder } })
      expect(ran).toMatchObject({ code: 0 })
      return readFileSync(join(line.folder, out))
    },

    async 'the canvas'({ name, canvas, isDrawn }: Ability) {
      const id = name.replaceAll(' ', '-')
      const y = 400 * ada.sync.scene.elements.size
      ada.operate(add(buildFrame({ id, y, prompt, guidance, seed: 7, live: false })))
      if (isDrawn) ada.operate(add(buildRectangle({ id: `${id}-r`, x: 30, y: y + 40, z: 'a3' })))
      await until(() => ada.isSettled)
      const before = ada.kept.length
      const options = canvas({ mask: maskFile, first: firsts.canvas })
      const said = Object.keys(options).length > 0 ? { options } : {}
      const answer = await ada.ask(reply => ada.socket.emit('frame:paint', { frameId: id, ...said }, reply))
      expect(answer).toMatchObject({ ok: true })
      await until(() => ada.kept.length > before)
      const result = ada.kept.at(-1)!
      if (name === 'a picture') firsts.canvas = result.picture
      return (await server.studio.pictures.files.read(result.file as FileHash))!
    },

    async chat({ name, chat }: Ability) {
      const said = Object.entries(chat({ mask: maskFile, first: firsts.chat })).map(([option, value]) => {
        const attaches = typeof value === 'object' && value !== null && 'file' in value
        if (!attaches) return [option, value] as const
        const name = String(value.file)
        return [option, { name, bytes: attached.get(name)!, contentType: 'image/png' }] as const
      })
      const options = { prompt, seed: 7, guidance, ...Object.fromEntries(said) }
      const asked = await discord.user('ada').slash('imagine', options)
      const message = await discord.offers(asked, 'Reroll', patient(60_000))
      const secret = /\/pictures\/([\w-]+)\.png/.exec(message.content)![1]!
      if (name === 'a picture') firsts.chat = `https://paint.example.org/pictures/${secret}.png`
      const picture = (await server.studio.pictures.fromLink(secret))!
      return (await server.studio.pictures.files.read(picture.file!))!
    },
  }

  describe.each(abilities)('$name', ability => {
    it.each(Object.entries(faces))('asked for by %s', async (_face, paint) => {
      const png = await paint(ability)
      expect(readRecipe(png)).toMatchObject({ prompt, ...ability.recipe } satisfies Partial<
        Record<keyof Recipe, unknown>
      >)
      const { width, height } = await sharp(png).metadata()
      const [wider, higher] = ability.grows ?? [1, 1]
      expect([width, height]).toEqual([side * wider, side * higher])
    })
  })
})
