import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { styleChecks } from '../protocol/checks.ts'
import { UserError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import type {
  MadePicture,
  StyleChange,
  StyleImported,
  StyleLearning,
  StyleShown,
  StyleSummary,
  StyleVersionShown,
} from '../protocol/styles.ts'
import type {
  Learning,
  Person,
  Picture,
  PictureId,
  Sharing,
  Studio,
  Style,
  StyleDetail,
  StyleId,
  StylePictureId,
  Styles,
  StyleVersion,
} from '../studio/studio.ts'
import { createBuckets } from './bucket.ts'
import { checkBody } from './replies.ts'

interface OfStyle {
  Params: { id: string; picture: string; number: string; example: string }
}

/** Personal styles over HTTP, as protocol/styles.ts lists them: read, check, ask the studio, answer. */
export function serveStyles(
  app: FastifyInstance,
  tools: {
    readonly studio: Studio
    /** Whoever asks; refuses a browser that has not asked who it is. */
    personOf(request: FastifyRequest): Promise<Person>
  },
): void {
  const { studio, personOf } = tools
  const { styles } = studio
  /** Per person: changes, and pictures or files. */
  const changes = createBuckets(2, 60)
  const uploads = createBuckets(2, 120)

  /** Everything here may be private. */
  async function reader(request: FastifyRequest, reply: FastifyReply): Promise<Person> {
    reply.header('cache-control', 'private, no-cache')
    return personOf(request)
  }
  async function writer(request: FastifyRequest, allowance = changes): Promise<Person> {
    const person = await personOf(request)
    if (!allowance.take(person.id)) throw new UserError('guest/fast')
    return person
  }
  const styleOf = (request: FastifyRequest<OfStyle>) => request.params.id as StyleId
  const show = async (by: Person, style: StyleId) => shownOf(await styles.show(by.id, style))
  async function importFile({ id }: Person, wish: Parameters<Styles['importFile']>[1]): Promise<StyleImported> {
    const style = await styles.importFile(id, wish)
    return { ...shownOf(style), words: style.words }
  }

  app.get('/api/styles', async (request, reply): Promise<StyleSummary[]> => {
    const by = await reader(request, reply)
    return (await styles.list(by.id)).map(summaryOf)
  })

  app.post('/api/styles', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    return shownOf(await styles.create(by.id, checkBody(styleChecks.create, request.body)))
  })

  app.post('/api/styles/import', { bodyLimit: limits.maxStyleFileBytes }, async (request): Promise<StyleImported> => {
    const by = await writer(request, uploads)
    return importFile(by, { name: readHeader(request, 'x-name'), bytes: readBytes(request) })
  })

  app.get<OfStyle>('/api/styles/:id', async (request, reply): Promise<StyleShown> => {
    const by = await reader(request, reply)
    return show(by, styleOf(request))
  })

  app.patch<OfStyle>('/api/styles/:id', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    await change(by, styleOf(request), checkBody(styleChecks.change, request.body))
    return show(by, styleOf(request))
  })

  async function change({ id: by }: Person, style: StyleId, wish: StyleChange): Promise<void> {
    if (wish.name !== undefined) await styles.rename(by, style, wish.name)
    if (wish.sharing !== undefined) await styles.share(by, style, wish.sharing as Sharing)
    if (wish.version !== undefined) await styles.restore(by, style, wish.version)
    if (wish.isDefault !== undefined) await styles.setDefault(by, wish.isDefault ? style : null)
    if (wish.examplePrompts !== undefined) await styles.chooseExamples(by, style, wish.examplePrompts)
    if (wish.isDisabled === true) await styles.disable(by, style, '')
    if (wish.isDisabled === false) await styles.enable(by, style)
  }

  app.delete<OfStyle>('/api/styles/:id', async request => {
    const by = await writer(request)
    await styles.remove(by.id, styleOf(request))
    return null
  })

  app.post<OfStyle>('/api/styles/:id/pictures', async (request): Promise<StyleShown> => {
    const by = await writer(request, uploads)
    if (Buffer.isBuffer(request.body)) {
      const caption = readHeader(request, 'x-caption')
      await styles.addPictures(by.id, styleOf(request), [{ bytes: readBytes(request), caption }])
    } else {
      const { picture, caption } = checkBody(styleChecks.picture, request.body)
      const made = { picture: picture as PictureId, ...(caption !== undefined && { caption }) }
      await styles.addPictures(by.id, styleOf(request), [made])
    }
    return show(by, styleOf(request))
  })

  app.patch<OfStyle>('/api/styles/:id/pictures/:picture', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    const { caption } = checkBody(styleChecks.caption, request.body)
    await styles.setCaption(by.id, styleOf(request), request.params.picture as StylePictureId, caption)
    return show(by, styleOf(request))
  })

  app.delete<OfStyle>('/api/styles/:id/pictures/:picture', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    await styles.removePicture(by.id, styleOf(request), request.params.picture as StylePictureId)
    return show(by, styleOf(request))
  })

  app.get<OfStyle>('/api/styles/:id/pictures/:picture.png', async (request, reply) => {
    const by = await reader(request, reply)
    const { picture } = request.params
    return image(reply, await styles.readPicture(by.id, styleOf(request), picture as StylePictureId))
  })

  app.get('/api/pictures', async (request, reply): Promise<MadePicture[]> => {
    const by = await reader(request, reply)
    return madeOf(await studio.pictures.ofPerson(by.id, maxMade, 'finished'))
  })

  app.post<OfStyle>('/api/styles/:id/learn', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    const { method } = checkBody(styleChecks.learn, request.body ?? {})
    await styles.learn(by.id, styleOf(request), method === undefined ? {} : { method })
    return show(by, styleOf(request))
  })

  app.delete<OfStyle>('/api/styles/:id/learn', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    await styles.cancel(by.id, styleOf(request))
    return show(by, styleOf(request))
  })

  app.post<OfStyle>(
    '/api/styles/:id/versions',
    { bodyLimit: limits.maxStyleFileBytes },
    async (request): Promise<StyleImported> => {
      const by = await writer(request, uploads)
      return importFile(by, { style: styleOf(request), bytes: readBytes(request) })
    },
  )

  app.get<OfStyle>('/api/styles/:id/versions/:number/:example.png', async (request, reply) => {
    const by = await reader(request, reply)
    const [, when, index] = /^(before|after)-([0-9])$/.exec(request.params.example) ?? []
    const number = Number(request.params.number)
    if ((when !== 'before' && when !== 'after') || !Number.isInteger(number)) throw new UserError('page/missing')
    return image(reply, await styles.readExample(by.id, styleOf(request), number, when, Number(index)))
  })

  app.get<OfStyle>('/api/styles/:id/file', async (request, reply) => {
    const by = await reader(request, reply)
    const { bytes, fileName } = await styles.exportFile(by.id, styleOf(request))
    const name = `attachment; filename="style.safetensors"; filename*=UTF-8''${encodeURIComponent(fileName)}`
    return asMade(reply).header('content-disposition', name).type('application/octet-stream').send(Buffer.from(bytes))
  })
}

function image(reply: FastifyReply, bytes: Uint8Array | null): FastifyReply {
  if (!bytes) throw new UserError('page/missing')
  return asMade(reply).type('image/png').send(Buffer.from(bytes))
}

/** What people have made is shown and kept, never run. */
function asMade(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cross-origin-resource-policy', 'same-origin')
}

function readBytes({ body }: FastifyRequest): Buffer {
  if (!Buffer.isBuffer(body) || body.length === 0) throw new UserError('image/type', 'Expected a file, got nothing.')
  return body
}

/** Words in a header are percent-encoded: headers know no other alphabet. */
function readHeader({ headers }: FastifyRequest, name: string): string {
  const value = headers[name]
  if (typeof value !== 'string') return ''
  try {
    return decodeURIComponent(value)
  } catch {
    throw new UserError('message/invalid')
  }
}

/** More than anybody looks through. */
const maxMade = 120

/** Each image once: a frame that is painted over without a change keeps its picture. */
function madeOf(pictures: readonly Picture[]): MadePicture[] {
  const shown = new Map<string, MadePicture>()
  for (const { id, file, recipe } of pictures) {
    if (file === null || shown.has(file)) continue
    const { prompt, width, height } = recipe
    shown.set(file, { id, path: `/files/${file}`, prompt, width, height })
  }
  return [...shown.values()]
}

const pathOf = (id: StyleId) => `/api/styles/${id}`

function examplesOf(id: StyleId, version: number | null, count: number) {
  const paths = (when: 'before' | 'after') =>
    Array.from({ length: count }, (_, index) => `${pathOf(id)}/versions/${version}/${when}-${index}.png`)
  return { before: paths('before'), after: paths('after') }
}

export function summaryOf(style: Style): StyleSummary {
  const { id, name, owner, isMine, isDefault, sharing, version, pictures, error, isDisabled, learning } = style
  return {
    ...{ id, name, owner, isMine, isDefault, sharing, version, pictures, error, isDisabled },
    createdAt: style.createdAt.getTime(),
    learning: learning && learningShown(learning),
    ...examplesOf(id, version, style.examples),
  }
}

function shownOf(style: StyleDetail): StyleShown {
  return {
    ...summaryOf(style),
    stylePictures: style.stylePictures.map(picture => ({
      ...picture,
      path: `${pathOf(style.id)}/pictures/${picture.id}.png`,
    })),
    versions: style.versions.map(version => versionShown(style.id, version)),
    examplePrompts: style.examplePrompts,
  }
}

function versionShown(style: StyleId, version: StyleVersion): StyleVersionShown {
  const { number, createdAt, origin, isInUse, fits, rank, bytes, recipe, pictures, curve, assessment, examples } =
    version
  return {
    ...{ number, origin, isInUse, fits, rank, bytes, pictures, curve, assessment },
    createdAt: createdAt.getTime(),
    method: recipe?.method ?? null,
    ...examplesOf(style, number, examples),
  }
}

export function learningShown({ id, state, step, steps, summary }: Learning): StyleLearning {
  return { id, state, step, steps, summary }
}
