import { limits } from '../../protocol/limits.ts'
import type { Files, Picture, PictureId, Sketch } from '../../studio/studio.ts'
import { truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accentOf, accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { enlarge } from './enlarge.ts'
import { menuRow } from './menuRow.ts'
import { type Attached, createMessage, type Message } from './message.ts'
import { heading, textMessage } from './replies.ts'
import { strip } from './strip.ts'

/** What stands in chat about pictures that are on their way and stored nowhere: for whoever asked alone. */

/** The steps of a picture side by side, and a menu of those that another can go on from. */
export async function stepsMessage(
  t: Translate,
  { id, file, recipe }: Picture,
  sketches: readonly Sketch[],
  files: Files,
): Promise<Message> {
  const png = file && (await files.read(file))
  if (!png) return textMessage(t, t('picture.removed'))
  const description = truncate(t('steps.alt', { count: sketches.length + 1, prompt: recipe.prompt }), 1000)
  const bytes = await strip([...sketches.map(one => one.png), png])
  const options = sketches.map(({ step }) => ({
    value: writeButtonId({ action: 'branch', of: branchOf(id, step) }),
    label: t('steps.from', { step }),
    description: t('steps.keeps', { step, steps: sketches.length + 1 }),
  }))
  return createMessage(`${heading(recipe.prompt)}\n${t('steps.explained')}`, {
    accent: await accentOf(png),
    galleries: [{ pictures: [{ name: 'steps.png', bytes, contentType: 'image/png', description }] }],
    rows: options.length ? [menuRow({ action: 'more', of: id }, t('menu.branch'), options)] : [],
  })
}

/** A picture and one of its steps, as the id of a button holds them. */
export function branchOf(picture: PictureId, step: number): string {
  return `${picture}-${step}`
}

/** Nine first steps, and a menu of those that go on. `of`: where their recipe is found again. */
export async function seedsMessage(
  t: Translate,
  of: string,
  prompt: string,
  sketches: readonly Sketch[],
): Promise<Message> {
  const pictures = sketches.map(async ({ seed, png }, index): Promise<Attached> => {
    const description = truncate(t('seeds.alt', { number: index + 1, prompt }), 1000)
    return { name: `${index + 1}-${seed}.png`, bytes: await enlarge(png), contentType: 'image/png', description }
  })
  const options = sketches.map(({ seed }, index) => ({
    ...{ value: String(seed), label: t('picture.number', { number: index + 1 }) },
    description: t('recipe.seed', { seed }),
  }))
  const most = limits.maxPicturesAtOnce
  return createMessage(`${heading(prompt)}\n${t('seeds.explained', { most })}`, {
    accent: accents.working,
    galleries: [{ pictures: await Promise.all(pictures) }],
    rows: [menuRow({ action: 'pickseeds', of }, t('menu.seeds'), options, { most })],
  })
}
