import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { countInk } from '../protocol/apply.ts'
import type { StoredOperation, WelcomeScene } from '../protocol/events.ts'
import { packElements } from '../protocol/packScene.ts'
import type { SceneElement } from '../protocol/scene.ts'

/** A room's scene for newcomers: packed once, for many of them. What has come since goes along as operations. */
export interface PackedScene {
  /**
   * Packs anew if too much has changed; with `isAlone`, for whoever gets no operations beside it, if a tenth has. Await it
   * before a newcomer is let in, so that nothing waits then.
   */
  prepare(options?: { readonly isAlone?: boolean }): Promise<void>
  /** null: not prepared. */
  readonly welcome: PackedWelcome | null
}
export type PackedWelcome = Packed & Extract<WelcomeScene, { type: 'packed' }>

interface Packed {
  readonly clock: number
  readonly elements: Uint8Array
}

/** More than this is not sent beside the packed scene: so many operations, or so many points. */
const maxOperations = 500
const maxPoints = 10_000

const compress = promisify(deflate)

export function createPackedScene(room: {
  /** What is there, without what was removed. */
  readonly present: ReadonlyMap<string, SceneElement>
  readonly clock: number
  /** Operations after a clock of this session; null if not all of them are known any more. */
  since(clock: number): readonly StoredOperation[] | null
}): PackedScene {
  let packed: Packed | null = null
  let packing: Promise<void> | null = null

  async function pack(): Promise<void> {
    const { clock } = room
    packed = { clock, elements: await compress(packElements([...room.present.values()])) }
  }

  function isRecent(most: number): boolean {
    const operations = packed && room.since(packed.clock)
    if (!operations || operations.length > most) return false
    return operations.reduce((sum, { operation }) => sum + countInk(operation), 0) <= maxPoints
  }

  return {
    async prepare({ isAlone = false } = {}) {
      if (isRecent(isAlone ? Math.min(maxOperations, Math.floor(room.present.size / 10)) : maxOperations)) return
      packing ??= pack().finally(() => {
        packing = null
      })
      await packing
    },
    get welcome() {
      const operations = packed && room.since(packed.clock)
      if (!packed || !operations) return null
      return { ...packed, type: 'packed' as const, operations }
    },
  }
}
