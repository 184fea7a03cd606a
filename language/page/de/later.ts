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

  // Was die Besitzer eines Raums entscheiden
  'owners.title': 'Raum verwalten',
  'owners.name': 'Name des Raums',
  'owners.lock': 'Raum sperren',
  'owners.lockHint': 'Solange er gesperrt ist, zeichnen und malen nur Besitzer; alle anderen schauen zu.',
  'owners.links': 'Links',
  'owners.linksHint':
    'Neue Links zum Zeichnen und Zuschauen; die alten führen nirgendwohin. Wer hier ist, bleibt, und braucht den neuen Link nur, um in einem anderen Browser wiederzukommen.',
  'owners.renew': 'Links erneuern',
  'owners.renewAsk': 'Die Links, die du verschickt hast, gehen dann nicht mehr.',
  'owners.renewConfirm': 'Erneuern',
  'owners.renewed': 'Der Raum hat neue Links: Du findest sie unter „Teilen“.',
  'owners.deleteTitle': 'Löschen',
  'owners.delete': 'Diesen Raum löschen',
  'owners.deleteAsk': 'Alles, was darin gezeichnet ist, ist verloren, für alle.',
  'owners.deleteConfirm': 'Für immer löschen',
  'owners.owner': 'besitzt',
  'owners.editor': 'zeichnet',
  'owners.viewer': 'schaut zu',
  'owners.people': 'Leute dieses Raums',
  'owners.remove': '{name} entfernen',
  'owners.removeAsk':
    '{name} muss jetzt gehen, und kein Link lässt zurück. Ein Gast kann unter anderem Namen wiederkommen, solange er einen Link hat: Erneuere unten die Links, damit das nicht geht.',
  'owners.removeConfirm': 'Entfernen',
  'owners.removed': 'Entfernt',
  'owners.letIn': 'Zum Zuschauen hereinlassen',
  'owners.you': 'du',
  'owners.here': 'gerade hier',
  'owners.notHere': 'nicht hier',
  'owners.role': 'Was {name} darf',
  'confirm.cancel': 'Abbrechen',
}
