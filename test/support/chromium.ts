import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/** A Chromium that is installed here, or undefined. */
export const chromiumPath: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap(folder => names.map(name => join(folder, name)))
  .find(path => existsSync(path))

const cure =
  'Chromium was not found: browser tests are skipped. Install it, for example `apt-get install chromium` on Debian or `brew install --cask chromium`.'

/**
 * Whether browser tests run here. Without Chromium it says how to get it; where `FOURSTROKE_REQUIRE_ALL=1` nothing may be
 * left out, and it is an error.
 */
export function canBrowse(): boolean {
  if (chromiumPath !== undefined) return true
  if (process.env['FOURSTROKE_REQUIRE_ALL'] === '1') throw new Error(cure)
  console.warn(cure)
  return false
}

/** A browser with a profile of its own, which speaks to nobody but the pages it opens. */
export function openChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(cure)
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
