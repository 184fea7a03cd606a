import { ButtonStyle, ComponentType } from 'discord.js'
import sharp from 'sharp'
import { errorPayload } from '../../protocol/errors.ts'
import {
  type Files,
  type Picture,
  type PictureEvent,
  paintedSize,
  type ReadPrompt,
  type StyleInRecipe,
} from '../../studio/studio.ts'
import { chatText } from '../text/errorText.ts'
import { aboutTime, listQuoted, textBar } from '../text/figures.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accentOf, accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { enlarge } from './enlarge.ts'
import { type Cell, grid } from './grid.ts'
import { type Attached, createMessage, type Message } from './message.ts'
import { button, type PictureAbilities, rows, rowsOfPicture } from './pictureRows.ts'
import { withThinBar } from './thinBar.ts'

/** Results → messages. What stands in chat about a job, while it is painted and when it is done. */

/** Nobody needs to be told of less. */
const worthSayingMs = 15_000
/** Discord shows 2000 characters; escaping may double these. */
const promptCharacters = 500
const previewQuality = 70
/** Wide. */
const previewPixels = 512

/** What is known about one picture on its way. */
export type Progress = { picture: Picture; last: Exclude<PictureEvent, { type: 'ended' }> | null; preview: Cell | null }

/** While it is painted: where it stands, what can be seen of it, and Cancel. */
export async function progressMessage(t: Translate, pictures: readonly Progress[]): Promise<Message> {
  const first = pictures[0]!
  const preview = await previewOf(t, pictures)
  return createMessage(`${heading(first.picture.recipe.prompt)}\n${status(t, pictures, preview !== null)}`, {
    accent: accents.working,
    rows: rows([button(t, 'cancel', first.picture.job)]),
    galleries: preview ? [{ pictures: [preview] }] : [],
  })
}

/** Where they stand; a bar of letters where there is no preview that could carry one. */
function status(t: Translate, pictures: readonly Progress[], hasPreview: boolean): string {
  const { open, stepped, share } = progressOf(pictures)
  const waiting = open.flatMap(({ last }) => (last?.type === 'queued' ? [last] : []))
  const finished = pictures.length - open.length
  if (!finished && !stepped.length && waiting.length === open.length && waiting[0]) {
    const ahead = Math.min(...waiting.map(one => one.ahead))
    const { waitMs } = waiting[0]
    const wait = aboutTime(t, waitMs)
    if (ahead > 0) return t('picture.queued', { ahead, wait })
    return waitMs < worthSayingMs ? t('picture.next') : t('picture.nextFor', { wait })
  }
  if (pictures.length > 1) {
    return t('picture.paintingMany', { percent: Math.round(100 * share), finished, count: pictures.length })
  }
  const last = open[0]?.last
  if (!stepped[0]) {
    return last?.type === 'started' && last.leftMs >= worthSayingMs
      ? t('picture.startingFor', { time: aboutTime(t, last.leftMs) })
      : t('picture.starting')
  }
  const { step, steps, leftMs } = stepped[0]
  const progress = hasPreview
    ? t('picture.stepped', { step, steps })
    : t('picture.painting', { bar: textBar(step, steps), step, steps })
  return leftMs < worthSayingMs ? progress : t('picture.left', { progress, time: aboutTime(t, leftMs) })
}

/** Those that are not over, the last step of each, and how much of all is done, 0 … 1. */
function progressOf(pictures: readonly Progress[]) {
  const open = pictures.filter(({ picture }) => picture.state === 'queued' || picture.state === 'running')
  const stepped = open.flatMap(({ last }) => (last?.type === 'stepped' ? [last] : []))
  const done = pictures.length - open.length + stepped.reduce((sum, { step, steps }) => sum + step / steps, 0)
  return { open, stepped, share: done / pictures.length }
}

async function previewOf(t: Translate, pictures: readonly Progress[]): Promise<Attached | null> {
  const cells = pictures.map(({ preview }) => preview)
  if (cells.every(cell => cell === null)) return null
  const { recipe } = pictures[0]!.picture
  // Composed first: sharp would enlarge before it composes.
  const small = await (await grid(cells, recipe)).png().toBuffer()
  const { width } = await sharp(small).metadata()
  const large = await sharp(small)
    .resize({ width: Math.max(width, previewPixels) })
    .png()
    .toBuffer()
  const bytes = await withThinBar(large, progressOf(pictures).share, { quality: previewQuality })
  const description = truncate(t('picture.preview', { prompt: recipe.prompt }), 1000)
  return { name: 'preview.jpg', bytes, contentType: 'image/jpeg', description }
}

export interface FinalOptions extends PictureAbilities {
  readonly files: Files
  /** Where a picture can be seen as it was painted; null where nobody else could open it. */
  readonly pictureUrl: (picture: Picture) => Promise<string | null>
  readonly readPrompt: ReadPrompt
  /** Whether the pictures are shown only to those who want to see them. */
  readonly isSpoiler: boolean
}

/** When every picture of a job has ended: what came of it, how to make it again, and what to do with it. */
export async function finalMessage(pictures: readonly Picture[], options: FinalOptions): Promise<Message> {
  const { t } = options
  const first = pictures[0]
  if (!first) return createMessage(t('picture.removed'))
  const finished = pictures.filter(({ state }) => state === 'finished')
  const failed = pictures.find(({ state }) => state === 'failed')
  const problem = failed ? chatText(t, failed.failure ?? errorPayload('engine/stopped')) : t('picture.cancelled')
  if (!finished.length) {
    return createMessage(`${heading(first.recipe.prompt)}\n${problem}`, {
      accent: failed ? accents.danger : accents.notice,
      rows: rows([button(t, 'retry', first.id), button(t, 'edit', first.id), button(t, 'delete', first.job)]),
    })
  }
  const isWhole = finished.length === pictures.length
  const lines = [heading(first.recipe.prompt)]
  if (!isWhole) {
    lines.push(`${t('picture.partly', { finished: finished.length, count: pictures.length })} ${problem}`)
  }
  const isAlone = pictures.length === 1
  const shown = await picturesOf(t, finished, options.files)
  return createMessage(lines.join('\n'), {
    accent: await accentOf(shown[0]!.bytes),
    galleries: [{ pictures: shown }],
    isSpoiler: options.isSpoiler,
    rows: isAlone
      ? rowsOfPicture(first, options, { isOwnMessage: true })
      : [
          menu(t, finished),
          ...rows([
            button(t, 'reroll', first.id),
            ...(isWhole ? [] : [button(t, 'retry', first.id)]),
            button(t, 'edit', first.id),
            button(t, 'delete', first.job),
          ]),
        ],
    footer: [
      recipeLine(t, finished, isAlone ? await options.pictureUrl(first) : null),
      ...(await promptNotes(first.recipe, options)),
    ],
  })
}

/** One of several pictures, for whoever chose it: to look at, to vary, to open on a canvas. */
export async function pickedMessage(picture: Picture, options: FinalOptions): Promise<Message> {
  const number = options.t('picture.number', { number: picture.index + 1 })
  return aloneMessage(`${heading(picture.recipe.prompt)} · ${number}`, picture, options)
}

/** A picture that is there already, shown once more. */
export async function shownPicture(picture: Picture, options: FinalOptions): Promise<Message> {
  return aloneMessage(heading(picture.recipe.prompt), picture, options)
}

async function aloneMessage(content: string, picture: Picture, options: FinalOptions): Promise<Message> {
  const { t } = options
  const shown = await picturesOf(t, [picture], options.files)
  return createMessage(content, {
    accent: await accentOf(shown[0]!.bytes),
    galleries: [{ pictures: shown }],
    isSpoiler: options.isSpoiler,
    rows: rowsOfPicture(picture, options, { isOwnMessage: false }),
    footer: [recipeLine(t, [picture], await options.pictureUrl(picture))],
  })
}

/** A picture as it was painted, for whoever asked to see it. */
export async function originalMessage(t: Translate, { file, recipe }: Picture, files: Files): Promise<Message> {
  const png = file && (await files.read(file))
  if (!png) return textMessage(t, t('picture.removed'))
  const description = truncate(t('picture.alt', { prompt: recipe.prompt }), 1000)
  const name = `fourstroke-${recipe.seed}-original.png`
  const { width, height } = paintedSize(recipe)
  return createMessage(t('picture.original', { size: t('recipe.size', { width, height }) }), {
    accent: await accentOf(png),
    download: { name, bytes: png, contentType: 'image/png', description },
  })
}

/** Which of several pictures is meant. */
function menu(t: Translate, finished: readonly Picture[]): Message['rows'][number] {
  const options = finished.map(({ id, index, recipe }) => ({
    ...{
      label: t('picture.number', { number: index + 1 }),
      value: id,
      description: t('recipe.seed', { seed: recipe.seed }),
    },
  }))
  const custom_id = writeButtonId({ action: 'pick', of: finished[0]!.job })
  return {
    type: ComponentType.ActionRow,
    components: [{ type: ComponentType.StringSelect, custom_id, placeholder: t('menu.pick'), options }],
  }
}

/** Instead of pictures that are there but cannot be shown. */
export function apologyMessage(t: Translate, [first]: readonly Picture[]): Message {
  const danger = { accent: accents.danger }
  if (!first) return textMessage(t, t('failure.apology'), danger)
  const retry = writeButtonId({ action: 'retry', of: first.id })
  return textMessage(t, `${heading(first.recipe.prompt)}\n${t('failure.apology')}`, { ...danger, retry })
}

/** Each picture alone, large enough to look at, with its recipe inside. */
export async function picturesOf(t: Translate, finished: readonly Picture[], files: Files): Promise<Attached[]> {
  const pictures = finished.map(async ({ file, index, recipe }): Promise<Attached[]> => {
    const png = file && (await files.read(file))
    if (!png) return []
    // Variations of one picture have its seed.
    const name = `fourstroke-${recipe.variation?.seed ?? recipe.seed}.png`
    const description = truncate(t('picture.alt', { prompt: recipe.prompt }), 1000)
    const number = finished.length === 1 ? '' : ` (${index + 1})`
    return [{ name, bytes: await enlarge(png), contentType: 'image/png', description: `${description}${number}` }]
  })
  const found = (await Promise.all(pictures)).flat()
  if (!found.length) throw new Error('Expected at least one file of a finished job, got none')
  return found
}

/** The first line of every message about a picture. */
export function heading(prompt: string): string {
  return `**${escapeMarkdown(prompt, promptCharacters)}**`
}

/** What the model made nothing of, each as a line; the same sentences as on the page. */
async function promptNotes(
  { prompt, understoodAs }: Picture['recipe'],
  { t, readPrompt }: Pick<FinalOptions, 't' | 'readPrompt'>,
): Promise<string[]> {
  const { unknownWords, unread } = await readPrompt(prompt)
  const unknown = unknownWords.map(word => escapeMarkdown(word, 40))
  const understood = understoodAs && listQuoted(t, [escapeMarkdown(understoodAs, 200)])
  return [
    ...(understood ? [t('picture.understoodAs', { text: understood })] : []),
    ...(unknown.length ? [t('picture.unknownWords', { words: listQuoted(t, unknown) })] : []),
    ...(unread ? [t('picture.unread', { text: listQuoted(t, [escapeMarkdown(unread, 100)]) })] : []),
  ]
}

/** How they were painted; `original`: where the first can be seen as it was. */
function recipeLine(t: Translate, finished: readonly Picture[], original: string | null): string {
  const { recipe } = finished[0]!
  const { width, height } = paintedSize(recipe)
  const size = t('recipe.size', { width, height })
  const times = finished.flatMap(({ output }) => (output ? [output.totalMs] : []))
  const parts = [
    seedsOf(
      t,
      finished.map(one => one.recipe.seed),
    ),
    t('recipe.steps', { count: recipe.steps }),
    t('recipe.guidance', { guidance: recipe.guidance }),
    original ? `[${size}](${original})` : size,
    ...(recipe.strength === undefined || !recipe.image ? [] : [t('recipe.strength', { strength: recipe.strength })]),
    ...(recipe.prefix?.length ? [t('recipe.branch', { step: recipe.prefix.at(-1)!.untilStep })] : []),
    ...(recipe.styles ?? []).map(style => styleInRecipe(t, style)),
    ...(times.length ? [t('recipe.time', { seconds: Math.max(...times) / 1000 })] : []),
    escapeMarkdown(recipe.model, 80),
  ]
  return parts.join(' · ')
}

/** Of a job, where they follow each other unless they were chosen. */
function seedsOf(t: Translate, seeds: readonly number[]): string {
  const [first = 0, last = 0] = [seeds[0], seeds.at(-1)]
  if (first === last) return t('recipe.seed', { seed: first })
  const follow = seeds.every((seed, index) => seed === first + index)
  return follow ? t('recipe.seeds', { first, last }) : t('recipe.seedList', { seeds: seeds.join(', ') })
}

function styleInRecipe(t: Translate, { name, weight }: StyleInRecipe): string {
  const escaped = escapeMarkdown(name, 40)
  return weight === 1 ? t('recipe.style', { name: escaped }) : t('recipe.weightedStyle', { name: escaped, weight })
}

/** Words instead of a picture: a refusal, unless another accent says more. `retry`: the id of a button to try again. */
export function textMessage(
  t: Translate,
  content: string,
  { accent = accents.refused, retry }: { readonly accent?: number; readonly retry?: string | undefined } = {},
): Message {
  const again = { type: ComponentType.Button, style: ButtonStyle.Secondary, label: t('button.retry') } as const
  return createMessage(content, { accent, rows: retry ? rows([{ ...again, custom_id: retry }]) : [] })
}
