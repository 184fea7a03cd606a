import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { StyleChange, StyleImported, StyleLearning, StyleShown, StyleSummary } from '../../protocol/styles.ts'
import { createStore } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { errorMessage, t } from '../text/t.ts'
import { me } from './account.ts'
import { becomeGuest, request, TranslatedError } from './http.ts'
import type { PictureUpload } from './pictures.ts'
import { importedText, learnedText } from './styleTexts.ts'
import { watchLearning } from './watchLearning.ts'

/** The styles that I may use, own ones first; null until they were asked for. */
export const styles = createStore<readonly StyleSummary[] | null>(null)
/** Whole styles that have been looked at. */
export const shownStyles = createStore<ReadonlyMap<string, StyleShown>>(new Map())

export const isLearning = ({ learning }: StyleSummary): boolean =>
  learning?.state === 'queued' || learning?.state === 'running'

export async function loadStyles(): Promise<void> {
  await becomeGuest()
  styles.set(await request<readonly StyleSummary[]>('GET', '/api/styles'))
  for (const style of styles.get() ?? []) follow(style)
}

export async function loadStyle(id: string): Promise<StyleShown> {
  return take(await request<StyleShown>('GET', pathOf(id)))
}

/** Makes a style of these pictures; `onSent` counts those that have arrived. A style that came to nothing is taken back. */
export async function makeStyle(
  name: string,
  pictures: readonly PictureUpload[],
  onSent: (sent: number) => void,
): Promise<StyleShown> {
  await becomeGuest()
  let style = await request<StyleShown>('POST', '/api/styles', { name })
  try {
    for (const [index, picture] of pictures.entries()) {
      style = await sendPicture(style.id, picture)
      onSent(index + 1)
    }
  } catch (error) {
    await request('DELETE', pathOf(style.id)).catch(() =>
      console.error('A style without its pictures was left behind.'),
    )
    throw error
  }
  return take(style)
}

export async function addPictures(id: string, pictures: readonly PictureUpload[]): Promise<void> {
  for (const picture of pictures) take(await sendPicture(id, picture))
}

async function sendPicture(id: string, picture: PictureUpload): Promise<StyleShown> {
  const path = `${pathOf(id)}/pictures`
  const caption = picture.caption.trim()
  try {
    if ('made' in picture) {
      const { made } = picture
      return await request<StyleShown>('POST', path, { picture: made, ...(caption && { caption }) })
    }
    const headers: Record<string, string> = caption ? { 'x-caption': encodeURIComponent(caption) } : {}
    return await request<StyleShown>('POST', path, picture.image, headers)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new TranslatedError(`${t('styles.quoted', { name: picture.name })}: ${errorMessage(error)}`)
  }
}

export const setCaption = async (id: string, picture: string, caption: string): Promise<StyleShown> =>
  take(await request('PATCH', `${pathOf(id)}/pictures/${picture}`, { caption }))
export const removePicture = async (id: string, picture: string): Promise<StyleShown> =>
  take(await request('DELETE', `${pathOf(id)}/pictures/${picture}`))

export const learn = async (id: string): Promise<StyleShown> => take(await request('POST', `${pathOf(id)}/learn`, {}))
export const cancelLearning = async (id: string): Promise<StyleShown> =>
  take(await request('DELETE', `${pathOf(id)}/learn`))

/** Shows the change at once, and takes it back if it is refused. */
export async function changeStyle(id: string, change: StyleChange): Promise<StyleShown> {
  const before = shownStyles.get().get(id)
  if (before) take({ ...before, ...change })
  const style = await request<StyleShown>('PATCH', pathOf(id), change).catch((error: unknown) => {
    if (before) take(before)
    throw error
  })
  take(style)
  // Only one style is the default: the others have changed too.
  if (change.isDefault) styles.update(all => all?.map(one => ({ ...one, isDefault: one.id === id })) ?? null)
  if (change.isDefault !== undefined) me.update(mine => mine && { ...mine, defaultStyleProblem: null })
  return style
}

export async function deleteStyle(id: string): Promise<void> {
  await request('DELETE', pathOf(id))
  styles.update(all => all?.filter(one => one.id !== id) ?? null)
  shownStyles.update(all => new Map([...all].filter(([known]) => known !== id)))
}

/** A file of this or another program becomes a style, named after the file. */
export async function importStyle(file: File): Promise<StyleShown> {
  if (file.size > limits.maxStyleFileBytes) {
    throw new TranslatedError(t('styles.fileLarge', { name: file.name, max: limits.maxStyleFileBytes / 2 ** 20 }))
  }
  await becomeGuest()
  const name = file.name.replace(/\.safetensors$/i, '').slice(0, limits.maxStyleNameCharacters) || t('styles.unnamed')
  const headers = { 'x-name': encodeURIComponent(name) }
  const { changes, ...style } = await request<StyleImported>('POST', '/api/styles/import', bytesOf(file), headers)
  const notes = importedText(changes)
  if (notes) notify(notes)
  return take(style)
}

/** Whatever the system calls a file, it goes as plain bytes. */
const bytesOf = (file: File): Blob => new Blob([file], { type: 'application/octet-stream' })

export const filePathOf = (id: string): string => `${pathOf(id)}/file`
const pathOf = (id: string): string => `/api/styles/${encodeURIComponent(id)}`

/** Takes in what the server says of a style. */
function take(style: StyleShown): StyleShown {
  shownStyles.update(all => new Map(all).set(style.id, style))
  styles.update(all => {
    if (!all) return all
    const isKnown = all.some(one => one.id === style.id)
    return isKnown ? all.map(one => (one.id === style.id ? style : one)) : [style, ...all]
  })
  follow(style)
  return style
}

function follow(style: StyleSummary): void {
  if (style.learning && isLearning(style) && style.isMine)
    watchLearning(style.learning, ended => showEnd(style.id, ended))
}

/** `ended`: null where that could not be watched. */
async function showEnd(id: string, ended: StyleLearning | null): Promise<void> {
  if (ended?.error) notify(errorMessage(ended.error), 'bad')
  const style = await loadStyle(id)
  const text = ended?.state === 'finished' ? learnedText(style, ended.version) : null
  if (text) notify(text)
}
