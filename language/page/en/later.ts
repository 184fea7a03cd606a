/** What panels, sheets and tools say whose code is loaded when they are used, in English. */
export const later = {
  // How to paint here
  'help.title': 'How to paint here',
  'help.frames':
    'A <b>frame</b> is a sheet with a prompt. Whatever is drawn on it is repainted, live, for everybody. Strength says how far the painting may go from your ink.',
  'help.moving': 'Two fingers, the wheel or <kbd>Space</kbd> move the desk. With a pen in hand, fingers never draw.',
  'help.theme': 'Theme',

  // The rooms of somebody
  'rooms.title': 'Your rooms',
  'rooms.locked': 'Locked',
  'rooms.watch': 'You watch here',
  'rooms.more': 'More about {name}',
  'rooms.delete': 'Delete',
  'rooms.leave': 'Leave',
  'rooms.deleteAsk': '“{name}” is lost for everybody, with all that is drawn in it.',
  'rooms.leaveAsk': 'You leave “{name}” and find it here no more. A link leads back.',

  // Together
  'together.following': 'You follow {name}',
  'together.follower': '{name} follows you',
  'together.followers': '{name} and {count, number} more follow you',
  'together.stop': 'Stop',
  'together.drew': '{name} drew this',
  'together.somebody': 'Somebody who left',

  // What the owners of a room decide
  'owners.title': 'Manage this room',
  'owners.name': 'Name of the room',
  'owners.lock': 'Lock the room',
  'owners.lockHint': 'While it is locked, only owners draw and paint; everybody else watches.',
  'owners.links': 'Links',
  'owners.linksHint':
    'New links to draw and to watch; the old ones lead nowhere. Whoever is here stays, and needs the new link only to come back in another browser.',
  'owners.renew': 'Renew the links',
  'owners.renewAsk': 'The links that you have sent will not work any more.',
  'owners.renewConfirm': 'Renew',
  'owners.renewed': 'The room has new links: you find them under Share.',
  'owners.deleteTitle': 'Delete',
  'owners.delete': 'Delete this room',
  'owners.deleteAsk': 'Everything that is drawn in it is lost, for everybody.',
  'owners.deleteConfirm': 'Delete for ever',
  'owners.owner': 'owner',
  'owners.editor': 'draws',
  'owners.viewer': 'watches',
  'owners.people': 'People of this room',
  'owners.remove': 'Remove {name}',
  'owners.removeAsk':
    '{name} leaves now, and no link lets them in. A guest can come back under another name as long as they have a link: renew the links below to shut them out.',
  'owners.removeConfirm': 'Remove',
  'owners.removed': 'Removed',
  'owners.letIn': 'Let in to watch',
  'owners.you': 'you',
  'owners.here': 'here now',
  'owners.notHere': 'not here',
  'owners.role': 'What {name} may do',
  'confirm.cancel': 'Cancel',
} as const
