/**
 * A model folder's safety checker (diffusers' StableDiffusionSafetyChecker, `safety_checker/model.onnx`): it compares
 * what CLIP sees in a picture with concepts that are not shown. It is opened with the first picture that is checked.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session, SessionOptions } from '../../onnx/session.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Rgb } from '../types/rgb.ts'
import { type ClipImageConfig, clipImage } from './clipImage.ts'
import { openComponent } from './component.ts'
import { floats } from './feeds.ts'
import type { ModelCache } from './modelCache.ts'

/** Says whether a picture has concepts that are not shown. Throws `UserError` where the checker cannot be opened. */
export type DetectNsfw = (picture: Rgb) => Promise<boolean>

/** Whether a model folder has a safety checker that can be run. */
export function hasSafetyChecker(modelFolder: string): boolean {
  return existsSync(join(modelFolder, 'safety_checker', 'model.onnx'))
}

/** The checker of a folder, not opened yet; `release` frees what was opened. */
export function safetyCheckerOf(
  modelFolder: string,
  options: SessionOptions & { readonly upcast: boolean },
  cache?: ModelCache,
): { readonly detectNsfw: DetectNsfw; release(): Promise<void> } {
  let opening: Promise<{ readonly session: Session; readonly config: ClipImageConfig }> | undefined
  const open = async () => {
    const [component, config] = await Promise.all([
      openComponent(modelFolder, 'safety_checker', cache && { cache }),
      readConfig(modelFolder),
    ])
    return { session: await component.open(options), config }
  }
  return {
    async detectNsfw(picture) {
      opening ??= open().catch(error => {
        opening = undefined
        throw error
      })
      const { session, config } = await opening
      return detect(session, config, picture)
    },
    async release() {
      await (await opening?.catch(() => undefined))?.session.release()
    },
  }
}

async function detect(session: Session, config: ClipImageConfig, picture: Rgb): Promise<boolean> {
  const { width, height, planes } = clipImage(picture, config)
  // What it would blacken; we withhold the whole picture instead.
  const image = Float32Array.from(picture.data, byte => byte / 255)
  const output = await session.run({
    clip_input: floats(session, 'clip_input', planes, [1, 3, height, width]),
    ...(session.inputs.some(({ name }) => name === 'images') && {
      images: floats(session, 'images', image, [1, picture.height, picture.width, 3]),
    }),
  })
  const flags = output['has_nsfw_concepts']
  if (!flags) throw broken('an output has_nsfw_concepts', Object.keys(output).join(', '))
  return Number(flags.data[0]) !== 0
}

async function readConfig(modelFolder: string): Promise<ClipImageConfig> {
  const file = join(modelFolder, 'feature_extractor', 'preprocessor_config.json')
  try {
    return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {}
  } catch (cause) {
    throw broken('JSON in feature_extractor/preprocessor_config.json', (cause as Error).message, cause)
  }
}

function broken(expected: string, found: string, cause?: unknown): UserError {
  return new UserError('model/broken', `Model part safety_checker: expected ${expected}; found ${found}.`, { cause })
}
