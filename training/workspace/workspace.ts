import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingProgress } from '../loop/progress.ts'
import { type PictureSet, sceneAt } from './pictures.ts'
import type { Recipe } from './recipes.ts'

/** What every stage is given: the recipe, the folder it works in, and how to talk. */
export interface Workspace {
  readonly folder: string
  /** Where the finished model goes. */
  readonly modelFolder: string
  readonly recipe: Recipe
  readonly resume: boolean
  /** Another folder, whose autoencoder and text encoder have been taken over, and whose teacher the teacher begins with. */
  readonly from?: string | undefined
  /** Threads within one operator. */
  readonly threads: number
  readonly checkpointSeconds: number
  onProgress(progress: TrainingProgress): void
  /** One sentence about what is going on. */
  say(message: string): void
  readonly signal?: AbortSignal | undefined
}

export function filesOf({ folder }: Pick<Workspace, 'folder'>) {
  return {
    pictures: join(folder, 'pictures'),
    vae: join(folder, 'vae.checkpoint'),
    decoder: join(folder, 'decoder.checkpoint'),
    details: join(folder, 'details.checkpoint'),
    critic: join(folder, 'critic.checkpoint'),
    latentStatistics: join(folder, 'latent-statistics.json'),
    latents: join(folder, 'latents.f32'),
    tokenizer: join(folder, 'tokenizer'),
    text: join(folder, 'text.checkpoint'),
    teacher: join(folder, 'teacher.checkpoint'),
    guidance: join(folder, 'guidance.checkpoint'),
    lcd: join(folder, 'lcd.checkpoint'),
    sheet: (name: string) => join(folder, 'sheets', `${name}.png`),
  }
}

/**
 * Copies what latents and captions are read with from another folder, where it is not there yet, and if wanted how loud
 * its latents are, and its teacher.
 */
export function takeOver(
  from: string,
  folder: string,
  also: { readonly latentStatistics: boolean; readonly teacher: boolean },
): void {
  const [theirs, ours] = [filesOf({ folder: from }), filesOf({ folder })]
  const optional = (['latentStatistics', 'teacher'] as const).filter(name => also[name])
  for (const name of ['vae', 'tokenizer', 'text', ...optional] as const) {
    if (existsSync(ours[name])) continue
    if (!existsSync(theirs[name])) {
      throw new Error(
        `Expected ${theirs[name]}, from which this training goes on; found none. Train its stages vae and text first.`,
      )
    }
    cpSync(theirs[name], ours[name], { recursive: true })
  }
}

export function picturesOf(workspace: Pick<Workspace, 'folder' | 'recipe'>): PictureSet {
  const { pictures, seed } = workspace.recipe
  return { folder: filesOf(workspace).pictures, series: seed, ...pictures }
}

/** The pictures of one round for teacher and student: all of them, those with several kinds of thing more than once. */
export function trainingSetOf({ recipe }: Pick<Workspace, 'recipe'>): number[] {
  const { pictures, seed, several } = recipe
  const all = Array.from({ length: pictures.count }, (_, picture) => picture)
  if (several === 1) return all
  const scenes = { series: seed, slice: pictures.slice }
  return all.flatMap(picture => Array(sceneAt(scenes, picture).things.length > 1 ? several : 1).fill(picture))
}
