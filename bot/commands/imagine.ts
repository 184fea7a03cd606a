import { ApplicationCommandOptionType, type ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { isPaintable, nearestSize, type Size } from '../../studio/pictures/pictureSizes.ts'
import { validatePrompt } from '../../studio/shared/text.ts'
import { asStyleId, type PersonId, type PictureOptions, type Studio } from '../../studio/studio.ts'
import { readMix } from '../../studio/styles/styleNames.ts'
import { anywhere } from '../interactions/anywhere.ts'
import type { Bot, Caller, ReplyContext } from '../interactions/bot.ts'
import type { Command, RepliableInteraction } from '../interactions/command.ts'
import { type ImagineOptions, imagineName, readOptions } from '../interactions/imagineOptions.ts'
import { paint } from '../interactions/paint.ts'
import { partsOf, pictureAt } from '../interactions/pictureParts.ts'
import { checkAttach, followPrivately, respond, respondText } from '../interactions/respond.ts'
import { readSize, sizeChoices } from '../interactions/sizes.ts'
import { createMessage } from '../messages/message.ts'
import { heading } from '../messages/replies.ts'
import { seedsMessage } from '../messages/sketchReplies.ts'
import { chatText } from '../text/errorText.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { findStyle, noStyle, suggestMix } from './style/options.ts'

/** Paints what is said. */
export const imagine = {
  data: {
    name: imagineName,
    ...anywhere,
    options: [
      {
        name: 'prompt',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: limits.maxPromptCharacters,
      },
      {
        name: 'image',
        type: ApplicationCommandOptionType.Attachment,
      },
      {
        name: 'style',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
        autocomplete: true,
      },
      {
        name: 'style-strength',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: limits.maxStyleWeight,
      },
      {
        name: 'strength',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: 1,
      },
      {
        name: 'size',
        type: ApplicationCommandOptionType.String,
        max_length: 20,
        autocomplete: true,
      },
      {
        name: 'seed',
        type: ApplicationCommandOptionType.Integer,
        min_value: 0,
        max_value: limits.maxSeed,
      },
      {
        name: 'steps',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxSteps,
      },
      {
        name: 'guidance',
        type: ApplicationCommandOptionType.Number,
        min_value: limits.minGuidance,
        max_value: limits.maxGuidance,
      },
      {
        name: 'negative',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxPromptCharacters,
      },
      {
        name: 'variation',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: 1,
      },
      {
        name: 'upscale',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: limits.maxUpscaleStrength,
      },
      {
        name: 'mask',
        type: ApplicationCommandOptionType.Attachment,
      },
      {
        name: 'mask-blur',
        type: ApplicationCommandOptionType.Number,
        min_value: 0,
        max_value: limits.maxMaskBlur,
      },
      {
        name: 'outpaint',
        type: ApplicationCommandOptionType.String,
        max_length: 32,
      },
      {
        name: 'region',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxPromptCharacters,
      },
      {
        name: 'region-mask',
        type: ApplicationCommandOptionType.Attachment,
      },
      {
        name: 'from',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
      },
      {
        name: 'from-step',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxSteps,
      },
      {
        name: 'end-step',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxSteps,
      },
      {
        name: 'guidance-by-step',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
      },
      {
        name: 'timesteps',
        type: ApplicationCommandOptionType.String,
        max_length: 300,
      },
      {
        name: 'count',
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxPicturesAtOnce,
      },
      {
        name: 'seeds',
        type: ApplicationCommandOptionType.Boolean,
      },
    ],
  },
  isPrivate: showsSeeds,
  isRepeatable: showsSeeds,
  check({ interaction, bot }) {
    checkAttach(interaction)
    const { prompt, size, style } = readOptions(interaction)
    validatePrompt(prompt)
    if (size !== null) readSize(size, bot.studio.engine.model.sizes)
    if (style !== null && readMix(style).length > limits.maxStylesPerFrame) throw new UserError('style/many')
  },
  async run(context) {
    const options = readOptions(context.interaction)
    if (showsSeeds(context.interaction)) await showSeeds(context, options)
    else await runImagine(context, options)
  },
  autocomplete(context) {
    const { name, value: typed } = context.interaction.options.getFocused(true)
    if (name === 'style') return suggestMix(context)
    return sizeChoices(context.t, context.bot.studio.engine.model.sizes).filter(({ value }) =>
      value.includes(typed.trim()),
    )
  },
} satisfies Command

/** Whether somebody wants to choose among first steps; what is painted from another picture has its seed. */
function showsSeeds({ options }: ChatInputCommandInteraction): boolean {
  return (options.getBoolean('seeds') ?? false) && options.getString('from') === null
}

/** The first steps of nine seeds, for whoever asked alone. */
async function showSeeds(context: ReplyContext<ChatInputCommandInteraction>, options: ImagineOptions): Promise<void> {
  const { interaction, caller, target, bot, t } = context
  const by = await caller.person()
  const picture = await pictureOptions(context, options, by)
  const sketches = await bot.studio.sketches.seeds(by, picture, limits.sketchedSeeds, target)
  await respond(interaction, await seedsMessage(t, interaction.id, options.prompt, sketches))
}

/**
 * Paints what these options say, now or of an earlier interaction, in the name of whoever wants it now. `seeds`: those of
 * the pictures, in place of what the options say about seed and count.
 */
export async function runImagine(
  context: ReplyContext<RepliableInteraction>,
  options: ImagineOptions,
  { seeds }: { readonly seeds?: readonly number[] } = {},
): Promise<void> {
  const { bot } = context
  await paint(context, async (by, chat) => {
    const { seed, count, ...said } = await pictureOptions(context, options, by)
    const picture = {
      ...said,
      ...(seeds ? { seeds } : { ...(seed !== undefined && { seed }), ...(count !== undefined && { count }) }),
    }
    await warnMissingDefault(context, options, by)
    const { pictures } = bot.studio
    if (!options.from) return pictures.request(by, 'chat', picture, chat)
    const { id } = await pictureAt(options.from, bot)
    if (!options.fromStep) return pictures.again(by, id, { sameSeed: true, ...picture }, chat)
    return pictures.branch(by, id, options.fromStep, picture, chat)
  })
}

/** What the studio is asked for. */
async function pictureOptions(
  { caller, bot }: Pick<ReplyContext<unknown>, 'caller' | 'bot'>,
  options: ImagineOptions,
  by: PersonId,
): Promise<PictureOptions> {
  const { negativePrompt, variation, upscale } = options
  const image = options.image && (await bot.studio.pictures.files.take(by, await bot.fetchImage(options.image)))
  const usual = await guildDefaults(caller, bot)
  const size = (await bot.studio.ownData.defaultSize(by)) ?? usual.size
  const parts = await partsOf(options, by, caller, bot)
  return {
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

/** Says to whoever has a default style, and named none, why this picture does without. */
async function warnMissingDefault(
  { interaction, bot, t, publicT }: ReplyContext<RepliableInteraction>,
  { prompt, style }: ImagineOptions,
  by: PersonId,
): Promise<void> {
  const { studio, log } = bot
  const problem = style?.trim() ? null : await studio.styles.defaultProblem(by)
  if (!problem) return
  const why = chatText(t, problem.error)
  const content = problem.name
    ? t('style.defaultMissing', { name: `**${escapeMarkdown(problem.name, 80)}**`, why })
    : t('style.unnamedDefaultMissing', { why })
  // Discord takes the first follow-up for the message that is still to come, so that one is filled before.
  await respondText(interaction, `${heading(prompt)}\n${publicT('picture.starting')}`)
  await followPrivately(interaction, createMessage(content)).catch(err => {
    log.warn({ err }, 'It could not be said that a default style is missing')
  })
}

function withoutNulls<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== null)
  // Filtering out null is exactly what the type says.
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
