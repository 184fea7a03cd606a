import { type Language, languages } from '../../language/languages.ts'
import { createStore, type Readable } from '../store/store.ts'
import { type Speech, speak } from './t.ts'
import { tables } from './tables.ts'

/** As web/beforePaint.js has chosen it: what the person chose here before, else what their browser is set to. */
const inUse = createStore<Language>(languages.find(one => one === globalThis.document?.documentElement?.lang) ?? 'en')
export const language: Readable<Language> = inUse

/** Whether all texts of the language in use are here, or only what is shown first. */
let isWhole = false

/** Resolves once the page can say what it shows first. */
export async function openLanguage(): Promise<void> {
  const { first, errors } = tables[inUse.get()]
  const [texts, itsErrors] = await Promise.all([first(), errors()])
  if (!isWhole) speak({ language: inUse.get(), texts, errors: itsErrors })
}

/** Loads code whose texts come with it, rather than with the page: both are there once this resolves. */
export async function withTexts<T>(load: () => Promise<T>): Promise<T> {
  const [code, whole] = await Promise.all([load(), isWhole ? null : loadWhole(inUse.get())])
  // Another one may have been chosen meanwhile.
  if (whole?.language === inUse.get()) speakWhole(whole)
  return code
}

/** From now on the page speaks this language, and is remembered to; rejects where its texts cannot be loaded. */
export async function chooseLanguage(next: Language): Promise<void> {
  speakWhole(await loadWhole(next))
  document.documentElement.lang = next
  remember(next)
  inUse.set(next)
}

async function loadWhole(language: Language): Promise<Speech> {
  const { first, later, errors } = tables[language]
  const [texts, rest, itsErrors] = await Promise.all([first(), later(), errors()])
  return { language, texts: { ...texts, ...rest }, errors: itsErrors }
}

function speakWhole(speech: Speech): void {
  isWhole = true
  speak(speech)
}

/** As a bare word, because web/beforePaint.js reads it before anything else runs. */
function remember(chosen: Language): void {
  try {
    localStorage.setItem('fourstroke.language', chosen)
  } catch (error) {
    console.info('Could not remember the language.', error)
  }
}
