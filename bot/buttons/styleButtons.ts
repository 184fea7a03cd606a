import { asStyleId } from '../../studio/studio.ts'
import type { Button } from '../interactions/button.ts'
import { checkAttach, respondText } from '../interactions/respond.ts'
import { startLearning } from '../interactions/startLearning.ts'
import { accents } from '../messages/accents.ts'
import type { ButtonAction } from '../messages/buttonId.ts'
import { escapeMarkdown } from '../text/markdown.ts'

/** The buttons beneath messages about styles. Whose a style is, the studio checks. */
export const styleButtons = {
  use: {
    response: 'ephemeral',
    async press({ interaction, of, caller, bot, t }) {
      const by = await caller.person()
      await bot.studio.styles.setDefault(by, asStyleId(of))
      const { name } = await bot.studio.styles.show(by, asStyleId(of))
      await respondText(interaction, t('style.using', { name: `**${escapeMarkdown(name, 80)}**` }), accents.good)
    },
  },
  learn: {
    response: 'reply',
    check: ({ interaction }) => checkAttach(interaction),
    press: async context => startLearning(context, asStyleId(context.of), await context.caller.person()),
  },
  stoplearn: {
    response: 'update',
    press: async ({ of, caller, bot }) => bot.studio.styles.cancel(await caller.person(), asStyleId(of)),
  },
  forget: {
    response: 'update',
    async press({ interaction, of, caller, bot, t }) {
      await bot.studio.styles.remove(await caller.person(), asStyleId(of))
      await respondText(interaction, t('style.removed'), accents.good)
    },
  },
  keep: { response: 'update', press: ({ interaction, t }) => respondText(interaction, t('style.kept')) },
} as const satisfies Partial<Record<ButtonAction, Button>>
