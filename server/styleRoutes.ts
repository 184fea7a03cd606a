import type { FastifyInstance } from 'fastify'
import { styleChecks } from '../protocol/checks.ts'
import type { MadePicture, StyleChange, StyleImported, StyleShown, StyleSummary } from '../protocol/styles.ts'
import type { Person, Sharing, Studio, StyleId, Styles } from '../studio/studio.ts'
import { neverRun } from './answers.ts'
import { styleUpload } from './bodies.ts'
import { checkBody } from './replies.ts'
import { serveStylePictures } from './stylePictureRoutes.ts'
import { createStyleVisitors, type OfStyle, readHeader, styleOf, uploadOf } from './styleRequests.ts'
import { madeOf, shownOf, summaryOf } from './styleViews.ts'
import type { Visitors } from './visitors.ts'

/** More than anybody looks through. */
const maxMade = 120

/** Personal styles over HTTP, as protocol/styles.ts lists them: read, check, call the studio, answer. */
export function serveStyles(
  app: FastifyInstance,
  tools: Pick<Visitors, 'personOf'> & { readonly studio: Studio },
): void {
  const { studio, personOf } = tools
  const { styles } = studio
  const visitors = createStyleVisitors(studio, tools)
  const { reader, writer, checkUpload } = visitors
  const upload = { onRequest: checkUpload, config: styleUpload }
  const whileStopped = { config: { whileStopped: true } }
  serveStylePictures(app, studio, { ...visitors, personOf })
  const show = async (by: Person, style: StyleId) => shownOf(await styles.show(by.id, style))
  async function importFile({ id }: Person, options: Parameters<Styles['importFile']>[1]): Promise<StyleImported> {
    const style = await styles.importFile(id, options)
    return { ...shownOf(style), changes: style.changes }
  }

  app.get('/api/styles', async (request, reply): Promise<StyleSummary[]> => {
    const by = await reader(request, reply)
    return (await styles.list(by.id)).map(summaryOf)
  })

  app.post('/api/styles', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    return shownOf(await styles.create(by.id, checkBody(styleChecks.create, request.body)))
  })

  app.post('/api/styles/import', upload, async (request): Promise<StyleImported> => {
    const file = { name: readHeader(request, 'x-name'), bytes: uploadOf(request).read }
    return importFile(personOf(request), file)
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

  async function change({ id: by }: Person, style: StyleId, wanted: StyleChange): Promise<void> {
    if (wanted.name !== undefined) await styles.rename(by, style, wanted.name)
    if (wanted.sharing !== undefined) await styles.share(by, style, wanted.sharing as Sharing)
    if (wanted.version !== undefined) await styles.restore(by, style, wanted.version)
    if (wanted.isDefault !== undefined) await styles.setDefault(by, wanted.isDefault ? style : null)
    if (wanted.examplePrompts !== undefined) await styles.chooseExamples(by, style, wanted.examplePrompts)
    if (wanted.isDisabled === true) await styles.disable(by, style, '')
    if (wanted.isDisabled === false) await styles.enable(by, style)
  }

  app.delete<OfStyle>('/api/styles/:id', whileStopped, async request => {
    const by = await writer(request)
    await styles.remove(by.id, styleOf(request))
    return null
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

  app.delete<OfStyle>('/api/styles/:id/learn', whileStopped, async (request): Promise<StyleShown> => {
    const by = await writer(request)
    await styles.cancel(by.id, styleOf(request))
    return show(by, styleOf(request))
  })

  app.post<OfStyle>('/api/styles/:id/versions', upload, async (request): Promise<StyleImported> => {
    return importFile(personOf(request), { style: styleOf(request), bytes: uploadOf(request).read })
  })

  app.get<OfStyle>('/api/styles/:id/file', async (request, reply) => {
    const by = await reader(request, reply)
    const { bytes, fileName } = await styles.exportFile(by.id, styleOf(request))
    const name = `attachment; filename="style.safetensors"; filename*=UTF-8''${encodeURIComponent(fileName)}`
    return neverRun(reply).header('content-disposition', name).type('application/octet-stream').send(Buffer.from(bytes))
  })
}
