import { inflate } from '../../browser/inflate.ts'

/** Texts inside a PNG file by keyword: W3C PNG (third edition), 11.3.3. */
export type Texts = Readonly<Record<string, string>>

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const utf8 = new TextDecoder('utf-8')
const latin1 = new TextDecoder('latin1')

/** The texts of a PNG, as far as the file reaches; none for any other file. */
export async function textsOf(png: Uint8Array): Promise<Texts> {
  const texts: Record<string, string> = {}
  if (signature.some((byte, index) => png[index] !== byte)) return texts
  for (const { type, data } of chunksOf(png)) {
    const read = readers[type]
    const text = read ? await read(data).catch(() => null) : null
    if (text) texts[text[0]] = text[1]
  }
  return texts
}

type Text = readonly [keyword: string, text: string]
/** A keyword ends with a zero; so do, in an iTXt, the language and the translated keyword. */
const readers: Readonly<Record<string, (data: Uint8Array<ArrayBuffer>) => Promise<Text>>> = {
  async tEXt(data) {
    const end = data.indexOf(0)
    return [latin1.decode(data.subarray(0, end)), latin1.decode(data.subarray(end + 1))]
  },
  async zTXt(data) {
    const end = data.indexOf(0)
    return [latin1.decode(data.subarray(0, end)), latin1.decode(await inflate(data.slice(end + 2)))]
  },
  async iTXt(data) {
    const end = data.indexOf(0)
    const isPacked = data[end + 1] === 1
    const languageEnd = data.indexOf(0, end + 3)
    const text = data.slice(data.indexOf(0, languageEnd + 1) + 1)
    return [latin1.decode(data.subarray(0, end)), utf8.decode(isPacked ? await inflate(text) : text)]
  },
}

function* chunksOf(png: Uint8Array): Generator<{ readonly type: string; readonly data: Uint8Array<ArrayBuffer> }> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  for (let at = signature.length; at + 12 <= png.length; ) {
    const length = view.getUint32(at)
    if (at + 12 + length > png.length) return
    yield { type: latin1.decode(png.subarray(at + 4, at + 8)), data: png.slice(at + 8, at + 8 + length) }
    at += 12 + length
  }
}
