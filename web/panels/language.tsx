import type { ReactElement } from 'react'
import { type Language, languageNames, languages } from '../../language/languages.ts'
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
        chooseLanguage(event.target.value as Language).catch(() => notify(t('later.failed'), 'bad'))
      }}
    >
      {languages.map(one => (
        <option key={one} value={one} lang={one}>
          {languageNames[one]}
        </option>
      ))}
    </select>
  )
}
