import { openBatching } from '../../../engine/batching/batching.ts'
import { type AdapterRegistry, createAdapterRegistry } from '../../../engine/lora/adapterRegistry.ts'
import type { Pipeline } from '../../../engine/pipeline/pipeline.ts'
import type { PaintRequest, PaintResult, Rgb } from '../../../engine/types/engine.ts'

/** Paints these together, in calls of at most so many rows: each picture, with its decoded previews. */
export async function paintTogether(
  pipeline: Pipeline,
  requests: readonly PaintRequest[],
  { batches = [1, 2, 4, 8], adapters = createAdapterRegistry(undefined) }: TogetherOptions = {},
): Promise<{ picture: Rgb; previews: Rgb[] }[]> {
  const batching = openBatching(pipeline, {
    ...{ batches, adapters, model: { name: pipeline.folder.name, hash: '' } },
    // Steps as slow as this afford decoded previews, however busy the machine is that decodes them.
    ...{ stepMs: 60_000, decodeMs: 1, onMixedBatch: () => undefined },
  })
  const painted = requests.map(async (request, id) => {
    const previews: Rgb[] = []
    const result = await new Promise<PaintResult>(onEnded =>
      batching.paint(id, request, {
        ...{ onStarted: () => undefined, onEnded },
        onProgress: progress => {
          if (progress.type === 'stepped' && progress.preview) previews.push(progress.preview)
        },
      }),
    )
    if (result.type !== 'finished') throw new Error(JSON.stringify(result))
    return { picture: result.picture, previews }
  })
  const all = await Promise.all(painted)
  await batching.close()
  return all
}

interface TogetherOptions {
  readonly batches?: readonly number[]
  readonly adapters?: AdapterRegistry
}
