import type { FastifyInstance } from 'fastify'
import { styleChecks } from '../protocol/checks.ts'
import { UserError } from '../protocol/errors.ts'
import type { StyleShown } from '../protocol/styles.ts'
import { asPictureId, asStylePictureId, type Person, type Studio, type StyleId } from '../studio/studio.ts'
import { imageUpload } from './bodies.ts'
import { checkBody } from './replies.ts'
import { type OfStyle, readHeader, type StyleVisitors, sendPicture, styleOf, uploadOf } from './styleRequests.ts'
import { shownOf } from './styleViews.ts'
import type { Visitors } from './visitors.ts'

/** The pictures that a style is learned from, and the examples of its versions. */
export function serveStylePictures(
  app: FastifyInstance,
  { styles }: Pick<Studio, 'styles'>,
  { reader, writer, personOf, checkUpload }: StyleVisitors & Pick<Visitors, 'personOf'>,
): void {
  const show = async (by: Person, style: StyleId) => shownOf(await styles.show(by.id, style))

  const upload = { onRequest: checkUpload, config: imageUpload }
  app.post<OfStyle>('/api/styles/:id/pictures', upload, async (request): Promise<StyleShown> => {
    const by = personOf(request)
    if (request.incoming) {
      const caption = readHeader(request, 'x-caption')
      await styles.addPictures(by.id, styleOf(request), [{ bytes: uploadOf(request).read, caption }])
    } else {
      const { picture, caption } = checkBody(styleChecks.picture, request.body)
      const made = { picture: asPictureId(picture), ...(caption !== undefined && { caption }) }
      await styles.addPictures(by.id, styleOf(request), [made])
    }
    return show(by, styleOf(request))
  })

  app.patch<OfStyle>('/api/styles/:id/pictures/:picture', async (request): Promise<StyleShown> => {
    const by = await writer(request)
    const { caption } = checkBody(styleChecks.caption, request.body)
    await styles.setCaption(by.id, styleOf(request), asStylePictureId(request.params.picture), caption)
    return show(by, styleOf(request))
  })

  const whileStopped = { config: { whileStopped: true } }
  app.delete<OfStyle>('/api/styles/:id/pictures/:picture', whileStopped, async (request): Promise<StyleShown> => {
    const by = await writer(request)
    await styles.removePicture(by.id, styleOf(request), asStylePictureId(request.params.picture))
    return show(by, styleOf(request))
  })

  app.get<OfStyle>('/api/styles/:id/pictures/:picture.png', async (request, reply) => {
    const by = await reader(request, reply)
    const { picture } = request.params
    return sendPicture(reply, await styles.readPicture(by.id, styleOf(request), asStylePictureId(picture)))
  })

  app.get<OfStyle>('/api/styles/:id/versions/:number/:example.png', async (request, reply) => {
    const by = await reader(request, reply)
    const [, when, index] = /^(before|after)-([0-9])$/.exec(request.params.example) ?? []
    const number = Number(request.params.number)
    if ((when !== 'before' && when !== 'after') || !Number.isInteger(number)) throw new UserError('page/missing')
    return sendPicture(reply, await styles.readExample(by.id, styleOf(request), number, when, Number(index)))
  })
}
