import { setTimeout as pause } from 'node:timers/promises'
import {
  type APIMessage,
  DiscordAPIError,
  InteractionResponseType,
  type REST,
  type RESTPostAPIInteractionCallbackWithResponseResult,
  Routes,
} from 'discord.js'

/** Discord wants the first response to an interaction within 3 s of its creation. */
export const callbackDeadlineMs = 3_000
const pauseMs = 100

interface Callback {
  readonly id: string
  readonly token: string
}
interface CallbackBody {
  readonly type: InteractionResponseType
  readonly data?: object
}

/**
 * Sends the first response to an interaction; resolves with the message that Discord made of it, if it made one.
 *
 * Retries a lost acknowledgement: a request whose answer is lost (a reset, a 5xx) may have taken effect, so it is sent again, and only then "already
 * acknowledged" (40060) means: by us. Told that at once, another program with our token has answered, and it rejects, as
 * it does with 10062 when the interaction is too old. `rest` must not retry by itself, or the two could not be told apart.
 */
export async function sendCallback(
  rest: REST,
  callback: Callback,
  body: CallbackBody,
  options: { now?: () => number } = {},
): Promise<APIMessage | null> {
  return (await callBack(rest, callback, body, options))?.resource?.message ?? null
}

/** Lets Discord open our Activity as the first response to an interaction; resolves with the instance, if it said which. */
export async function launchActivity(rest: REST, callback: Callback): Promise<string | null> {
  const response = await callBack(rest, callback, { type: InteractionResponseType.LaunchActivity })
  return response?.resource?.activity_instance?.id ?? response?.interaction.activity_instance_id ?? null
}

async function callBack(
  rest: REST,
  { id, token }: Callback,
  body: CallbackBody,
  { now = performance.now.bind(performance) }: { now?: () => number } = {},
): Promise<RESTPostAPIInteractionCallbackWithResponseResult | null> {
  const deadline = now() + callbackDeadlineMs
  const query = new URLSearchParams({ with_response: 'true' })
  for (let mayHaveArrived = false; ; ) {
    try {
      const response = await rest.post(Routes.interactionCallback(id, token), { body, query, auth: false })
      return response as RESTPostAPIInteractionCallbackWithResponseResult // what this route answers with
    } catch (error) {
      if (error instanceof DiscordAPIError && isAnswerOfDiscord(error)) {
        if (error.code === alreadyAcknowledged && mayHaveArrived) return null
        throw error
      }
      if (now() > deadline) throw error
      mayHaveArrived = true
      await pause(pauseMs)
    }
  }
}

/** Of interactions (topics/opcodes-and-status-codes). */
const alreadyAcknowledged = 40060
const unknownInteraction = 10062

/** Whether the interaction is out of reach: too old, or answered by another program with our token. */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof DiscordAPIError && (error.code === unknownInteraction || error.code === alreadyAcknowledged)
}

/** A proxy between us and Discord answers in HTML, which says nothing about the request: Discord's answers have a code. */
export function isAnswerOfDiscord(error: DiscordAPIError): boolean {
  return typeof error.code === 'number' && error.status < 500
}
