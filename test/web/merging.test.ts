/** Two people who change different settings of one frame at the same moment. */
import type { WebSocketRoute } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(25_000)
const until = (check: () => Promise<unknown>) => vi.waitFor(check, patienceMs)

/** What a page says to the server waits while it is held; what the server says comes through. */
async function holdLine({ page }: Person) {
  const waiting: (() => void)[] = []
  let isHeld = false
  await page.routeWebSocket(/socket\.io/, (line: WebSocketRoute) => {
    const server = line.connectToServer()
    line.onMessage(message => {
      if (isHeld) waiting.push(() => server.send(message))
      else server.send(message)
    })
  })
  return {
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      for (const send of waiting.splice(0)) send()
    },
    /** What has been held of what changes the scene. */
    get count() {
      return waiting.length
    },
  }
}

describe.runIf(canBrowse())('two people at one frame', { timeout: patient(90_000) }, () => {
  const web = shareSite({ engine: { guidanceEmbedding: false } })

  test('A13: both settings stand that two people change at once', async () => {
    const mira = await web.visitors.openRoom('Mira')
    const jo = await web.visitors.arrive('Jo')
    const lines = [await holdLine(mira), await holdLine(jo)]
    await mira.page.reload()
    await jo.page.goto(mira.page.url())
    const avoid = (person: Person) => person.page.getByLabel('Keep away from')
    const finer = (person: Person) => person.page.getByRole('switch', { name: 'Finer when the pen rests' })
    for (const { page, draw } of [mira, jo]) {
      await page.locator('.toolbar').waitFor()
      await page.keyboard.press('v')
      await draw([0.1, 0.1])
      await page.getByRole('button', { name: 'Strength, seed and more' }).click()
    }
    await avoid(mira).waitFor()
    await finer(jo).waitFor({ state: 'attached' })

    for (const line of lines) line.hold()
    await avoid(mira).fill('fog')
    await avoid(mira).blur()
    await jo.page.locator('label.switch', { hasText: 'Finer when the pen rests' }).click()
    await until(async () => expect(lines.every(line => line.count > 0)).toBe(true))
    for (const line of lines) line.release()

    for (const person of [mira, jo]) {
      await until(async () => expect(await avoid(person).inputValue()).toBe('fog'))
      await until(async () => expect(await finer(person).isChecked()).toBe(true))
    }
    // Undo takes back one's own alone.
    await mira.page.keyboard.press('Escape')
    await mira.page.getByRole('button', { name: 'Undo' }).filter({ visible: true }).first().click()
    for (const person of [mira, jo]) {
      await until(async () => expect(await avoid(person).inputValue()).toBe(''))
      expect(await finer(person).isChecked()).toBe(true)
    }
  })
})
