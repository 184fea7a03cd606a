import type { FramePosts } from '../bot/posts/framePosts.ts'
import type { Config } from '../config.ts'
import type { Log } from '../logging.ts'
import type { Studio } from '../studio/studio.ts'

/**
 * What sends pictures of the page to Discord, where there is a token; its code is loaded when somebody first asks. Every
 * program with a page has its own: it speaks to Discord's REST routes alone, so another one may be the bot.
 */
export function openFramePosts(
  { discord, server: { publicUrl } }: Pick<Config, 'discord' | 'server'>,
  { studio, log }: { readonly studio: Studio; readonly log: Log },
): FramePosts | null {
  if (!discord) return null
  let opening: Promise<FramePosts> | null = null
  const open = async (): Promise<FramePosts> => {
    const { createFramePosts } = await import('../bot/posts/framePosts.ts')
    return createFramePosts({ studio, log, publicUrl, token: discord.token, api: discord.api })
  }
  const posts = () => {
    opening ??= open()
    opening.catch(() => {
      opening = null
    })
    return opening
  }
  return {
    places: async (...given) => (await posts()).places(...given),
    channels: async (...given) => (await posts()).channels(...given),
    send: async (...given) => (await posts()).send(...given),
    close: () => void opening?.then(opened => opened.close()),
  }
}
