import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { countInk } from '../protocol/apply.ts'
import type { StoredOperation, WelcomeScene } from '../protocol/events.ts'
import { packElements } from '../protocol/packScene.ts'
import type { SceneElement } from '../protocol/scene.ts'

/** A room's scene for newcomers: packed once, for many of them. What has come since goes along as operations. */
export interface PackedScene {
  /** Packs anew if too much has changed. Await it before a newcomer is let in, so that nothing waits then. */
  prepare(): Promise<void>
  /** null: not prepared. */
  readonly welcome: Extract<WelcomeScene, { type: 'packed' }> | null
}

/** More than this is not sent beside the packed scene: so many operations, or so many points. */
const maxOperations = 500
const maxPoints = 10_000

const compress = promisify(deflate)

export function createPackedScene(room: {
  /** What is there, without what was removed. */
  readonly present: ReadonlyMap<string, SceneElement>
  readonly clock: number
  /** Operations after a clock; null if not all of them are known any more. */
  since(clock: number): readonly StoredOperation[] | null
}): PackedScene {
  let packed: { readonly clock: number; readonly elements: Uint8Array } | null = null
  let packing: Promise<void> | null = null

  async function pack(): Promise<void> {
    const { clock } = room
    packed = { clock, elements: await compress(packElements([...room.present.values()])) }
  }

  function operationsSince(): readonly StoredOperation[] | null {
    const operations = packed && room.since(packed.clock)
    if (!operations || operations.length > maxOperations) return null
    const points = operations.reduce((sum, { operation }) => sum + countInk(operation), 0)
    return points > maxPoints ? null : operations
  }

  return {
    async prepare() {
      if (operationsSince()) return
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
