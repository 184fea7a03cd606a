import { type Closure, closureOf } from './closures.ts'

/** Where the bot stands with Discord's gateway: one connection (shard) for each 2,500 servers at most. */
export interface GatewayState {
  /** By shard number: whether it hears of interactions. */
  readonly shards: Readonly<Record<number, boolean>>
  /** Why Discord ended it for good, until a new connection is ready. */
  readonly closure: Closure | null
}

export type GatewayEvent =
  | { readonly type: 'opening' }
  | { readonly type: 'ready' | 'lost'; readonly shard: number }
  | { readonly type: 'closed'; readonly code: number }

export const notConnected: GatewayState = { shards: {}, closure: null }

export function nextGatewayState(state: GatewayState, event: GatewayEvent): GatewayState {
  switch (event.type) {
    case 'opening':
      return { ...state, shards: {} }
    case 'ready':
      return { shards: { ...state.shards, [event.shard]: true }, closure: null }
    case 'lost':
      return { ...state, shards: { ...state.shards, [event.shard]: false } }
    case 'closed':
      return { shards: {}, closure: closureOf(event.code) }
    default:
      return event satisfies never
  }
}

/** What is wrong, as a sentence; null while every shard is connected. */
export function gatewayProblem({ shards, closure }: GatewayState): string | null {
  if (closure) return closure.sentence
  const all = Object.values(shards)
  if (all.length === 0) return 'The bot is not connected to Discord.'
  const lost = all.filter(isReady => !isReady).length
  return lost === 0 ? null : `The bot has lost ${lost} of ${all.length} connections to Discord, and connects again.`
}
