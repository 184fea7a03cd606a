import type { Rgb } from '../../engine/types/engine.ts'
import type { Adapter, LearnProgress, LearnRequest, LearnResult, StyleRecipe } from '../../engine/types/styles.ts'

const recipeOf = (recipe: Partial<StyleRecipe> = {}): StyleRecipe => ({
  ...{ method: 'anchored', steps: 6, batch: 1, rank: 1, rate: 0.3, ddimTimesteps: 50, anchor: 0.1, average: 0.95 },
  ...{ prior: 0, flip: false, seed: 0 },
  ...recipe,
})

/** What is kept of it: how far it is, what it has learned, and the losses so far. */
interface Kept {
  readonly step: number
  readonly shift: readonly number[]
  readonly curve: readonly { readonly step: number; readonly loss: number }[]
}

/**
 * Teaches the engine of stripes the mean colour of pictures: by gradient descent towards an adapter that moves grey there.
 * Equal asks end in equal adapters, also across a restart.
 */
export async function learnColours(
  ask: LearnRequest,
  tools: {
    readonly onProgress: (progress: LearnProgress) => void
    /** Waits until a step may be made; false: it was cancelled. */
    readonly nextStep: (step: number) => Promise<boolean>
    /** The example pictures, without and with an adapter. */
    readonly paint: (prompt: string, index: number, adapter?: Adapter) => Rgb
  },
): Promise<LearnResult> {
  const { onProgress, nextStep, paint } = tools
  const recipe = recipeOf(ask.recipe)
  const { steps, rate } = recipe
  const mean = meanColour(ask.pictures.map(({ picture }) => picture))
  const wanted = mean.map(value => (value - 128) / 128)
  let kept: Kept = { step: 0, shift: [0, 0, 0], curve: [] }
  if (ask.resume) kept = JSON.parse(Buffer.from(ask.resume).toString()) as Kept
  const prompts = ask.examplePrompts ?? ['one', 'two', 'three', 'four']
  onProgress({ type: 'started', steps })
  while (kept.step < steps) {
    const step = kept.step + 1
    if (!(await nextStep(step))) return { type: 'cancelled' }
    const loss = wanted.reduce((sum, value, channel) => sum + (value - kept.shift[channel]!) ** 2, 0)
    const shift = kept.shift.map((value, channel) => value + rate * (wanted[channel]! - value))
    kept = { step, shift, curve: [...kept.curve, { step, loss }] }
    onProgress({ type: 'stepped', step, steps, loss, secondsLeft: steps - step })
    if (step % 2 !== 0) continue
    const pictures = prompts.map((prompt, index) => paint(prompt, index, adapterOf(shift)))
    onProgress({ type: 'painted', step, pictures })
    onProgress({ type: 'checkpoint', step, checkpoint: Buffer.from(JSON.stringify(kept)) })
  }
  const adapter = adapterOf(kept.shift)
  const before = prompts.map((prompt, index) => paint(prompt, index))
  const after = prompts.map((prompt, index) => paint(prompt, index, adapter))
  const distance = (pictures: readonly Rgb[]) => {
    const painted = meanColour(pictures)
    return Math.hypot(...mean.map((value, channel) => value - painted[channel]!)) / 255
  }
  const [distanceBefore, distanceAfter] = [distance(before), distance(after)]
  const better = distanceAfter < distanceBefore
  const summary = better ? 'It is nearer to its pictures than the model was.' : 'It is worse than before.'
  const assessment = { distanceBefore, distanceAfter, contentKept: 1, detailKept: 1, better, summary }
  return { type: 'finished', adapter, recipe, curve: kept.curve, assessment, before, after }
}

/** Grey c becomes c + shift · c. */
function adapterOf(shift: readonly number[]): Adapter {
  return { rank: 1, values: Float32Array.from([1 / 3, 1 / 3, 1 / 3, ...shift]) }
}

function meanColour(pictures: readonly Rgb[]): number[] {
  const sums = [0, 0, 0]
  let pixels = 0
  for (const { data } of pictures) {
    pixels += data.length / 3
    for (let index = 0; index < data.length; index++) sums[index % 3]! += data[index]!
  }
  return sums.map(sum => sum / pixels)
}
