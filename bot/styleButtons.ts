import type { StyleId } from '../studio/studio.ts'
import type { Button } from './button.ts'
import type { Action } from './buttonId.ts'
import { quote } from './markdown.ts'
import { checkAttach, say } from './respond.ts'
import { teach } from './startLearning.ts'
import { words } from './strings.ts'

/** The buttons beneath messages about styles. Whose a style is, the studio checks. */
export const styleButtons = {
  use: {
    answer: 'whisper',
    async press({ interaction, of, caller, bot }) {
      const by = await caller.person()
      await bot.studio.styles.setDefault(by, of as StyleId)
      const { name } = await bot.studio.styles.show(by, of as StyleId)
      await say(interaction, words.style.using(`**${quote(name, 80)}**`))
    },
  },
  learn: {
    answer: 'message',
    async press({ interaction, of, caller, target, bot }) {
      if (await checkAttach(interaction)) await teach(await caller.person(), of as StyleId, caller, target, bot)
    },
  },
  stoplearn: {
    answer: 'quiet',
    press: async ({ of, caller, bot }) => bot.studio.styles.cancel(await caller.person(), of as StyleId),
  },
  forget: {
    answer: 'quiet',
    async press({ interaction, of, caller, bot }) {
      await bot.studio.styles.remove(await caller.person(), of as StyleId)
      await say(interaction, words.style.removed)
    },
  },
  keep: { answer: 'quiet', press: ({ interaction }) => say(interaction, words.style.kept) },
} as const satisfies Partial<Record<Action, Button>>
