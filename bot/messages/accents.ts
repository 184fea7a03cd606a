import sharp from 'sharp'

/** The stripe beside a message, as 0xRRGGBB: what it says before a word is read. */
export const accents = {
  /** It is being worked on. */
  working: 0x4c6ef5,
  /** It went well. */
  good: 0x2b8a3e,
  /** Something is told, or asked for. */
  notice: 0x868e96,
  /** It was refused, and can be mended. */
  refused: 0xe8a013,
  /** Something is lost, or about to be. */
  danger: 0xe03131,
  /** Fourstroke itself: rooms and what is said about it. */
  house: 0xe0523f,
} as const

/** The colour that there is most of in an image, as 0xRRGGBB. */
export async function accentOf(image: Uint8Array): Promise<number> {
  const small = await sharp(image).removeAlpha().resize(48, 48, { fit: 'fill' }).toBuffer()
  const { r, g, b } = (await sharp(small).stats()).dominant
  return (r << 16) | (g << 8) | b
}
