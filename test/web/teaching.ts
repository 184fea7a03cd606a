import sharp from 'sharp'
import type { Person } from './person.ts'

export interface DroppedFile {
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
}

/** From the button to the page of the style, while it is learned. */
export async function teachStyle(person: Person, name: string, pictures: readonly DroppedFile[]): Promise<void> {
  await person.page.getByRole('button', { name: /^Styles/ }).click()
  await person.page.getByRole('button', { name: 'Teach a style' }).click()
  await drop(person, pictures)
  await person.page
    .locator('.tray-pictures img')
    .nth(pictures.length - 1)
    .waitFor()
  await person.page.getByLabel('Name of the style').fill(name)
  await person.page.getByRole('button', { name: 'Learn this style' }).click()
  await person.page.getByRole('textbox', { name: 'Name of the style' }).waitFor()
}

/** Lets files go over the middle of the page, as a person does who drags them there. */
export async function drop(person: Person, files: readonly DroppedFile[]): Promise<void> {
  const packed = files.map(({ name, type, bytes }) => ({ name, type, data: bytes.toString('base64') }))
  await person.page.evaluate(given => {
    const dataTransfer = new DataTransfer()
    for (const { name, type, data } of given) {
      const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0))
      dataTransfer.items.add(new File([bytes], name, { type }))
    }
    const target = document.elementFromPoint(innerWidth / 2, innerHeight / 2)!
    for (const type of ['dragenter', 'dragover', 'drop']) {
      target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
    }
  }, packed)
}

let drawn = 0
/** A disc on a sheet of one colour, as a file called “picture 1.png” and so on. */
export async function drawPicture(color: string): Promise<DroppedFile> {
  const name = `picture ${++drawn}.png`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><rect width="96" height="96" fill="${color}"/><circle cx="48" cy="48" r="30" fill="#ffffff"/></svg>`
  return { name, type: 'image/png', bytes: await sharp(Buffer.from(svg)).png().toBuffer() }
}
