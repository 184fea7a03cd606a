import type { LaterTexts } from '../texts.ts'

export const later: LaterTexts = {
  // So wird hier gemalt
  'help.title': 'So wird hier gemalt',
  'help.frames':
    'Ein <b>Rahmen</b> ist ein Blatt mit einem Prompt. Was darauf gezeichnet wird, wird übermalt, live, für alle. Die Stärke sagt, wie weit sich das Gemälde von deinen Strichen entfernen darf.',
  'help.moving':
    'Zwei Finger, das Mausrad oder die <kbd>Leertaste</kbd> bewegen die Fläche. Wer einen Stift in der Hand hat, zeichnet mit den Fingern nicht.',
  'help.theme': 'Aussehen',
}
