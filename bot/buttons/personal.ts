import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { asStyleId } from '../../studio/studio.ts'
import type { Button, Menu } from '../interactions/button.ts'
import { personalPage, picturesPage } from '../interactions/personalPages.ts'
import { respond, respondText } from '../interactions/respond.ts'
import { readSize } from '../interactions/sizes.ts'
import { accents } from '../messages/accents.ts'
import {
  eraseConfirmation,
  exportFileMessage,
  exportMessage,
  none,
  personalPages,
  readOffset,
} from '../messages/personalReplies.ts'
import { textMessage } from '../messages/replies.ts'

/** What the menus and buttons of `/me` do: always for whoever presses, whatever the id says. */

export const personalMenu: Menu = {
  response: 'update',
  async choose(context) {
    const { interaction, of, caller, bot } = context
    const { styles, ownData, engine } = bot.studio
    const chosen = interaction.values[0] ?? none
    const by = await caller.person()
    if (of === 'page') {
      const page = personalPages.find(one => one === chosen) ?? 'pictures'
      return respond(interaction, await personalPage[page](context))
    }
    if (of === 'style')
      await styles.setDefault(by, chosen === none ? null : asStyleId(chosen)) // the studio checks it
    else if (of === 'size') {
      if (chosen !== none) readSize(chosen, engine.model.sizes)
      await ownData.setDefaultSize(by, chosen === none ? null : chosen)
    } else throw new UserError('chat/button')
    await respond(interaction, await personalPage.defaults(context))
  },
}

/** Turns the pages of one's pictures. */
export const morePictures: Button = {
  response: 'update',
  async press(context) {
    const { list, offset } = readOffset(context.of)
    await respond(context.interaction, await picturesPage(context, list, offset))
  },
}

export const exportAll: Button = {
  response: 'ephemeral',
  async press({ interaction, caller, bot, t }) {
    const { ownData } = bot.studio
    const secret = await ownData.newExportLink(await caller.person())
    const url = bot.exportUrl(secret)
    if (url) return respond(interaction, exportMessage(t, url))
    const zip = await readWithin(await ownData.openExport(secret), limits.maxDiscordFileBytes)
    await respond(interaction, zip ? exportFileMessage(t, zip) : textMessage(t, t('me.exportLarge')))
  },
}

/** All bytes, or null where they are more than that. */
async function readWithin(chunks: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<Uint8Array | null> {
  const all: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return null
    all.push(chunk)
  }
  return Buffer.concat(all)
}

export const confirmErasure: Button = {
  response: 'update',
  press: ({ interaction, t }) => respond(interaction, eraseConfirmation(t)),
}

export const eraseAll: Button = {
  response: 'update',
  async press({ interaction, caller, bot, t }) {
    const { pictures, styles, rooms } = await bot.studio.ownData.erase(await caller.person())
    await respondText(interaction, t('me.erased', { pictures, styles, rooms }), accents.good)
  },
}
