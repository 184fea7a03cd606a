import { UserError } from '../../protocol/errors.ts'
import { asPictureId } from '../../studio/studio.ts'
import { runImagine } from '../commands/imagine.ts'
import type { ChooseReplyContext, Menu } from '../interactions/button.ts'
import { findPayload } from '../interactions/interactionPayload.ts'
import { paint } from '../interactions/paint.ts'
import { checkAttach } from '../interactions/respond.ts'

/** The menu beneath nine first steps: those that were chosen go on, for everybody to see. */
export const pickSeeds: Menu = {
  response: 'reply',
  check: ({ interaction }) => checkAttach(interaction),
  async choose(context) {
    const seeds = context.interaction.values.map(Number)
    if (isInteraction(context.of)) await paintOf(context, seeds)
    else {
      const change = { seeds, seed: undefined, count: undefined, variation: undefined }
      await paint(context, (by, chat) => context.bot.studio.pictures.again(by, asPictureId(context.of), change, chat))
    }
  },
}

/** What a command asked for, with these seeds. */
async function paintOf(context: ChooseReplyContext, seeds: readonly number[]): Promise<void> {
  const options = await findPayload(context.of, context.bot.studio)
  if (!options) throw new UserError('chat/button')
  await runImagine(context, options, { seeds })
}

/** Ids of Discord are numbers; ours are longer, and have letters. */
const isInteraction = (of: string) => /^\d{15,20}$/.test(of)
