import type { CDPSession } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(25_000)
const until = (check: () => Promise<unknown>) => vi.waitFor(check, patienceMs)

/** An input method that puts a word together from keys, as those for Japanese do. */
describe.runIf(canBrowse())('an input method', { timeout: patient(90_000) }, () => {
  const web = shareSite()

  async function openInput({ context, page }: Person) {
    const input: CDPSession = await context.newCDPSession(page)
    /** What its Enter says to the page while a candidate is chosen. */
    const enter = { key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 }
    return {
      compose: (text: string) =>
        input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length }),
      async take(text: string) {
        await input.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter })
        await input.send('Input.insertText', { text })
        await input.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
      },
    }
  }

  test('puts whole words into the prompt: half of one goes to nobody, and the Enter that takes it leaves nothing', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await web.visitors.arrive('Jo', mira.page.url())
    await jo.page.locator('.caption-title').click()
    const prompt = ({ page }: Person) => page.getByLabel('What this frame shall become')
    await prompt(mira).fill('')
    await until(async () => expect(await prompt(jo).inputValue()).toBe(''))
    const seen: string[] = []
    await jo.page.exposeFunction('see', (text: string) => seen.push(text))
    await jo.page.evaluate(() => {
      const field = document.querySelector<HTMLTextAreaElement>('#prompt')!
      const tell = (globalThis as unknown as { see(text: string): void }).see
      const look = () => {
        tell(field.value)
        requestAnimationFrame(look)
      }
      look()
    })

    const input = await openInput(mira)
    await input.compose('み')
    await input.compose('みず')
    await input.compose('みずうみ')
    // Longer than the pause after which typing is sent.
    await mira.page.waitForTimeout(1_500)
    const typing = jo.page.getByText('Mira is typing').waitFor()
    await input.take('湖')
    expect(await prompt(mira).evaluate(field => field === document.activeElement)).toBe(true)
    await until(async () => expect(await prompt(jo).inputValue()).toBe('湖'))
    await typing
    await until(async () => expect(seen).toContain('湖'))
    expect(new Set(seen)).toEqual(new Set(['', '湖']))
  })

  test('puts whole words into the room’s name, and a plain Enter is what finishes it', async () => {
    const mira = await web.visitors.openRoom('Mira')
    const name = mira.page.getByLabel('Name of the room')
    await name.fill('')
    await name.focus()
    const input = await openInput(mira)
    await input.compose('うみ')
    await input.take('海')
    expect(await name.evaluate(field => field === document.activeElement)).toBe(true)
    await mira.page.keyboard.press('Enter')
    await until(async () => expect(await mira.page.title()).toBe('海 · Fourstroke'))
  })
})
