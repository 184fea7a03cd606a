import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { countInk } from '../protocol/apply.ts'
import type { StoredOperation, WelcomeScene } from '../protocol/events.ts'
import { boundsOf, unionOf } from '../protocol/geometry.ts'
import type { FirstSceneFacts } from '../protocol/http.ts'
import { packElements } from '../protocol/packScene.ts'
import type { Element, SceneElement } from '../protocol/scene.ts'

/** A room's scene for newcomers: packed once, for many of them. What has come since goes along as operations. */
export interface PackedScene {
  /**
   * Packs anew if too much has changed; with `isAlone`, for whoever gets no operations beside it, if a tenth has. Await it
   * before a newcomer is let in, so that nothing waits then.
   */
  prepare(options?: { readonly isAlone?: boolean }): Promise<void>
  /** null: not prepared. */
  readonly welcome: PackedWelcome | null
  /** What was packed last, for pages that have not entered; null: not prepared. */
  readonly firstScene: (Packed & Outline) | null
}
export type PackedWelcome = Packed & Extract<WelcomeScene, { type: 'packed' }>

interface Packed {
  readonly clock: number
  readonly elements: Uint8Array
}

/** What a page knows of it before it has come. */
type Outline = Pick<FirstSceneFacts, 'box' | 'hasFrames'>

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
  let packed: (Packed & Outline) | null = null
  let packing: Promise<void> | null = null

  async function pack(): Promise<void> {
    const { clock } = room
    const elements = [...room.present.values()]
    packed = { clock, ...outlineOf(elements), elements: await compress(packElements(elements)) }
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
      const { clock, elements } = packed
      return { clock, elements, type: 'packed' as const, operations }
    },
    get firstScene() {
      return packed
    },
  }
}

function outlineOf(elements: readonly SceneElement[]): Outline {
  const drawn = elements.filter((element): element is Element => element.kind !== 'layer')
  return { box: unionOf(drawn.map(boundsOf)), hasFrames: drawn.some(({ kind }) => kind === 'frame') }
}
