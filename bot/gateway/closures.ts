/** Why Discord ended the connection for good, and what can be done. */
export interface Closure {
  readonly code: number
  /** For the log and for `/readyz`, with the cure. */
  readonly sentence: string
  /** `reconnect`: a new connection may be accepted. `end`: only a person can mend it. */
  readonly next: 'reconnect' | 'end'
}

export const tokenRefused =
  'Discord refused the token in DISCORD_TOKEN: make a new one at https://discord.com/developers/applications (your application, Bot, Reset Token), or leave it empty to start without the bot.'

/** Close codes of the gateway after which discord.js does not connect again (topics/opcodes-and-status-codes). */
const closures: readonly Closure[] = [
  { code: 4004, next: 'end', sentence: tokenRefused },
  { code: 4010, next: 'reconnect', sentence: 'Discord did not accept the number of connections (shards).' },
  { code: 4011, next: 'reconnect', sentence: 'Discord wants more connections (shards) for so many servers.' },
  {
    ...{ code: 4012, next: 'end' },
    sentence: 'Discord does not speak this version of its gateway any more: update Fourstroke.',
  },
  {
    ...{ code: 4013, next: 'end' },
    sentence: 'Discord does not know the intents that were asked for: update Fourstroke.',
  },
  {
    ...{ code: 4014, next: 'end' },
    sentence:
      'Discord does not allow this application the intents that were asked for: look at its page at https://discord.com/developers/applications (Bot, Privileged Gateway Intents).',
  },
]

export function closureOf(code: number): Closure {
  const known = closures.find(closure => closure.code === code)
  return known ?? { code, next: 'reconnect', sentence: `Discord ended the connection (code ${code}).` }
}
