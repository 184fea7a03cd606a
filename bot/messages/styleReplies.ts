import { ButtonStyle, ComponentType } from 'discord.js'
import type { Sharp } from 'sharp'
import type { Learning, LearningEvent, Sharing, Style, StyleDetail, StyleVersion } from '../../studio/studio.ts'
import { chatText } from '../text/errorText.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'
import { accents } from './accents.ts'
import { type ButtonAction, writeButtonId } from './buttonId.ts'
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
export async function learningMessage(style: Style, { last, painted }: LearningProgress): Promise<Message> {
  const share = last?.type === 'stepped' ? last.step / Math.max(1, last.steps) : 0
  const preview = async (): Promise<Attached> => ({
    ...{ name: 'preview.jpg', contentType: 'image/jpeg' },
    bytes: await withThinBar(await (await contactSheet([painted])).png().toBuffer(), share, { quality: 75 }),
    description: strings.style.preview(style.name),
  })
  const lines = [strings.style.learning(named(style), style.pictures), status(last, painted.length > 0)]
  if (style.learnEstimate !== null && last?.type !== 'stepped') lines.push(style.learnEstimate)
  return createMessage(lines.join('\n'), {
    accent: accents.working,
    rows: [row(button('stoplearn', style))],
    galleries: painted.length ? [{ pictures: [await preview()] }] : [],
    footer: [strings.style.promise],
  })
}

function status(last: LearningProgress['last'], hasPreview: boolean): string {
  switch (last?.type) {
    case 'queued':
      return strings.style.queued(last.ahead)
    case 'stepped':
      return (hasPreview ? strings.style.step : strings.style.stepped)(last.step, last.steps, last.secondsLeft)
    default:
      return strings.style.starting
  }
}

/** An example picture of a version, from 0, as PNG. */
type ReadExample = (version: number, when: 'before' | 'after', index: number) => Promise<Uint8Array | null>

/** When a learning has ended: what came of it, seen without and with the style, and what to do with it. */
export async function learnedMessage(style: StyleDetail, learning: Learning, read: ReadExample): Promise<Message> {
  if (learning.state !== 'finished') {
    const said = learning.state === 'cancelled' ? strings.style.cancelled : (learning.summary ?? strings.apology)
    return createMessage(`${strings.style.notLearned(named(style))}\n${said}`, {
      accent: learning.state === 'cancelled' ? accents.notice : accents.danger,
      rows: [row(button('learn', style))],
    })
  }
  const version = style.versions.find(({ number }) => number === learning.version)
  const lines = [strings.style.learned(named(style), version?.pictures ?? style.pictures), learning.summary ?? '']
  const howToUse = strings.style.howToUse(escapeMarkdown(style.name, 80))
  return createMessage(lines.filter(Boolean).join('\n'), {
    accent: accents.good,
    rows: [row(button('use', style), button('learn', style))],
    galleries: version ? await styleSheets(style, version, read) : [],
    footer: version ? [`${versionLine(version)} · ${howToUse}`] : [],
  })
}

/** Everything about a style that fits into a message; `sharing` is said as it is seen from where one is. */
export async function shownMessage(style: StyleDetail, read: ReadExample, guild?: string): Promise<Message> {
  const inUse = style.versions.find(({ isInUse }) => isInUse)
  const lines = [
    `**${escapeMarkdown(style.name, 80)}** · ${attributesOf(style, guild).join(' · ')}`,
    ...(style.error ? [chatText(style.error)] : []),
    ...(inUse?.assessment ? [inUse.assessment.summary] : []),
  ]
  return createMessage(shorten2000(lines), {
    rows: inUse ? [row(button('use', style))] : [],
    galleries: inUse ? await styleSheets(style, inUse, read) : [],
    footer: [
      ...style.versions.slice(0, 8).map(version => `${version.isInUse ? '●' : '○'} ${versionLine(version)}`),
      ...(style.versions.length > 8 ? [strings.style.more(style.versions.length - 8)] : []),
    ],
  })
}

/** One line for each style, own ones first. */
export function styleList(styles: readonly Style[], guild?: string): string {
  if (!styles.length) return strings.style.none
  return shorten2000(
    styles.map(style => `- **${escapeMarkdown(style.name, 80)}** · ${attributesOf(style, guild).join(' · ')}`),
  )
}

function attributesOf(style: Style, guild?: string): string[] {
  const { learning, version } = style
  const isLearning = learning?.state === 'queued' || learning?.state === 'running'
  return [
    ...(style.isMine ? [] : [strings.style.by(escapeMarkdown(style.owner.name, 40))]),
    version === null ? strings.style.unlearned : strings.style.version(version),
    ...(style.isMine && style.pictures > 0 ? [strings.style.pictures(style.pictures)] : []),
    ...(isLearning ? [strings.style.isLearning(learning.step, learning.steps)] : []),
    ...(style.isMine || style.sharing !== 'everyone' ? [sharingText(style.sharing, guild)] : []),
    ...(style.isDefault ? [strings.style.default] : []),
    ...(style.isDisabled ? [strings.style.disabled] : []),
  ]
}

export function sharingText(sharing: Sharing, guild?: string): string {
  if (sharing === 'private' || sharing === 'everyone') return strings.style.sharing[sharing]
  return sharing === `guild:${guild}` ? strings.style.sharing.here : strings.style.sharing.elsewhere
}

export function versionLine({ number, origin, bytes, recipe, curve, pictures, fits, createdAt }: StyleVersion): string {
  return [
    strings.style.version(number),
    createdAt.toISOString().slice(0, 10),
    origin === 'imported' ? strings.style.imported : strings.style.pictures(pictures),
    ...(recipe ? [strings.style.steps(curve.at(-1)?.step ?? recipe.steps, recipe.steps)] : []),
    strings.style.size(bytes),
    ...(fits ? [] : [strings.style.otherModel]),
  ].join(' · ')
}

/** Without the style, with it, and how it was learned; of what there is. */
async function styleSheets(style: Style, version: StyleVersion, read: ReadExample): Promise<Gallery[]> {
  const { name } = style
  const pictures = (when: 'before' | 'after') =>
    Promise.all(
      Array.from({ length: Math.min(4, version.examples) }, (_, index) => read(version.number, when, index)),
    ).then(all => all.filter(png => png !== null))
  const [before, after] = [await pictures('before'), await pictures('after')]
  const { curve } = version
  const sheet = async (label: string, file: string, bytes: Promise<Sharp>, description: string): Promise<Gallery> => ({
    label,
    pictures: [
      {
        ...{ name: `${file}.png`, contentType: 'image/png', description: truncate(description, 1000) },
        bytes: await (await bytes).png().toBuffer(),
      },
    ],
  })
  const { style: said } = strings
  return Promise.all([
    ...(before.length ? [sheet(said.before, 'before', contactSheet([before]), said.beforeSheet(name))] : []),
    ...(after.length ? [sheet(said.after, 'after', contactSheet([after]), said.afterSheet(name))] : []),
    ...(curve.length > 1 ? [sheet(said.curve, 'curve', contactSheet([], curve), said.curveSheet(name))] : []),
  ])
}

/** Asks once more before everything of a style goes. */
export function confirmation(style: Style): Message {
  return createMessage(strings.style.confirm(named(style), style.pictures), {
    accent: accents.danger,
    rows: [row(button('forget', style), button('keep', style))],
  })
}

const named = (style: Style) => `**${escapeMarkdown(style.name, 80)}**`

function button(action: ButtonAction & keyof typeof strings.labels, { id }: Style) {
  return {
    type: ComponentType.Button as const,
    style:
      action === 'forget' || action === 'stoplearn' ? (ButtonStyle.Danger as const) : (ButtonStyle.Secondary as const),
    label: strings.labels[action],
    custom_id: writeButtonId({ action, of: id }),
  }
}

function row(...components: ReturnType<typeof button>[]) {
  return { type: ComponentType.ActionRow as const, components }
}

/** As many whole lines as Discord shows, and how many more there are. */
function shorten2000(lines: readonly string[]): string {
  const shown: string[] = []
  let characters = 0
  for (const line of lines) {
    characters += line.length + 1
    if (characters > 1900) return [...shown, `-# ${strings.style.more(lines.length - shown.length)}`].join('\n')
    shown.push(line)
  }
  return shown.join('\n')
}
