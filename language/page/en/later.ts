/** What panels, sheets and tools say whose code is loaded when they are used, in English. */
export const later = {
  // How to paint here
  'help.title': 'How to paint here',
  'help.frames':
    'A <b>frame</b> is a sheet with a prompt. Whatever is drawn on it is repainted, live, for everybody. Strength says how far the painting may go from your ink.',
  'help.moving': 'Two fingers, the wheel or <kbd>Space</kbd> move the desk. With a pen in hand, fingers never draw.',
  'help.theme': 'Theme',
} as const
