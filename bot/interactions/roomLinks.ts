import { UserError } from '../../protocol/errors.ts'
import type { PictureLinks } from '../delivery/pictureUpdater.ts'
import type { Bot } from './bot.ts'

/** Links to the canvas at this address; null, or one that means this machine wherever it is opened: no links at all. */
export function createRoomLinks(
  publicUrl: string | null,
): Pick<Bot, 'hasCanvas' | 'roomUrl' | 'pictureUrl' | 'exportUrl'> {
  const hasCanvas = publicUrl !== null && !isLoopback(new URL(publicUrl).hostname)
  return {
    hasCanvas,
    roomUrl(secret) {
      checkCanvas({ hasCanvas })
      return `${publicUrl}/r/${secret}`
    },
    pictureUrl: secret => (hasCanvas ? `${publicUrl}/pictures/${secret}.png` : null),
    exportUrl: secret => (hasCanvas ? `${publicUrl}/exports/${secret}.zip` : null),
  }
}

/** How pictures lead out of chat. */
export function pictureLinks({ hasCanvas, pictureUrl }: Pick<Bot, 'hasCanvas' | 'pictureUrl'>): PictureLinks {
  return { canOpen: hasCanvas, pictureUrl }
}

/** Refuses where nobody else could open a link to the canvas. */
export function checkCanvas({ hasCanvas }: Pick<Bot, 'hasCanvas'>): void {
  if (!hasCanvas) throw new UserError('chat/no-address')
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127\..*|0\.0\.0\.0|\[::1?\])$/.test(hostname)
}
