import { ButtonStyle, ComponentType } from 'discord.js'
import { errorPayload, errorText } from '../../protocol/errors.ts'
import { listQuoted } from '../../protocol/vocabulary.ts'
import type { Files, Picture, PictureEvent, ReadPrompt } from '../../studio/studio.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'
import { type Action, writeButtonId } from './buttonId.ts'
import { type Cell, grid } from './grid.ts'
import type { Attached, Message } from './message.ts'

/** Results → messages. What stands in chat about a job, while it is painted and when it is done. */

/** Discord shows 2000 characters; escaping may double these. */
const promptCharacters = 500
const previewQuality = 70

/** What is known about one picture on its way. */
export type Progress = { picture: Picture; last: Exclude<PictureEvent, { type: 'ended' }> | null; preview: Cell | null }

/** While it is painted: where it stands, what can be seen of it, and Cancel. */
export async function progressMessage(asked: readonly Progress[]): Promise<Message> {
  const first = asked[0]!
  return {
    content: `${heading(first.picture.recipe.prompt)}\n${status(asked)}`,
    rows: rows([button('cancel', first.picture.job)]),
    file: await previewOf(asked),
  }
}

function status(asked: readonly Progress[]): string {
  const open = asked.filter(({ picture }) => picture.state === 'queued' || picture.state === 'running')
  const stepped = open.flatMap(({ last }) => (last?.type === 'stepped' ? [last] : []))
  const waiting = open.flatMap(({ last }) => (last?.type === 'queued' ? [last] : []))
  const finished = asked.length - open.length
  if (!finished && !stepped.length && waiting.length === open.length && waiting[0]) {
    return strings.queued(Math.min(...waiting.map(({ ahead }) => ahead)), waiting[0].waitMs)
  }
  if (asked.length > 1) {
    const done = finished + stepped.reduce((sum, { step, steps }) => sum + step / steps, 0)
    return strings.paintingMany(finished, asked.length, Math.round((100 * done) / asked.length))
  }
  return stepped[0] ? strings.painting(stepped[0].step, stepped[0].steps) : strings.starting
}

async function previewOf(asked: readonly Progress[]): Promise<Attached | null> {
  const cells = asked.map(({ preview }) => preview)
  if (cells.every(cell => cell === null)) return null
  const { recipe } = asked[0]!.picture
  const bytes = await (await grid(cells, recipe)).jpeg({ quality: previewQuality }).toBuffer()
  const description = truncate(strings.preview(recipe.prompt), 1000)
  return { name: 'preview.jpg', bytes, contentType: 'image/jpeg', description }
}

export interface FinalOptions {
  readonly files: Files
  /** Whether the model can paint over pictures. */
  readonly canVary: boolean
  /** Whether there is a canvas that others can open. */
  readonly canOpen: boolean
  readonly readPrompt: ReadPrompt
}

/** When every picture of a job has ended: what came of it, how to make it again, and what to do with it. */
export async function finalMessage(
  pictures: readonly Picture[],
  { files, canVary, canOpen, readPrompt }: FinalOptions,
): Promise<Message> {
  const first = pictures[0]
  if (!first) return { content: strings.removed, rows: [], file: null }
  const finished = pictures.filter(({ state }) => state === 'finished')
  const failed = pictures.find(({ state }) => state === 'failed')
  const problem = failed ? errorText(failed.failure ?? errorPayload('engine/stopped')) : strings.cancelled
  if (!finished.length) {
    return {
      content: `${heading(first.recipe.prompt)}\n${problem}`,
      rows: rows([button('retry', first.id), button('edit', first.id), button('delete', first.job)]),
      file: null,
    }
  }
  const isWhole = finished.length === pictures.length
  const lines = [
    heading(first.recipe.prompt),
    recipeLine(finished),
    ...(await promptNotes(first.recipe.prompt, readPrompt)),
  ]
  if (!isWhole) lines.push(`${strings.partly(finished.length, pictures.length)} ${problem}`)
  const each = (action: Action) =>
    finished.map(picture => button(action, picture.id, pictures.length === 1 ? '' : ` ${picture.index + 1}`))
  return {
    content: lines.join('\n'),
    rows:
      pictures.length === 1
        ? rows([
            ...(canVary ? each('vary') : []),
            button('reroll', first.id),
            button('edit', first.id),
            ...(canOpen ? each('canvas') : []),
            button('delete', first.job),
          ])
        : rows(
            canVary ? each('vary') : [],
            canOpen ? each('canvas') : [],
            [button('reroll', first.id), ...(isWhole ? [] : [button('retry', first.id)])],
            [button('edit', first.id), button('delete', first.job)],
          ),
    file: await pictureFile(pictures, files),
  }
}

/** Instead of pictures that are there but cannot be shown. */
export function apologyMessage([first]: readonly Picture[]): Message {
  if (!first) return textMessage(strings.apology)
  return textMessage(
    `${heading(first.recipe.prompt)}\n${strings.apology}`,
    writeButtonId({ action: 'retry', of: first.id }),
  )
}

async function pictureFile(pictures: readonly Picture[], files: Files): Promise<Attached | null> {
  const cells = await Promise.all(pictures.map(async ({ file }) => (file ? files.read(file) : null)))
  if (cells.every(cell => cell === null)) return null
  const { recipe } = pictures[0]!
  // A single picture goes out as it is, with its recipe inside.
  const only = cells.length === 1 ? cells[0] : null
  return {
    name: `fourstroke-${recipe.seed}.png`,
    bytes: only ?? (await (await grid(cells, recipe)).png().toBuffer()),
    contentType: 'image/png',
    description: truncate(strings.picture(recipe.prompt), 1000),
  }
}

/** The first line of every message about a picture. */
export function heading(prompt: string): string {
  return `**${escapeMarkdown(prompt, promptCharacters)}**`
}

/** What the model made nothing of, each as a line; the same words as on the page. */
async function promptNotes(prompt: string, readPrompt: ReadPrompt): Promise<string[]> {
  const { unknownWords, unread } = await readPrompt(prompt)
  const words = unknownWords.map(word => escapeMarkdown(word, 40))
  return [
    ...(words.length ? [`-# ${strings.unknownWords(listQuoted(words))}`] : []),
    ...(unread ? [`-# ${strings.unread(escapeMarkdown(unread, 100))}`] : []),
  ]
}

function recipeLine(finished: readonly Picture[]): string {
  const { recipe } = finished[0]!
  const seeds = finished.map(picture => picture.recipe.seed)
  const times = finished.flatMap(({ output }) => (output ? [output.totalMs] : []))
  const parts = [
    strings.recipe.seed(seeds[0]!, seeds.at(-1)!),
    strings.recipe.steps(recipe.steps),
    strings.recipe.guidance(recipe.guidance),
    strings.recipe.size(recipe.width, recipe.height),
    ...(recipe.strength === undefined || !recipe.image ? [] : [strings.recipe.strength(recipe.strength)]),
    ...(recipe.styles ?? []).map(({ name, weight }) => strings.recipe.style(escapeMarkdown(name, 40), weight)),
    ...(times.length ? [strings.recipe.time(Math.max(...times))] : []),
    escapeMarkdown(recipe.model, 80),
  ]
  return `-# ${parts.join(' · ')}`
}

/** Words instead of a picture; `retry` is the id of a button to try again. */
export function textMessage(content: string, retry?: string): Message {
  const again = { type: ComponentType.Button, style: ButtonStyle.Secondary, label: strings.labels.retry } as const
  return { content, rows: retry ? rows([{ ...again, custom_id: retry }]) : [], file: null }
}

type Button = ReturnType<typeof button>
function button(action: Action, of: string, suffix = '') {
  return {
    type: ComponentType.Button as const,
    style:
      action === 'delete' || action === 'cancel' ? (ButtonStyle.Danger as const) : (ButtonStyle.Secondary as const),
    label: `${strings.labels[action]}${suffix}`,
    custom_id: writeButtonId({ action, of }),
  }
}

function rows(...buttons: readonly (readonly Button[])[]): Message['rows'] {
  return buttons
    .filter(row => row.length > 0)
    .map(row => ({ type: ComponentType.ActionRow as const, components: [...row] }))
}
