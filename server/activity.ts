import { UserError } from '../protocol/errors.ts'
import { type ActivityPlace, objectIn } from '../studio/studio.ts'

/** Rooms inside Discord: the application, and what its Activity needs besides signing in. */
export interface ActivitySettings {
  readonly clientId: string
  /** Of the bot: it asks Discord who is in an instance. */
  readonly token: string
  /** `DISCORD_API` */
  readonly api: string
}

/** How the server tells pages inside Discord from others, and who is in which instance. */
export interface DiscordActivity {
  readonly clientId: string
  /** Of our page behind Discord's proxy (developers/activities). */
  readonly origin: string
  /** Whose pages may frame ours. */
  readonly ancestors: readonly string[]
  /** Where an instance runs. @throws UserError unless Discord says that this account is in it */
  placeOf(instance: string, discordId: string): Promise<ActivityPlace>
}

/** What Discord calls an instance; nothing else goes into an address. */
const instanceId = /^[\w-]{1,128}$/
const patienceMs = 10_000

export function openDiscordActivity({ clientId, token, api }: ActivitySettings): DiscordActivity {
  const origin = `https://${clientId}.discordsays.com`
  return {
    ...{ clientId, origin },
    ancestors: ['https://discord.com', 'https://*.discord.com', origin],
    async placeOf(instance, discordId) {
      if (!instanceId.test(instance)) throw new UserError('activity/not-in')
      const response = await fetch(`${api}/v10/applications/${clientId}/activity-instances/${instance}`, {
        headers: { authorization: `Bot ${token}` },
        signal: AbortSignal.timeout(patienceMs),
      })
      if (response.status === 404) throw new UserError('activity/not-in')
      if (!response.ok) throw new Error(`Discord answered ${response.status} when it was asked who is in an instance`)
      const { users, location } = objectIn(await response.json())
      if (!Array.isArray(users) || !users.includes(discordId)) throw new UserError('activity/not-in')
      const { channel_id: channelId, guild_id: guildId } = objectIn(location)
      if (typeof channelId !== 'string') throw new Error('Expected an instance to be in a channel')
      return { instance, channelId, guildId: typeof guildId === 'string' ? guildId : null }
    },
  }
}
