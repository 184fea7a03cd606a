import { speak } from '../../web/text/t.ts'
import { pageTexts } from './pageTexts.ts'

/** Before each file of tests: what the page's own modules say is said in English, as in most browsers of the tests. */
speak({ language: 'en', texts: pageTexts.en, errors: undefined })
