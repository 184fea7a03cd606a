import { ApplicationCommandOptionType, ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { isPaintable, nearestSize, type Size } from '../../studio/pictures/pictureSizes.ts'
import { validatePrompt } from '../../studio/shared/text.ts'
import { asStyleId, type PersonId, type PictureOptions, type Studio } from '../../studio/studio.ts'
import { readMix } from '../../studio/styles/styleNames.ts'
import type { Bot, Caller, ReplyContext } from '../interactions/bot.ts'
import type { Command, RepliableInteraction } from '../interactions/command.ts'
import { type ImagineOptions, imagineName, readOptions } from '../interactions/imagineOptions.ts'
import { paint } from '../interactions/paint.ts'
import { partsOf, pictureAt } from '../interactions/pictureParts.ts'
import { checkAttach, followPrivately, respondText } from '../interactions/respond.ts'
import { readSize, sizeChoices } from '../interactions/sizes.ts'
import { createMessage } from '../messages/message.ts'
import { heading } from '../messages/replies.ts'
import { chatText } from '../text/errorText.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'
import { findStyle, noStyle, suggestMix } from './style/options.ts'

/** Paints what is said. */
export const imagine = {
  data: {
    name: imagineName,
    description: 'Paint a picture from words',
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
    options: [
      {
        name: 'prompt',
        description: 'What to paint',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: limits.maxPromptCharacters,
      },
      {
        name: 'image',
        description: 'A picture to paint over: PNG, JPEG or WebP',
        type: ApplicationCommandOptionType.Attachment,
      },
      {
        name: 'style',
        description: 'A style, or several mixed: sepia:0.7, chalk:0.5',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
        autocomplete: true,
      },
      {
        name: 'style-strength',
        description: `How much of the style, from 0 to ${limits.maxStyleWeight}`,
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: limits.maxStyleWeight,
      },
      {
        name: 'strength',
        description: 'How much of the image may change, from 0 to 1',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: 1,
      },
      {
        name: 'size',
        description: 'Width x height in pixels, for example 128x128',
        type: ApplicationCommandOptionType.String,
        max_length: 20,
        autocomplete: true,
      },
      {
        name: 'seed',
        description: 'The same seed paints the same picture again',
        type: ApplicationCommandOptionType.Integer,
        min_value: 0,
        max_value: limits.maxSeed,
      },
      {
        name: 'steps',
        description: 'How many steps to paint in',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxSteps,
      },
      {
        name: 'guidance',
        description: `How closely to follow the prompt, from ${limits.minGuidance} to ${limits.maxGuidance}`,
        type: ApplicationCommandOptionType.Number,
        min_value: limits.minGuidance,
        max_value: limits.maxGuidance,
      },
      {
        name: 'negative',
        description: 'What to keep away from, for models that can; with guidance above 1',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxPromptCharacters,
      },
      {
        name: 'variation',
        description: 'How far to go from the picture of the seed, from 0 to 1',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: 1,
      },
      {
        name: 'upscale',
        description: `Twice as large: 0 enlarges, up to ${limits.maxUpscaleStrength} of it is painted over`,
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: limits.maxUpscaleStrength,
      },
      {
        name: 'mask',
        description: 'With an image: it may change where this picture is white',
        type: ApplicationCommandOptionType.Attachment,
      },
      {
        name: 'outpaint',
        description: 'With an image: pixels to paint around it, left,top,right,bottom',
        type: ApplicationCommandOptionType.String,
        max_length: 40,
      },
      {
        name: 'region',
        description: 'A prompt for a part of the picture, with its region-mask',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxPromptCharacters,
      },
      {
        name: 'region-mask',
        description: 'The part: white where the region is heard',
        type: ApplicationCommandOptionType.Attachment,
      },
      {
        name: 'from',
        description: 'The link of a picture painted here, to paint again',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
      },
      {
        name: 'from-step',
        description: 'With from: the step of it to go on from, with this prompt',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxSteps,
      },
      {
        name: 'end-step',
        description: 'The picture that was believed after this step',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxSteps,
      },
      {
        name: 'guidance-by-step',
        description: 'One guidance for each step: 6,4,2,1',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
      },
      {
        name: 'timesteps',
        description: 'Noise levels in place of steps: 999,749,499,249',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
      },
      {
        name: 'count',
        description: `How many pictures, from 1 to ${limits.maxPicturesAtOnce}`,
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxPicturesAtOnce,
      },
    ],
  },
  check({ interaction, bot }) {
    checkAttach(interaction)
    const { prompt, size, style } = readOptions(interaction)
    validatePrompt(prompt)
    if (size !== null) readSize(size, bot.studio.engine.model.sizes)
    if (style !== null && readMix(style).length > limits.maxStylesPerFrame) throw new UserError('style/many')
  },
  run: context => runImagine(context, readOptions(context.interaction)),
  autocomplete(context) {
    const { name, value: typed } = context.interaction.options.getFocused(true)
    if (name === 'style') return suggestMix(context)
    return sizeChoices(context.bot.studio.engine.model.sizes).filter(({ value }) => value.includes(typed.trim()))
  },
} satisfies Command

/** Paints what these options say, now or of an earlier interaction, in the name of whoever wants it now. */
export async function runImagine(context: ReplyContext<RepliableInteraction>, options: ImagineOptions): Promise<void> {
  const { interaction, caller, bot } = context
  const { negativePrompt, variation, upscale } = options
  await paint(context, async (by, chat) => {
    const image = options.image && (await bot.studio.pictures.files.take(by, await bot.fetchImage(options.image)))
    const usual = await guildDefaults(caller, bot)
    const size = (await bot.studio.ownData.defaultSize(by)) ?? usual.size
    const parts = await partsOf(options, by, bot)
    const picture: PictureOptions = {
      prompt: options.prompt,
      ...withoutNulls({ ...options.numbers, negativePrompt }),
      ...(variation !== null && { variation: { strength: variation } }),
      ...(upscale !== null && { upscale: { strength: upscale } }),
      // What is extended is as large as it becomes, and what is painted again as large as it was.
      ...(!parts.outpaint && !options.from && sizeOf(options, image, size, bot.studio.engine.model.sizes)),
      ...(image ? { image: image.file } : {}),
      ...parts,
      ...(await stylesOf(options, caller, by, usual.style, bot)),
    }
    await tellMissingDefault(interaction, options, by, bot)
    const { pictures } = bot.studio
    if (!options.from) return pictures.request(by, 'chat', picture, chat)
    const { id } = await pictureAt(options.from, bot)
    if (!options.fromStep) return pictures.again(by, id, { sameSeed: true, ...picture }, chat)
    return pictures.branch(by, id, options.fromStep, picture, chat)
  })
}

/** What a server has set for pictures that name none. */
async function guildDefaults({ where: { guild } }: Caller, { studio }: Bot) {
  if (guild === undefined) return { size: null, style: null }
  const { defaultSize, defaultStyle } = await studio.guildOffice.settings.read(guild)
  return { size: defaultSize, style: defaultStyle }
}

/** The size that was named, or else the one that keeps the shape of the image best, or else the usual one. */
function sizeOf({ size }: ImagineOptions, image: Size | null, usual: string | null, sizes: Sizes): Partial<Size> {
  if (size !== null) return readSize(size, sizes)
  if (image) return nearestSize(sizes, image)
  // Another model may not be able to paint it.
  const [width, height] = usual?.split('x').map(Number) ?? []
  return width && height && isPaintable(sizes, { width, height }) ? { width, height } : {}
}
type Sizes = Studio['engine']['model']['sizes']

/** The styles that were named, or else this person's default one, or else the server's. */
async function stylesOf(
  { style, styleStrength }: ImagineOptions,
  { where }: Caller,
  by: PersonId,
  usualHere: string | null,
  { studio }: Bot,
): Promise<Pick<PictureOptions, 'styles'>> {
  const named = style?.trim() ?? ''
  const strength = styleStrength ?? 1
  if (named.toLowerCase() === noStyle) return {}
  if (named) {
    const selections = readMix(named).map(async ({ name, weight }) => ({
      style: (await findStyle(studio, by, name, where)).id,
      // 0.1 × 3 is to be 0.3 in recipes and messages.
      weight: Number((weight * strength).toFixed(4)),
    }))
    return { styles: await Promise.all(selections) }
  }
  const usual = await studio.styles.defaultOf(by)
  if (usual) return { styles: [{ style: usual.id, weight: strength }] }
  return usualHere !== null && (await canUse(studio, by, usualHere))
    ? { styles: [{ style: asStyleId(usualHere), weight: strength }] }
    : {}
}

/** Whether a server's default style is still there, learned, and shared with them. */
async function canUse({ styles }: Studio, by: PersonId, id: string): Promise<boolean> {
  const usable = await styles.list(by, { usable: true })
  return usable.some(style => style.id === id)
}

/** Tells whoever has a default style, and named none, why this picture does without. */
async function tellMissingDefault(
  interaction: RepliableInteraction,
  { prompt, style }: ImagineOptions,
  by: PersonId,
  { studio, log }: Bot,
): Promise<void> {
  const problem = style?.trim() ? null : await studio.styles.defaultProblem(by)
  if (!problem) return
  const content = strings.style.defaultMissing(
    problem.name && `**${escapeMarkdown(problem.name, 80)}**`,
    chatText(problem.error),
  )
  // Discord takes the first follow-up for the message that is still to come, so that one is filled before.
  await respondText(interaction, `${heading(prompt)}\n${strings.starting}`)
  await followPrivately(interaction, createMessage(content)).catch(err => {
    log.warn({ err }, 'It could not be said that a default style is missing')
  })
}

function withoutNulls<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== null)
  // Filtering out null is exactly what the type says.
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
