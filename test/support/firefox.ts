import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, launch, type Page } from 'puppeteer-core'
import { isHere } from './need.ts'
import { patient } from './patience.ts'

const names = ['firefox-esr', 'firefox']

/** A Firefox that is installed here, or undefined. */
const firefoxPath: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap(folder => names.map(name => join(folder, name)))
  .find(path => existsSync(path))

const hint =
  'tests in a second browser need Firefox. Install it, for example `apt-get install firefox-esr` on Debian or `brew install --cask firefox`.'

/** Whether tests run in Firefox here. It cannot play a pen: those tests are Chromium's. */
export function canBrowseFirefox(): boolean {
  return isHere(firefoxPath !== undefined, hint)
}

/** A Firefox with a profile of its own, over WebDriver BiDi; `localName` leads to this machine and is not localhost. */
export function openFirefox({ localName }: { localName: string }): Promise<Browser> {
  if (firefoxPath === undefined) throw new Error(hint)
  return launch({
    browser: 'firefox',
    executablePath: firefoxPath,
    headless: true,
    extraPrefsFirefox: {
      'network.dns.localDomains': localName,
      'dom.w3c_touch_events.enabled': 1,
      'app.update.enabled': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      'toolkit.telemetry.enabled': false,
      'browser.aboutConfig.showWarning': false,
    },
  })
}

/** A page of a desktop's size, which waits as long as this machine needs now. */
export async function openFirefoxPage(browser: Browser | BrowserContext): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(patient(30_000))
  await page.setViewport({ width: 1280, height: 820 })
  return page
}
