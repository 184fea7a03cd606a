import { ButtonStyle, ComponentType } from 'discord.js'
import sharp from 'sharp'
import { errorPayload } from '../../protocol/errors.ts'
import { listQuoted } from '../../protocol/vocabulary.ts'
import { type Files, type Picture, type PictureEvent, paintedSize, type ReadPrompt } from '../../studio/studio.ts'
import { chatText } from '../text/errorText.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'
import { accentOf, accents } from './accents.ts'
import { type ButtonAction, writeButtonId } from './buttonId.ts'
import { enlarge, isEnlarged } from './enlarge.ts'
import { type Cell, grid } from './grid.ts'
import { type Attached, createMessage, type Message } from './message.ts'
import { withThinBar } from './thinBar.ts'

/** Results → messages. What stands in chat about a job, while it is painted and when it is done. */

/** Discord shows 2000 characters; escaping may double these. */
const promptCharacters = 500
const previewQuality = 70
/** Wide. */
const previewPixels = 512

/** What is known about one picture on its way. */
export type Progress = { picture: Picture; last: Exclude<PictureEvent, { type: 'ended' }> | null; preview: Cell | null }

/** While it is painted: where it stands, what can be seen of it, and Cancel. */
export async function progressMessage(asked: readonly Progress[]): Promise<Message> {
  const first = asked[0]!
  const preview = await previewOf(asked)
  return createMessage(`${heading(first.picture.recipe.prompt)}\n${status(asked, preview !== null)}`, {
    accent: accents.working,
    rows: rows([button('cancel', first.picture.job)]),
    galleries: preview ? [{ pictures: [preview] }] : [],
  })
}

/** Where they stand; a bar of letters where there is no preview that could carry one. */
function status(asked: readonly Progress[], hasPreview: boolean): string {
  const { open, stepped, share } = progressOf(asked)
  const waiting = open.flatMap(({ last }) => (last?.type === 'queued' ? [last] : []))
  const finished = asked.length - open.length
  if (!finished && !stepped.length && waiting.length === open.length && waiting[0]) {
    return strings.queued(Math.min(...waiting.map(({ ahead }) => ahead)), waiting[0].waitMs)
  }
  if (asked.length > 1) return strings.paintingMany(finished, asked.length, Math.round(100 * share))
  const last = open[0]?.last
  if (!stepped[0]) return last?.type === 'started' ? strings.startingFor(last.leftMs) : strings.starting
  const { step, steps, leftMs } = stepped[0]
  return `${hasPreview ? strings.stepped(step, steps) : strings.painting(step, steps)}${strings.left(leftMs)}`
}

/** Those that are not over, the last step of each, and how much of all is done, 0 … 1. */
function progressOf(asked: readonly Progress[]) {
  const open = asked.filter(({ picture }) => picture.state === 'queued' || picture.state === 'running')
  const stepped = open.flatMap(({ last }) => (last?.type === 'stepped' ? [last] : []))
  const done = asked.length - open.length + stepped.reduce((sum, { step, steps }) => sum + step / steps, 0)
  return { open, stepped, share: done / asked.length }
}

async function previewOf(asked: readonly Progress[]): Promise<Attached | null> {
  const cells = asked.map(({ preview }) => preview)
  if (cells.every(cell => cell === null)) return null
  const { recipe } = asked[0]!.picture
  // Composed first: sharp would enlarge before it composes.
  const small = await (await grid(cells, recipe)).png().toBuffer()
  const { width } = await sharp(small).metadata()
  const large = await sharp(small)
    .resize({ width: Math.max(width, previewPixels) })
    .png()
    .toBuffer()
  const bytes = await withThinBar(large, progressOf(asked).share, { quality: previewQuality })
  const description = truncate(strings.preview(recipe.prompt), 1000)
  return { name: 'preview.jpg', bytes, contentType: 'image/jpeg', description }
}

export interface FinalOptions {
  readonly files: Files
  /** Whether the model can paint over pictures. */
  readonly canVary: boolean
  /** Whether there is a canvas that others can open. */
  readonly canOpen: boolean
  /** Where a picture can be seen as it was painted; null where nobody else could open it. */
  readonly pictureUrl: (picture: Picture) => Promise<string | null>
  readonly readPrompt: ReadPrompt
  /** Whether the pictures are shown only to those who want to see them. */
  readonly isSpoiler: boolean
}

/** When every picture of a job has ended: what came of it, how to make it again, and what to do with it. */
export async function finalMessage(pictures: readonly Picture[], options: FinalOptions): Promise<Message> {
  const first = pictures[0]
  if (!first) return createMessage(strings.removed)
  const finished = pictures.filter(({ state }) => state === 'finished')
  const failed = pictures.find(({ state }) => state === 'failed')
  const problem = failed ? chatText(failed.failure ?? errorPayload('engine/stopped')) : strings.cancelled
  if (!finished.length) {
    return createMessage(`${heading(first.recipe.prompt)}\n${problem}`, {
      accent: failed ? accents.danger : accents.notice,
      rows: rows([button('retry', first.id), button('edit', first.id), button('delete', first.job)]),
    })
  }
  const isWhole = finished.length === pictures.length
  const lines = [heading(first.recipe.prompt)]
  if (!isWhole) lines.push(`${strings.partly(finished.length, pictures.length)} ${problem}`)
  const again = [button('reroll', first.id), ...(isWhole ? [] : [button('retry', first.id)]), button('edit', first.id)]
  const isAlone = pictures.length === 1
  const shown = await picturesOf(finished, options.files)
  return createMessage(lines.join('\n'), {
    accent: await accentOf(shown[0]!.bytes),
    galleries: [{ pictures: shown }],
    isSpoiler: options.isSpoiler,
    rows: [
      ...(isAlone ? [] : [menu(finished)]),
      ...rows(
        isAlone
          ? [...(options.canVary ? [button('vary', first.id)] : []), ...again, ...canvasButton(first, options)]
          : again,
      ).map(row => ({ ...row, components: [...row.components, button('delete', first.job)] })),
    ],
    footer: [
      recipeLine(finished, isAlone ? await options.pictureUrl(first) : null),
      ...(await promptNotes(first.recipe.prompt, options)),
    ],
  })
}

/** One of several pictures, for whoever chose it: to look at, to vary, to open on a canvas. */
export async function pickedMessage(picture: Picture, options: FinalOptions): Promise<Message> {
  const shown = await picturesOf([picture], options.files)
  return createMessage(`${heading(picture.recipe.prompt)} · ${strings.pictureNumber(picture.index + 1)}`, {
    accent: await accentOf(shown[0]!.bytes),
    galleries: [{ pictures: shown }],
    isSpoiler: options.isSpoiler,
    rows: rows([...(options.canVary ? [button('vary', picture.id)] : []), ...canvasButton(picture, options)]),
    footer: [recipeLine([picture], await options.pictureUrl(picture))],
  })
}

/** Where there is no canvas, the link to the original leads nowhere either: a button sends it. */
function canvasButton({ id, recipe }: Picture, { canOpen }: FinalOptions): Button[] {
  if (canOpen) return [button('canvas', id)]
  return isEnlarged(recipe) ? [button('original', id)] : []
}

/** A picture as it was painted, for whoever asked to see it. */
export async function originalMessage({ file, recipe }: Picture, files: Files): Promise<Message> {
  const png = file && (await files.read(file))
  if (!png) return textMessage(strings.removed)
  const description = truncate(strings.picture(recipe.prompt), 1000)
  const name = `fourstroke-${recipe.seed}-original.png`
  const { width, height } = paintedSize(recipe)
  return createMessage(strings.original(strings.recipe.size(width, height)), {
    accent: await accentOf(png),
    download: { name, bytes: png, contentType: 'image/png', description },
  })
}

/** Which of several pictures is meant. */
function menu(finished: readonly Picture[]): Message['rows'][number] {
  const options = finished.map(({ id, index, recipe }) => ({
    ...{
      label: strings.pictureNumber(index + 1),
      value: id,
      description: strings.recipe.seed(recipe.seed, recipe.seed),
    },
  }))
  const custom_id = writeButtonId({ action: 'pick', of: finished[0]!.job })
  return {
    type: ComponentType.ActionRow,
    components: [{ type: ComponentType.StringSelect, custom_id, placeholder: strings.labels.pick, options }],
  }
}

/** Instead of pictures that are there but cannot be shown. */
export function apologyMessage([first]: readonly Picture[]): Message {
  const danger = { accent: accents.danger }
  if (!first) return textMessage(strings.apology, danger)
  const retry = writeButtonId({ action: 'retry', of: first.id })
  return textMessage(`${heading(first.recipe.prompt)}\n${strings.apology}`, { ...danger, retry })
}

/** Each picture alone, large enough to look at, with its recipe inside. */
export async function picturesOf(finished: readonly Picture[], files: Files): Promise<Attached[]> {
  const pictures = finished.map(async ({ file, index, recipe }): Promise<Attached[]> => {
    const png = file && (await files.read(file))
    if (!png) return []
    const name = `fourstroke-${recipe.seed}.png`
    const description = truncate(strings.picture(recipe.prompt), 1000)
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
async function promptNotes(prompt: string, { readPrompt }: Pick<FinalOptions, 'readPrompt'>): Promise<string[]> {
  const { unknownWords, unread } = await readPrompt(prompt)
  const unknown = unknownWords.map(word => escapeMarkdown(word, 40))
  return [
    ...(unknown.length ? [strings.unknownWords(listQuoted(unknown))] : []),
    ...(unread ? [strings.unread(escapeMarkdown(unread, 100))] : []),
  ]
}

/** How they were painted; `original`: where the first can be seen as it was. */
function recipeLine(finished: readonly Picture[], original: string | null): string {
  const { recipe } = finished[0]!
  const { width, height } = paintedSize(recipe)
  const size = strings.recipe.size(width, height)
  const seeds = finished.map(picture => picture.recipe.seed)
  const times = finished.flatMap(({ output }) => (output ? [output.totalMs] : []))
  const parts = [
    strings.recipe.seed(seeds[0]!, seeds.at(-1)!),
    strings.recipe.steps(recipe.steps),
    strings.recipe.guidance(recipe.guidance),
    original ? `[${size}](${original})` : size,
    ...(recipe.strength === undefined || !recipe.image ? [] : [strings.recipe.strength(recipe.strength)]),
    ...(recipe.styles ?? []).map(({ name, weight }) => strings.recipe.style(escapeMarkdown(name, 40), weight)),
    ...(times.length ? [strings.recipe.time(Math.max(...times))] : []),
    escapeMarkdown(recipe.model, 80),
  ]
  return parts.join(' · ')
}

/** Words instead of a picture: a refusal, unless another accent says more. `retry`: the id of a button to try again. */
export function textMessage(
  content: string,
  { accent = accents.refused, retry }: { readonly accent?: number; readonly retry?: string | undefined } = {},
): Message {
  const again = { type: ComponentType.Button, style: ButtonStyle.Secondary, label: strings.labels.retry } as const
  return createMessage(content, { accent, rows: retry ? rows([{ ...again, custom_id: retry }]) : [] })
}

type Button = ReturnType<typeof button>
function button(action: ButtonAction & keyof typeof strings.labels, of: string) {
  return {
    type: ComponentType.Button as const,
    style:
      action === 'delete' || action === 'cancel' ? (ButtonStyle.Danger as const) : (ButtonStyle.Secondary as const),
    label: strings.labels[action],
    custom_id: writeButtonId({ action, of }),
  }
}

function rows(...buttons: readonly (readonly Button[])[]) {
  return buttons
    .filter(row => row.length > 0)
    .map(row => ({ type: ComponentType.ActionRow as const, components: [...row] }))
}
