import type { ModalSubmitInteraction } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { isPaintable } from '../../studio/pictures/pictureSizes.ts'
import { validatePrompt } from '../../studio/shared/text.ts'
import { asPictureId, asStyleId, type Picture, type PictureId, paintedSize, type Studio } from '../../studio/studio.ts'
import type { Bot, Caller } from '../interactions/bot.ts'
import type { Button, PressReplyContext, ReplyButton } from '../interactions/button.ts'
import { readNumber, readSeed, readStrength, soon } from '../interactions/formValues.ts'
import { paint } from '../interactions/paint.ts'
import { findPicture, openOnCanvas, over, requestAgain } from '../interactions/pictureActions.ts'
import { checkAttach, respond, respondText } from '../interactions/respond.ts'
import { checkCanvas } from '../interactions/roomLinks.ts'
import { accents } from '../messages/accents.ts'
import type { ButtonAction } from '../messages/buttonId.ts'
import { type ChoiceField, modal } from '../messages/modal.ts'
import { seedsMessage, stepsMessage } from '../messages/sketchReplies.ts'
import { truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'

/** What the menu "More" and the steps beneath a picture do. */

/** How much of a picture is painted anew: little of what is there changes, or little of it stays. */
const strengths = { subtle: 0.35, strong: 0.75, remix: 0.6 } as const
/** Of a picture that is enlarged. */
const upscaleStrength = 0.25
/** How much wider or higher an extension makes a picture, as a share of that side. */
const extension = 0.5

const attach: NonNullable<ReplyButton['check']> = ({ interaction }) => checkAttach(interaction)

export const pictureButtons = {
  subtle: variation('subtle'),
  strong: variation('strong'),
  extendleft: extend('left'),
  extendup: extend('top'),
  extendright: extend('right'),
  extenddown: extend('bottom'),
  region: {
    response: 'reply',
    check: ({ bot }) => checkCanvas(bot),
    press: context => openOnCanvas(context, { tool: 'region' }),
  },
  upscale: {
    response: 'reply',
    check: attach,
    press: press =>
      requestAgain(press, () => ({
        // The very same picture, alone.
        ...{ sameSeed: true, seeds: undefined, count: 1 },
        upscale: { strength: upscaleStrength },
      })),
  },
  remix: {
    response: 'modal',
    async press({ interaction, of, bot, t }) {
      const picture = await soon(bot.studio.pictures.find(asPictureId(of)), null)
      await interaction.showModal(
        modal({ action: 'remix', of }, t('remix.title'), [
          promptField(t, picture),
          { ...strengthField(t), value: String(strengths.remix) },
        ]),
      )
    },
    checkSubmit({ interaction }) {
      checkAttach(interaction)
      readRemix(interaction)
    },
    submit: press =>
      requestAgain(press, picture => {
        const { prompt, strength } = readRemix(press.interaction)
        return { ...over(picture, strength), prompt }
      }),
  },
  steps: {
    response: 'ephemeral',
    check: attach,
    async press({ interaction, of, caller, target, bot: { studio }, t }) {
      const picture = await findPicture(of, studio)
      const sketches = await studio.sketches.steps(await caller.person(), picture.id, target)
      await respond(interaction, await stepsMessage(t, picture, sketches, studio.pictures.files))
    },
  },
  branch: {
    response: 'modal',
    async press({ interaction, of, caller, bot, t }) {
      const { picture, step } = readBranch(of)
      const [found, styles] = await Promise.all([
        soon(bot.studio.pictures.find(picture), null),
        soon(styleField(t, interaction.user.id, caller, bot), null),
      ])
      await interaction.showModal(
        modal({ action: 'branch', of }, t('branch.title', { step }), [
          promptField(t, found),
          { id: 'seed', label: t('edit.seed.label'), value: String(found?.recipe.seed ?? ''), maxCharacters: 10 },
          ...(styles ? [styles] : []),
          {
            ...{ id: 'guidance', label: t('branch.guidance.label'), maxCharacters: 6 },
            ...(found && { value: String(found.recipe.guidance) }),
          },
        ]),
      )
    },
    checkSubmit({ interaction }) {
      checkAttach(interaction)
      readBranchForm(interaction)
    },
    async submit(context) {
      const { picture, step } = readBranch(context.of)
      const change = readBranchForm(context.interaction)
      await paint(context, (by, chat) => context.bot.studio.pictures.branch(by, picture, step, change, chat))
    },
  },
  star: {
    response: 'ephemeral',
    async press({ interaction, of, caller, bot, t }) {
      const { id } = await findPicture(of, bot.studio)
      const isMarked = await bot.studio.favorites.toggle(await caller.person(), id)
      await respondText(interaction, t(isMarked ? 'star.on' : 'star.off'), accents.good)
    },
  },
  seeds: {
    response: 'ephemeral',
    check: attach,
    async press({ interaction, of, caller, target, bot: { studio }, t }) {
      const { id, recipe } = await findPicture(of, studio)
      const sketches = await studio.sketches.seeds(await caller.person(), id, limits.sketchedSeeds, target)
      await respond(interaction, await seedsMessage(t, id, recipe.prompt, sketches))
    },
  },
} as const satisfies Partial<Record<ButtonAction, Button>>

function variation(kind: 'subtle' | 'strong'): ReplyButton {
  return {
    response: 'reply',
    check: attach,
    press: press => requestAgain(press, picture => over(picture, strengths[kind])),
  }
}

/** Paints on beyond one edge of a picture. */
function extend(side: 'left' | 'top' | 'right' | 'bottom'): ReplyButton {
  return {
    response: 'reply',
    check: attach,
    press: (press: PressReplyContext) =>
      requestAgain(press, picture => ({
        ...{ count: 1, seeds: undefined },
        outpaint: { left: 0, top: 0, right: 0, bottom: 0, [side]: marginOf(picture, side, press.bot.studio) },
      })),
  }
}

/** Half of that side, or as much as the model can paint. @throws UserError where that is nothing */
function marginOf({ recipe }: Picture, side: 'left' | 'top' | 'right' | 'bottom', { engine }: Studio): number {
  const { sizes } = engine.model
  const { min, max, multiple } = sizes
  const painted = paintedSize(recipe)
  const isAcross = side === 'left' || side === 'right'
  const length = isAcross ? painted.width : painted.height
  const margin = Math.min(Math.ceil((length * extension) / multiple) * multiple, max - length)
  const width = painted.width + (isAcross ? Math.max(margin, multiple) : 0)
  const height = painted.height + (isAcross ? 0 : Math.max(margin, multiple))
  if (!isPaintable(sizes, { width, height })) {
    throw new UserError('chat/size-range', undefined, { values: { width, height, min, max, multiple } })
  }
  return margin
}

/** The picture and the step that a button goes on from; the studio checks both. */
function readBranch(of: string): { picture: PictureId; step: number } {
  const at = of.lastIndexOf('-')
  return { picture: asPictureId(of.slice(0, at)), step: Number(of.slice(at + 1)) }
}

function promptField(t: Translate, picture: Picture | null) {
  const { maxPromptCharacters: maxCharacters } = limits
  const value = picture?.recipe.prompt ?? ''
  return { id: 'prompt', label: t('edit.prompt.label'), value, maxCharacters, isLong: true, isRequired: true }
}

function strengthField(t: Translate) {
  const description = t('remix.strength.description')
  return { id: 'strength', label: t('remix.strength.label'), description, maxCharacters: 5, isRequired: true }
}

/** Of a style menu in a form, besides styles. */
const [sameStyle, noStyle] = ['same', 'none']

async function styleField(t: Translate, discordId: string, { where }: Caller, bot: Bot): Promise<ChoiceField | null> {
  const styles = bot.studio.styles.error ? [] : await bot.styleChoices(discordId, { ...where, usable: true })
  if (!styles.length) return null
  return {
    ...{ id: 'style', label: t('branch.style.label') },
    options: [
      { value: sameStyle!, label: t('branch.sameStyle'), default: true },
      { value: noStyle!, label: t('menu.noStyle') },
      ...styles.slice(0, 23).map(({ id, name }) => ({ value: id, label: truncate(name, 100) })),
    ],
  }
}

/** What is different from the step on. @throws UserError for what is no seed or guidance */
function readBranchForm({ fields }: ModalSubmitInteraction) {
  const guidance = readNumber(fields.getTextInputValue('guidance'))
  const { minGuidance, maxGuidance } = limits
  if (guidance !== undefined && !(guidance >= minGuidance && guidance <= maxGuidance)) {
    throw new UserError('request/guidance')
  }
  const [style = sameStyle] = fields.fields.has('style') ? fields.getStringSelectValues('style') : []
  return {
    prompt: validatePrompt(fields.getTextInputValue('prompt')),
    // Left empty, it is a new one.
    seed: readSeed(fields.getTextInputValue('seed')).seed,
    ...(guidance !== undefined && { guidance, guidanceByStep: undefined }),
    ...(style !== sameStyle && { styles: style === noStyle ? [] : [{ style: asStyleId(style!), weight: 1 }] }),
  }
}

function readRemix({ fields }: ModalSubmitInteraction): { prompt: string; strength: number } {
  const prompt = validatePrompt(fields.getTextInputValue('prompt'))
  return { prompt, strength: readStrength(fields.getTextInputValue('strength')) }
}
