/** An answer that Discord gives instead of doing what was asked. */
export class ApiError extends Error {
  readonly status: number
  readonly code: number
  readonly headers: Readonly<Record<string, string>>
  readonly extra: Readonly<Record<string, unknown>>
  constructor(
    status: number,
    code: number,
    message: string,
    more: { headers?: Record<string, string>; extra?: Record<string, unknown> } = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.headers = more.headers ?? {}
    this.extra = more.extra ?? {}
  }
}

/** Status, code and words of the refusals that the loopback gives, as Discord documents them (topics/opcodes-and-status-codes). */
const table = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownGuild: [404, 10004, 'Unknown Guild'],
  unknownMember: [404, 10007, 'Unknown Member'],
  cannotAnswer: [400, 160002, 'Cannot reply without permission to read message history'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  unknownInstance: [404, 10000, 'Unknown Activity Instance'],
  commandsNeedEntryPoint: [400, 50240, "You cannot remove this app's Entry Point command in a bulk update operation."],
  tooLarge: [413, 40005, 'Request entity too large'],
  alreadyAcknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  tooManyFollowUps: [400, 40094, 'Follow-up message limit reached for this interaction.'],
  missingAccess: [403, 50001, 'Missing Access'],
  notYourMessage: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  invalidWebhookToken: [401, 50027, 'Invalid Webhook Token'],
  threadArchived: [400, 50083, 'Thread is archived'],
  invalidForm: [400, 50035, 'Invalid Form Body'],
} as const satisfies Record<string, readonly [number, number, string]>

export function refuse(which: keyof typeof table, extra: Record<string, unknown> = {}): ApiError {
  const [status, code, words] = table[which]
  return new ApiError(status, code, words, { extra })
}
