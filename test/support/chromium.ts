import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { isHere } from './need.ts'
import { patient } from './patience.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/** A Chromium that is installed here, or undefined. */
export const chromiumPath: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap(folder => names.map(name => join(folder, name)))
  .find(path => existsSync(path))

const hint =
  'browser tests need Chromium. Install it, for example `apt-get install chromium` on Debian or `brew install --cask chromium`.'

/** Whether browser tests run here. */
export function canBrowse(): boolean {
  return isHere(chromiumPath !== undefined, hint)
}

/**
 * A browser with a profile of its own, which speaks to nobody but the pages it opens. `localName` is a name that leads to
 * this machine and is not localhost: pages under it are no secure context, as in a local network. `rules` lead other names
 * elsewhere (`--host-resolver-rules`), and `trustsAll` takes whatever certificate is there.
 */
export async function openChromium({
  localName,
  rules = [],
  trustsAll = false,
}: {
  localName?: string
  rules?: readonly string[]
  trustsAll?: boolean
} = {}): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(hint)
  const resolved = [...(localName === undefined ? [] : [`MAP ${localName} 127.0.0.1`]), ...rules]
  const browser = await chromium.launch({
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
      ...(resolved.length ? [`--host-resolver-rules=${resolved.join(', ')}`] : []),
      ...(trustsAll ? ['--ignore-certificate-errors'] : []),
    ],
  })
  // Playwright waits for 30 s, however busy the machine is.
  browser.on('context', context => context.setDefaultTimeout(patient(30_000)))
  return browser
}
