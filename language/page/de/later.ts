import type { LaterTexts } from '../texts.ts'

export const later: LaterTexts = {
  // So wird hier gemalt
  'help.title': 'So wird hier gemalt',
  'help.frames':
    'Ein <b>Rahmen</b> ist ein Blatt mit einem Prompt. Was darauf gezeichnet wird, wird übermalt, live, für alle. Die Stärke sagt, wie weit sich das Gemälde von deinen Strichen entfernen darf.',
  'help.moving':
    'Zwei Finger, das Mausrad oder die <kbd>Leertaste</kbd> bewegen die Fläche. Wer einen Stift in der Hand hat, zeichnet mit den Fingern nicht.',
  'help.theme': 'Aussehen',

  // Die Räume einer Person
  'rooms.title': 'Deine Räume',
  'rooms.locked': 'Gesperrt',
  'rooms.watch': 'Hier schaust du zu',
  'rooms.more': 'Mehr zu {name}',
  'rooms.delete': 'Löschen',
  'rooms.leave': 'Verlassen',
  'rooms.deleteAsk': '„{name}“ ist für alle verloren, mit allem, was darin gezeichnet ist.',
  'rooms.leaveAsk': 'Du verlässt „{name}“ und findest ihn hier nicht mehr. Ein Link führt zurück.',

  // Gemeinsam
  'together.following': 'Du folgst {name}',
  'together.follower': '{name} folgt dir',
  'together.followers': '{name} und {count, number} weitere folgen dir',
  'together.stop': 'Beenden',
  'together.drew': 'Von {name} gezeichnet',
  'together.somebody': 'jemandem, der gegangen ist',
}
