import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Recipe, recipes } from '../../training/workspace/recipes.ts'
import type { Workspace } from '../../training/workspace/workspace.ts'

/** The quick recipe made so small that every stage takes a second: it proves the machinery and paints nothing. */
export function toyRecipe(overrides: Partial<Recipe> = {}): Recipe {
  const { quick } = recipes
  return {
    ...quick,
    pictures: { ...quick.pictures, count: 24, size: 64 },
    examples: ['a house'],
    vae: { ...quick.vae, widths: [8, 8, 16], batch: 2, crop: 32, adam: { ...quick.vae.adam, steps: 4 } },
    decoder: { ...quick.decoder, adam: { ...quick.decoder.adam, steps: 2 } },
    critic: { ...quick.critic, adam: { ...quick.critic.adam, steps: 2 } },
    text: { ...quick.text, size: 16 },
    reader: { ...quick.reader, batch: 4, adam: { ...quick.reader.adam, steps: 2 } },
    unet: { ...quick.unet, sampleSize: 8, blockChannels: [16, 16], contextSize: 16 },
    teacher: { ...quick.teacher, batch: 4, adam: { ...quick.teacher.adam, steps: 4 } },
    guidance: { ...quick.guidance, adam: { ...quick.guidance.adam, steps: 3 } },
    lcd: { ...quick.lcd, batch: 4, guidanceSize: 8, adam: { ...quick.lcd.adam, steps: 4 } },
    ...overrides,
  }
}

export function toyWorkspace(overrides: Partial<Workspace> = {}): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-training-'))
  return {
    folder,
    modelFolder: join(folder, 'model'),
    recipe: toyRecipe(),
    resume: true,
    threads: 1,
    checkpointSeconds: 3600,
    onProgress: () => undefined,
    say: () => undefined,
    ...overrides,
  }
}
