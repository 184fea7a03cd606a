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
} as const
