import type { Language } from './languages.ts'
import { createTranslator } from './translator.ts'

/** How far a model is loaded, as the engine reports it; null: it has not begun. */
type Progress =
  | { readonly type: 'part'; readonly part: number; readonly parts: number; readonly secondsLeft: number }
  | { readonly type: 'warmUp' }
  | { readonly type: 'resting' }
  /** No engine of another machine can be reached. */
  | { readonly type: 'searching' }
  | null

const en = {
  starting: 'Starting.',
  seconds: 'Loading the model, part {part} of {parts}, about {count, number} s.',
  minutes: 'Loading the model, part {part} of {parts}, about {count, number} min.',
  warmUp: 'Trying the model on this device.',
  resting: 'The model could not be loaded; it is tried again soon.',
  searching: 'No engine can be reached yet; it is tried again and again.',
} as const
type Texts = Readonly<Record<keyof typeof en, string>>

const texts: Readonly<Record<Language, Texts>> = {
  en,
  de: {
    starting: 'Es fängt an.',
    seconds: 'Das Modell wird geladen, Teil {part} von {parts}, noch etwa {count, number} s.',
    minutes: 'Das Modell wird geladen, Teil {part} von {parts}, noch etwa {count, number} min.',
    warmUp: 'Das Modell wird auf diesem Gerät ausprobiert.',
    resting: 'Das Modell konnte nicht geladen werden; bald wird es noch einmal versucht.',
    searching: 'Noch ist keine Engine zu erreichen; es wird immer wieder versucht.',
  },
  fr: {
    starting: 'Démarrage.',
    seconds: 'Chargement du modèle, partie {part} sur {parts}, encore {count, number} s environ.',
    minutes: 'Chargement du modèle, partie {part} sur {parts}, encore {count, number} min environ.',
    warmUp: 'Le modèle est essayé sur cet appareil.',
    resting: 'Le modèle n’a pas pu être chargé ; un nouvel essai vient bientôt.',
    searching: 'Aucun moteur n’est encore joignable ; de nouveaux essais suivent.',
  },
  es: {
    starting: 'Empieza.',
    seconds: 'Se carga el modelo, parte {part} de {parts}, quedan unos {count, number} s.',
    minutes: 'Se carga el modelo, parte {part} de {parts}, quedan unos {count, number} min.',
    warmUp: 'Se prueba el modelo en este dispositivo.',
    resting: 'No se pudo cargar el modelo; pronto se intenta otra vez.',
    searching: 'Todavía no se puede llegar a ningún motor; se intenta una y otra vez.',
  },
  ja: {
    starting: '起動しています。',
    seconds: 'モデルを読み込んでいます（{part}/{parts}）。あと約{count, number}秒です。',
    minutes: 'モデルを読み込んでいます（{part}/{parts}）。あと約{count, number}分です。',
    warmUp: 'この装置でモデルを試しています。',
    resting: 'モデルを読み込めませんでした。まもなくもう一度試します。',
    searching: 'まだどのエンジンにも接続できません。繰り返し試しています。',
  },
}

/** What the page says in this language while there is nobody yet who could answer it. */
export function loadingText(language: Language, progress: Progress): string {
  const t = createTranslator<typeof en>(language, texts[language])
  if (progress === null) return t('starting')
  if (progress.type !== 'part') return t(progress.type)
  const { part, parts, secondsLeft } = progress
  return secondsLeft < 90
    ? t('seconds', { part, parts, count: Math.max(1, Math.round(secondsLeft)) })
    : t('minutes', { part, parts, count: Math.round(secondsLeft / 60) })
}
