/** Which of several servers has a room in memory. One does, and whoever comes by another one is passed on to it. */

export type RoomHolder = { readonly type: 'here' } | { readonly type: 'elsewhere'; readonly url: string }

export interface RoomHolders {
  /**
   * Makes this server the one that has a room, or says where it is. Waits while nobody can say.
   * @throws UserError `room/moving` where that takes too long
   */
  acquire(room: string): Promise<RoomHolder>
  /** It is not in memory here any more; never rejects. */
  release(room: string): Promise<void>
  /** Nothing listens at the address of a server that is said to have rooms: others may have them sooner. */
  suspect(url: string): void
  /** `lost`: another server has it. `doubtful`: again and again while it is not known whether one has. */
  watch(listener: RoomHoldersListener): () => void
}

export interface RoomHoldersListener {
  lost(room: string): void
  doubtful(): void
}

/** What a room that another server has is answered with inside this one. */
export class RoomElsewhere extends Error {
  override readonly name = 'RoomElsewhere'
  /** Of that server, for others in its network. */
  readonly url: string
  constructor(url: string) {
    super(`The room is at ${url}`)
    this.url = url
  }
}
