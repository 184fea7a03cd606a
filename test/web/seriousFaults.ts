import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds that keeps people out: of impact serious or critical, by rule and place. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`))
}

/** Looks at a page in one state after the other, and remembers what was wrong in which. */
export function createLooks(): {
  readonly faults: Readonly<Record<string, readonly string[]>>
  look(page: Page, state: string): Promise<void>
} {
  const faults: Record<string, readonly string[]> = {}
  return {
    faults,
    async look(page, state) {
      const found = await seriousFaults(page)
      if (found.length > 0) faults[state] = found
    },
  }
}
