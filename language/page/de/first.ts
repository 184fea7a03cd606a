import type { FirstTexts } from '../texts.ts'

export const first: FirstTexts = {
  'later.failed': 'Dieser Teil der Seite konnte nicht geladen werden: Prüfe die Verbindung und lade die Seite neu.',
  'language.label': 'Sprache',

  // Gemeinsam
  'together.follow': 'Folgen',
  'together.followName': '{name} folgen',
  'laser.label': 'Auf etwas zeigen',
}
