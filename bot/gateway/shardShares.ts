/** Which shards of the bot this program has, of several programs that are it together. */
export interface ShardShares {
  /** Takes part from now on. `count`: of shards that Discord recommends. */
  join(count: number, listener: ShardListener): void
  /** Discord wants another number of shards: all programs close what they have, and begin anew. */
  resize(count: number): void
  /**
   * Resolves when a shard may identify; `maxConcurrency`: how many may at once, every five seconds, over all programs. False:
   * it is not this program's any more, or was aborted.
   */
  mayIdentify(shard: number, maxConcurrency: number, signal: AbortSignal): Promise<boolean>
  /** Why it is not known which shards are this program's, as a sentence; null while it is. */
  problem(): string | null
  /** Gives away what it has; once all is closed. */
  leave(): Promise<void>
}

export interface ShardListener {
  /** This program opens it, as one of so many. */
  gained(shard: number, count: number): void
  /** Resolves when it is closed, so that another program may open it. */
  lost(shard: number): Promise<void>
}
