import type { Language } from './languages.ts'

/**
 * Names that the server gives. They are proper names: everybody reads the same one, whatever language their page speaks, so
 * they are in the language of whoever gets them.
 */
interface Names {
  /** All of one gender, so that every word fits every animal. */
  readonly tempers: readonly string[]
  readonly animals: readonly string[]
  readonly join: (temper: string, animal: string) => string
  readonly newRoom: string
}

const names: Readonly<Record<Language, Names>> = {
  en: {
    tempers: ['Quiet', 'Bold', 'Merry', 'Gentle', 'Curious', 'Swift', 'Sunny', 'Patient', 'Bright', 'Calm', 'Lucky'],
    animals: ['Heron', 'Otter', 'Fox', 'Wren', 'Lynx', 'Hare', 'Owl', 'Seal', 'Finch', 'Badger', 'Newt', 'Crane'],
    join: (temper, animal) => `${temper} ${animal}`,
    newRoom: 'New room',
  },
  de: {
    tempers: ['Stiller', 'Kühner', 'Froher', 'Sanfter', 'Neugieriger', 'Flinker', 'Sonniger', 'Heller', 'Ruhiger'],
    animals: [
      'Reiher',
      'Otter',
      'Fuchs',
      'Luchs',
      'Hase',
      'Fink',
      'Dachs',
      'Molch',
      'Kranich',
      'Uhu',
      'Igel',
      'Specht',
    ],
    join: (temper, animal) => `${temper} ${animal}`,
    newRoom: 'Neuer Raum',
  },
  fr: {
    tempers: ['tranquille', 'hardi', 'joyeux', 'doux', 'curieux', 'agile', 'radieux', 'patient', 'calme', 'chanceux'],
    animals: [
      'Héron',
      'Renard',
      'Lynx',
      'Lièvre',
      'Hibou',
      'Phoque',
      'Pinson',
      'Blaireau',
      'Triton',
      'Castor',
      'Merle',
    ],
    join: (temper, animal) => `${animal} ${temper}`,
    newRoom: 'Nouvelle salle',
  },
  es: {
    tempers: ['tranquilo', 'audaz', 'alegre', 'amable', 'curioso', 'veloz', 'risueño', 'paciente', 'sereno', 'dichoso'],
    animals: ['Zorro', 'Lince', 'Búho', 'Pinzón', 'Tejón', 'Tritón', 'Ciervo', 'Mirlo', 'Castor', 'Erizo', 'Halcón'],
    join: (temper, animal) => `${animal} ${temper}`,
    newRoom: 'Sala nueva',
  },
  ja: {
    tempers: ['静かな', '大胆な', '陽気な', 'やさしい', '好奇心旺盛な', 'すばやい', '明るい', 'のんびり', '穏やかな'],
    animals: [
      'サギ',
      'カワウソ',
      'キツネ',
      'ヤマネコ',
      'ウサギ',
      'フクロウ',
      'アザラシ',
      'アナグマ',
      'イモリ',
      'ツル',
      'リス',
    ],
    join: (temper, animal) => `${temper}${animal}`,
    newRoom: '新しいルーム',
  },
}

/** What a guest is called until they choose; `draw` returns a whole number from 0 to below what it is given. */
export function guestName(language: Language, draw: (below: number) => number): string {
  const { tempers, animals, join } = names[language]
  return join(tempers[draw(tempers.length)]!, animals[draw(animals.length)]!)
}

/** What a room is called that nobody has given a name. */
export const newRoomName = (language: Language): string => names[language].newRoom
