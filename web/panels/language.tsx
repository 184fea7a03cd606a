import type { ReactElement } from 'react'
import { languageNames } from '../../language/languages.ts'
import { type PageLanguage, pageLanguages } from '../../language/page/languages.ts'
import { useStore } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { chooseLanguage, language } from '../text/language.ts'
import { t } from '../text/t.ts'
import './language.css'

/** The languages of the page, each by its own name. */
export function LanguageChoice(): ReactElement {
  const inUse = useStore(language)
  return (
    <select
      className="field language-choice"
      aria-label={t('language.label')}
      value={inUse}
      onChange={event => {
        // The options are these.
        chooseLanguage(event.target.value as PageLanguage).catch(() => notify(t('later.failed'), 'bad'))
      }}
    >
      {pageLanguages.map(one => (
        <option key={one} value={one} lang={one}>
          {languageNames[one]}
        </option>
      ))}
    </select>
  )
}
