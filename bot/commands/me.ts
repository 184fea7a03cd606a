import { anywhere } from '../interactions/anywhere.ts'
import type { Command } from '../interactions/command.ts'
import { personalPage } from '../interactions/personalPages.ts'
import { respond } from '../interactions/respond.ts'

/** What is a person's own: pictures, styles, defaults, and everything that is stored of them. */
export const me = {
  data: {
    name: 'me',
    ...anywhere,
  },
  isPrivate: () => true,
  run: async context => respond(context.interaction, await personalPage.pictures(context)),
} satisfies Command
