import { ApplicationCommandOptionType, ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { PersonId, PictureOptions } from '../../studio/studio.ts'
import { findMix } from '../../studio/styles/styleNames.ts'
import type { Bot, Caller, ReplyContext } from '../interactions/bot.ts'
import type { Command, RepliableInteraction } from '../interactions/command.ts'
import { type ImagineOptions, imagineName, readOptions } from '../interactions/imagineOptions.ts'
import { paint } from '../interactions/paint.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'
import { noStyle, suggestMix } from './style/options.ts'

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
        name: 'count',
        description: `How many pictures, from 1 to ${limits.maxPicturesAtOnce}`,
        type: ApplicationCommandOptionType.Integer,
        min_value: 1,
        max_value: limits.maxPicturesAtOnce,
      },
    ],
  },
  run: context => runImagine(context, readOptions(context.interaction)),
  autocomplete(context) {
    const { name, value: typed } = context.interaction.options.getFocused(true)
    if (name === 'style') return suggestMix(context)
    return sizes(context.bot).filter(({ value }) => value.includes(typed.trim()))
  },
} satisfies Command

/** Paints what these options say, now or of an earlier interaction, in the name of whoever wants it now. */
export async function runImagine(context: ReplyContext<RepliableInteraction>, options: ImagineOptions): Promise<void> {
  const { caller, bot } = context
  await paint(context, async (by, chat) => {
    const image = options.image && (await bot.studio.pictures.files.take(await bot.fetchImage(options.image)))
    const picture: PictureOptions = {
      prompt: options.prompt,
      ...withoutNulls(options.numbers),
      ...(options.size === null ? {} : readSize(options.size)),
      ...(image ? { image: image.file } : {}),
      ...(await stylesOf(options, caller, by, bot)),
    }
    return bot.studio.pictures.request(by, 'chat', picture, chat)
  })
}

/** The styles that were named, or else this person's default one. */
async function stylesOf(
  { style, styleStrength }: ImagineOptions,
  { where }: Caller,
  by: PersonId,
  { studio }: Bot,
): Promise<Pick<PictureOptions, 'styles'>> {
  const named = style?.trim() ?? ''
  const strength = styleStrength ?? 1
  if (named.toLowerCase() === noStyle) return {}
  if (named) return { styles: await findMix(studio.styles, by, named, { strength, ...where }) }
  const usual = await studio.styles.defaultOf(by)
  return usual ? { styles: [{ style: usual.id, weight: strength }] } : {}
}

function withoutNulls<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== null)
  // Filtering out null is exactly what the type says.
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}

/** `128x96`, `128 × 96`, or `128` for a square. Whether the model can paint it is for the studio to say. */
export function readSize(said: string): { width: number; height: number } {
  const [, width, height] = /^\s*(\d{1,5})(?:\s*[x×*]\s*(\d{1,5}))?\s*$/i.exec(said) ?? []
  if (!width) throw new UserError('request/size', strings.size(escapeMarkdown(said, 20)))
  return { width: Number(width), height: Number(height ?? width) }
}

/** A square, a wide and a tall size that the model can paint. */
function sizes({ studio }: Bot): { name: string; value: string }[] {
  const { default: normal, min, max, multiple } = studio.engine.model.sizes
  const snap = (pixels: number) => Math.min(max, Math.max(min, Math.round(pixels / multiple) * multiple))
  const long = snap(normal.width * 1.25)
  const short = snap(normal.width * 0.75)
  return [
    [strings.sizes.square, snap(normal.width), snap(normal.height)] as const,
    [strings.sizes.wide, long, short] as const,
    [strings.sizes.tall, short, long] as const,
  ].map(([name, width, height]) => ({ name: `${name} ${width} × ${height}`, value: `${width}x${height}` }))
}
