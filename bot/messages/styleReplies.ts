import { ButtonStyle, ComponentType } from 'discord.js'
import type { Sharp } from 'sharp'
import {
  gainOf,
  type ImportChanges,
  type Learning,
  type LearningEvent,
  outcomeOf,
  type Sharing,
  type Style,
  type StyleDetail,
  type StyleVersion,
} from '../../studio/studio.ts'
import { chatText } from '../text/errorText.ts'
import { aboutTime, byteSize, textBar, timestamp } from '../text/figures.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { contactSheet } from './contactSheet.ts'
import type { Cell } from './grid.ts'
import { type Attached, createMessage, type Gallery, type Message } from './message.ts'
import { withThinBar } from './thinBar.ts'

/** What stands in chat about a style: while it is learned, when it is learned, and when it is looked at. */

/** What is known about a learning in progress. */
export interface LearningProgress {
  last: Exclude<LearningEvent, { type: 'curve' | 'painted' | 'ended' }> | null
  painted: readonly Cell[]
}

/** While it is learned: how far, what it paints by now, and Cancel. */
export async function learningMessage(
  t: Translate,
  style: Style,
  { last, painted }: LearningProgress,
): Promise<Message> {
  const share = last?.type === 'stepped' ? last.step / Math.max(1, last.steps) : 0
  const preview = async (): Promise<Attached> => ({
    ...{ name: 'preview.jpg', contentType: 'image/jpeg' },
    bytes: await withThinBar(await (await contactSheet([painted])).png().toBuffer(), share, { quality: 75 }),
    description: t('style.preview', { name: style.name }),
  })
  const { pictures, learnEstimate } = style
  const lines = [t('style.learning', { name: named(style), pictures }), status(t, last, painted.length > 0)]
  if (learnEstimate && last?.type !== 'stepped') lines.push(t('style.takes', { time: aboutTime(t, learnEstimate.ms) }))
  return createMessage(lines.join('\n'), {
    accent: accents.working,
    rows: [row(button(t, 'stoplearn', style))],
    galleries: painted.length ? [{ pictures: [await preview()] }] : [],
    footer: [t('style.promise')],
  })
}

function status(t: Translate, last: LearningProgress['last'], hasPreview: boolean): string {
  switch (last?.type) {
    case 'queued':
      return last.ahead === 0 ? t('style.next') : t('style.queued', { ahead: last.ahead })
    case 'stepped': {
      const { step, steps } = last
      const left = aboutTime(t, 1000 * last.secondsLeft)
      if (hasPreview) return t('style.stepped', { step, steps, left })
      const bar = textBar(Math.round((barSigns * step) / Math.max(1, steps)), barSigns)
      return t('style.barred', { bar, step, steps, left })
    }
    default:
      return t('style.starting')
  }
}
const barSigns = 12

/** An example picture of a version, from 0, as PNG. */
type ReadExample = (version: number, when: 'before' | 'after', index: number) => Promise<Uint8Array | null>

/** When a learning has ended: what came of it, seen without and with the style, and what to do with it. */
export async function learnedMessage(
  t: Translate,
  style: StyleDetail,
  learning: Learning,
  read: ReadExample,
): Promise<Message> {
  if (learning.state !== 'finished') {
    return createMessage(`${t('style.notLearned', { name: named(style) })}\n${whyNotLearned(t, learning)}`, {
      accent: learning.state === 'cancelled' ? accents.notice : accents.danger,
      rows: [row(button(t, 'learn', style))],
    })
  }
  const version = style.versions.find(({ number }) => number === learning.version)
  const pictures = version?.pictures ?? style.pictures
  const lines = [t('style.learned', { name: named(style), pictures }), outcomeText(t, style, learning)]
  const howToUse = t('style.howToUse', { name: escapeMarkdown(style.name, 80) })
  return createMessage(lines.filter(Boolean).join('\n'), {
    accent: accents.good,
    rows: [row(button(t, 'use', style), button(t, 'learn', style))],
    galleries: version ? await styleSheets(t, style, version, read) : [],
    footer: version ? [`${versionLine(t, version)} · ${howToUse}`] : [],
  })
}

function whyNotLearned(t: Translate, { state, failure, summary }: Learning): string {
  if (state === 'cancelled') return t('style.cancelled')
  return failure ? chatText(t, failure) : (summary ?? t('failure.apology'))
}

/** The assessment of what was learned, and which version is in use now. */
function outcomeText(t: Translate, { versions }: StyleDetail, learning: Learning): string {
  const learned = versions.find(({ number }) => number === learning.version)
  if (!learned) return learning.summary ?? ''
  const inUse = versions.find(({ isInUse }) => isInUse)
  const { number } = learned
  const use =
    !inUse || inUse.number === number ? t('style.inUse', { number }) : t('style.stays', { older: inUse.number, number })
  return [...assessmentText(t, learned), use].join(' ')
}

/** What the examples of a version say about it, as a sentence; of none, nothing. */
function assessmentText(t: Translate, { assessment }: StyleVersion): string[] {
  if (!assessment) return []
  const figures = {
    gain: Math.round(100 * gainOf(assessment)),
    kept: Math.round(100 * assessment.contentKept),
  }
  return [t(`style.assessment.${outcomeOf(assessment)}`, figures)]
}

/** Everything about a style that fits into a message; `sharing` is said as it is seen from where one is. */
export async function shownMessage(
  t: Translate,
  style: StyleDetail,
  read: ReadExample,
  guild?: string,
): Promise<Message> {
  const inUse = style.versions.find(({ isInUse }) => isInUse)
  const lines = [
    `**${escapeMarkdown(style.name, 80)}** · ${attributesOf(t, style, guild).join(' · ')}`,
    ...(style.error ? [chatText(t, style.error)] : []),
    ...(inUse ? assessmentText(t, inUse) : []),
  ]
  return createMessage(shorten2000(t, lines), {
    rows: inUse ? [row(button(t, 'use', style))] : [],
    galleries: inUse ? await styleSheets(t, style, inUse, read) : [],
    footer: [
      ...style.versions.slice(0, 8).map(version => `${version.isInUse ? '●' : '○'} ${versionLine(t, version)}`),
      ...(style.versions.length > 8 ? [t('list.andMore', { count: style.versions.length - 8 })] : []),
    ],
  })
}

/** What became different of a file on the way in, each as a line. */
export function importNotes(t: Translate, changes: ImportChanges): string[] {
  const { reduced, textTensors, embeddingTensors, isAlphaAssumed } = changes
  return [
    ...(reduced ? [t('import.reduced', reduced)] : []),
    ...(textTensors ? [t('import.textEncoder', { count: textTensors })] : []),
    ...(embeddingTensors ? [t('import.embeddings', { count: embeddingTensors })] : []),
    ...(isAlphaAssumed ? [t('import.alpha')] : []),
  ]
}

/** One line for each style, own ones first. */
export function styleList(t: Translate, styles: readonly Style[], guild?: string): string {
  if (!styles.length) return t('style.none')
  return shorten2000(
    t,
    styles.map(style => `- **${escapeMarkdown(style.name, 80)}** · ${attributesOf(t, style, guild).join(' · ')}`),
  )
}

function attributesOf(t: Translate, style: Style, guild?: string): string[] {
  const { learning, version } = style
  const isLearning = learning?.state === 'queued' || learning?.state === 'running'
  return [
    ...(style.isMine ? [] : [t('style.by', { owner: escapeMarkdown(style.owner.name, 40) })]),
    version === null ? t('style.unlearned') : t('style.version', { number: version }),
    ...(style.isMine && style.pictures > 0 ? [t('style.pictures', { count: style.pictures })] : []),
    ...(isLearning ? [progressText(t, learning)] : []),
    ...(style.isMine || style.sharing !== 'everyone' ? [t(`style.sharing.${sharingSeen(style.sharing, guild)}`)] : []),
    ...(style.isDefault ? [t('style.default')] : []),
    ...(style.isDisabled ? [t('style.disabled')] : []),
  ]
}

function progressText(t: Translate, { step, steps }: Pick<Learning, 'step' | 'steps'>): string {
  return steps ? t('style.isLearning', { percent: Math.round((100 * step) / steps) }) : t('style.isWaiting')
}

/** Who may use a style, as it is seen from where one is. */
function sharingSeen(sharing: Sharing, guild?: string) {
  if (sharing === 'private' || sharing === 'everyone') return sharing
  return sharing === `guild:${guild}` ? 'here' : 'elsewhere'
}

export function versionLine(t: Translate, version: StyleVersion): string {
  const { number, origin, bytes, recipe, curve, pictures, fits, createdAt } = version
  return [
    t('style.version', { number }),
    timestamp(createdAt, 'd'),
    origin === 'imported' ? t('style.imported') : t('style.pictures', { count: pictures }),
    ...(recipe ? [stepsText(t, curve.at(-1)?.step ?? recipe.steps, recipe.steps)] : []),
    byteSize(t, bytes),
    ...(fits ? [] : [t('style.otherModel')]),
  ].join(' · ')
}

function stepsText(t: Translate, made: number, planned: number): string {
  return made < planned ? t('style.steps', { made, planned }) : t('style.allSteps', { count: made })
}

/** Without the style, with it, and how it was learned; of what there is. */
async function styleSheets(t: Translate, style: Style, version: StyleVersion, read: ReadExample): Promise<Gallery[]> {
  const { name } = style
  const pictures = (when: 'before' | 'after') =>
    Promise.all(
      Array.from({ length: Math.min(4, version.examples) }, (_, index) => read(version.number, when, index)),
    ).then(all => all.filter(png => png !== null))
  const [before, after] = [await pictures('before'), await pictures('after')]
  const { curve } = version
  const sheet = async (kind: 'before' | 'after' | 'curve', bytes: Promise<Sharp>): Promise<Gallery> => ({
    label: t(`style.${kind}`),
    pictures: [
      {
        ...{ name: `${kind}.png`, contentType: 'image/png' },
        description: truncate(t(`style.${kind}.alt`, { name }), 1000),
        bytes: await (await bytes).png().toBuffer(),
      },
    ],
  })
  return Promise.all([
    ...(before.length ? [sheet('before', contactSheet([before]))] : []),
    ...(after.length ? [sheet('after', contactSheet([after]))] : []),
    ...(curve.length > 1 ? [sheet('curve', contactSheet([], curve))] : []),
  ])
}

/** Asks once more before everything of a style goes. */
export function confirmation(t: Translate, style: Style): Message {
  return createMessage(t('style.confirm', { name: named(style), count: style.pictures }), {
    accent: accents.danger,
    rows: [row(button(t, 'forget', style), button(t, 'keep', style))],
  })
}

const named = (style: Style) => `**${escapeMarkdown(style.name, 80)}**`

function button(t: Translate, action: 'use' | 'learn' | 'stoplearn' | 'forget' | 'keep', { id }: Style) {
  return {
    type: ComponentType.Button as const,
    style:
      action === 'forget' || action === 'stoplearn' ? (ButtonStyle.Danger as const) : (ButtonStyle.Secondary as const),
    label: t(`button.${action}`),
    custom_id: writeButtonId({ action, of: id }),
  }
}

function row(...components: ReturnType<typeof button>[]) {
  return { type: ComponentType.ActionRow as const, components }
}

/** As many whole lines as Discord shows, and how many more there are. */
function shorten2000(t: Translate, lines: readonly string[]): string {
  const shown: string[] = []
  let characters = 0
  for (const line of lines) {
    characters += line.length + 1
    if (characters > 1900)
      return [...shown, `-# ${t('list.andMore', { count: lines.length - shown.length })}`].join('\n')
    shown.push(line)
  }
  return shown.join('\n')
}
