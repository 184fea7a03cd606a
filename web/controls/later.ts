import { type ComponentType, lazy } from 'react'
import { notify } from '../store/toasts.ts'
import { withTexts } from '../text/language.ts'
import { t } from '../text/t.ts'

/**
 * A part of the page whose code is loaded when it is first shown, with its texts, to stand within `Suspense`. Where it
 * cannot be loaded (offline, or the server is of another version by now) nothing is in its place, and the page says so.
 */
export const later = <Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> =>
  lazy(async () => {
    try {
      return { default: await withTexts(load) }
    } catch (error) {
      console.info('A part of the page could not be loaded.', error)
      notify(t('later.failed'), 'bad')
      return { default: () => null }
    }
  }) as ComponentType<Props>
