import type { FastifyInstance } from 'fastify'
import { activityChecks } from '../protocol/checks.ts'
import { UserError } from '../protocol/errors.ts'
import type { ActivityEntered, ActivityKnown } from '../protocol/http.ts'
import type { Studio } from '../studio/studio.ts'
import type { DiscordActivity } from './activity.ts'
import type { DiscordSignIn } from './discord.ts'
import { faultReporter } from './faults.ts'
import type { Guests } from './guests.ts'
import type { Metrics } from './metrics.ts'
import { checkBody } from './replies.ts'

export interface ActivityTools {
  readonly studio: Studio
  readonly guests: Guests
  /** null: no room opens inside Discord. */
  readonly activity: DiscordActivity | null
  readonly discord: DiscordSignIn | null
  readonly metrics: Metrics
}

/** Rooms inside Discord: who somebody is there, and the room of the instance that they are in. */
export function serveActivity(
  app: FastifyInstance,
  { studio, guests, activity, discord, metrics }: ActivityTools,
): void {
  app.get('/auth/activity', async (): Promise<ActivityKnown> => {
    if (!activity) throw new UserError('sign-in/off')
    return { clientId: activity.clientId }
  })

  app.post('/auth/activity', async (request, reply): Promise<ActivityEntered> => {
    if (!activity || !discord) throw new UserError('sign-in/off')
    await studio.budgets.take({ address: request.ip }, { signIns: 1 })
    const { code, instance } = checkBody(activityChecks.enter, request.body)
    const known = await discord.fromCode(code).catch((error: unknown) => {
      faultReporter(request.log, metrics)('Discord did not sign somebody in', error)
      throw new UserError('sign-in/failed')
    })
    const place = await activity.placeOf(instance, known.discordId)
    const { guildId } = place
    const person = await studio.people.fromDiscord({ discordId: known.discordId, name: known.name, guildId })
    const secret = await studio.activities.enter(person.id, place, person.name)
    reply.header('cache-control', 'no-store')
    reply.header('set-cookie', await guests.signIn(person, { isFramed: true }))
    // The page needs it to speak with Discord's client; we do not keep it.
    return { secret, accessToken: known.accessToken }
  })
}
