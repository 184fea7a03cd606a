/** What /imagine says of parts of a picture, of single steps and of other pictures, as the studio takes it. */
import { UserError } from '../../protocol/errors.ts'
import { readRegionText } from '../../studio/pictures/regionText.ts'
import type { FileHash, PersonId, Picture, PictureOptions } from '../../studio/studio.ts'
import { findMix } from '../../studio/styles/styleNames.ts'
import type { Bot, Caller } from './bot.ts'
import type { ImagineOptions } from './imagineOptions.ts'

/** Masks, regions, margins and lists of numbers. Throws `UserError` for half of a region. */
export async function partsOf(
  options: ImagineOptions,
  by: PersonId,
  { where }: Pick<Caller, 'where'>,
  bot: Bot,
): Promise<Partial<PictureOptions>> {
  const { mask, outpaint, guidanceByStep, timesteps, endStep } = options
  const take = async (attachment: NonNullable<ImagineOptions['image']>): Promise<FileHash> =>
    (await bot.studio.pictures.files.take(by, await bot.fetchImage(attachment))).file
  return {
    ...(mask && { maskImage: await take(mask) }),
    ...(outpaint && { outpaint: marginsIn(outpaint) }),
    ...(guidanceByStep && { guidanceByStep: numbersIn(guidanceByStep) }),
    ...(timesteps && { timesteps: numbersIn(timesteps) }),
    ...(endStep && { endStep }),
    ...(await regionOf(options, take, style => findMix(bot.studio.styles, by, style, where))),
  }
}

/** The picture that a link of ours leads to, as a message gives it. */
export async function pictureAt(link: string, { studio }: Bot): Promise<Picture> {
  const secret = /\/pictures\/([\w-]+)\.png/.exec(link)?.[1]
  const picture = secret === undefined ? null : await studio.pictures.fromLink(secret)
  if (picture) return picture
  throw new UserError('chat/picture-link')
}

async function regionOf(
  { region, regionMask }: ImagineOptions,
  take: (attachment: NonNullable<ImagineOptions['image']>) => Promise<FileHash>,
  select: (style: string) => ReturnType<typeof findMix>,
): Promise<Pick<PictureOptions, 'regions'>> {
  if (!region && !regionMask) return {}
  if (region && regionMask) {
    const { style, ...settings } = readRegionText(region)
    const styles = style === undefined ? {} : { styles: style === '' ? [] : await select(style) }
    return { regions: [{ ...settings, ...styles, mask: await take(regionMask) }] }
  }
  throw new UserError(region ? 'chat/region-mask' : 'chat/region-prompt')
}

const numbersIn = (text: string): number[] => text.split(',').map(each => Number(each.trim() || Number.NaN))

/** Left, top, right, bottom; what is missing is refused as what is no number. */
function marginsIn(text: string): NonNullable<PictureOptions['outpaint']> {
  const [left = Number.NaN, top = Number.NaN, right = Number.NaN, bottom = Number.NaN] = numbersIn(text)
  return { left, top, right, bottom }
}
