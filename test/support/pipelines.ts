import { cpSync } from 'node:fs'
import { join } from 'node:path'

const pipelines = join(import.meta.dirname, '..', 'fixtures', 'pipelines')

/** `today` is whole. The others hold what differs from it, so that nothing lies in the repository twice. */
export type PipelineName =
  | 'today'
  | 'older'
  | 'first'
  | 'dynamo'
  | 'half'
  | 'plain'
  | 'checked'
  | 'xl'
  | 'xlPlain'
  | 'inpaint'
  | 'taesd'

const basesOf: Partial<Record<PipelineName, readonly PipelineName[]>> = { xlPlain: ['today', 'xl'] }

/** Puts a model folder together within `folder`, and says where it is. */
export function assemblePipeline(name: PipelineName, folder: string): string {
  const path = join(folder, name)
  for (const part of [...(basesOf[name] ?? ['today']), name]) cpSync(join(pipelines, part), path, { recursive: true })
  return path
}
