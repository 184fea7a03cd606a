import { DiscordSDK } from '@discord/embedded-app-sdk'
import type { ActivityEntered, ActivityKnown } from '../../protocol/http.ts'
import { openOutsideBy } from '../browser/outside.ts'
import { request } from './http.ts'

/**
 * Inside Discord: asks Discord's client who sits there, signs them in, and resolves with the secret of the room of this
 * instance. Nobody is asked to sign in: Discord's client answers for them, once they have said yes to the application.
 */
export async function enterActivity(): Promise<string> {
  const { clientId } = await request<ActivityKnown>('GET', '/auth/activity')
  // The constructor reads the address, so it may only change afterwards.
  const discord = new DiscordSDK(clientId, { disableConsoleLogOverride: true })
  await discord.ready()
  const { code } = await discord.commands.authorize({
    ...{ client_id: clientId, response_type: 'code', state: '', prompt: 'none', scope: ['identify'] },
  })
  const instance = discord.instanceId
  const { secret, accessToken } = await request<ActivityEntered>('POST', '/auth/activity', { code, instance })
  await discord.commands.authenticate({ access_token: accessToken })
  // Its frame opens no windows (developers/activities/development-guides/user-actions).
  openOutsideBy(url => void discord.commands.openExternalLink({ url }))
  return secret
}
