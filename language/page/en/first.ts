/** What a room and the start page show at once, in English (ICU MessageFormat, as far as language/messageFormat.ts reads it). */
export const first = {
  'later.failed': 'This part of the page could not be loaded: check the connection, then reload the page.',
  'language.label': 'Language',

  // Together
  'together.follow': 'Follow',
  'together.followName': 'Follow {name}',
  'laser.label': 'Point at something',
} as const
