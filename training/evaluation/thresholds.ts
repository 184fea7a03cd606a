import { type Accuracies, accuracyLabels } from './accuracy.ts'
import { type Cell, digits, shown, table } from './format.ts'
import type { StepRow } from './results.ts'

/** What 4 steps must reach on captions like those of training, for version 1. */
const least: { readonly [Name in keyof Accuracies]?: number } = {
  place: 0.95,
  time: 0.95,
  weather: 0.95,
  style: 0.95,
  colour: 0.9,
  kind: 0.7,
  oneThing: 0.6,
}
/** Of the teacher's right scenes in 25 steps, how many 4 steps must keep. */
const leastShare = 0.9

/** The thresholds as a table, as far as the rows can tell; undefined without the one that matters. */
export function thresholdsTable(rows: readonly StepRow[]): string | undefined {
  const figuresOf = (painter: string, steps: number) =>
    rows.find(row => row.painter === painter && row.steps === steps)?.figures
  const lcm = figuresOf('LCM', 4)
  if (!lcm) return undefined
  const lines: Cell[][] = []
  const add = (threshold: string, wanted: string, measured: string, isMet: boolean) =>
    lines.push([threshold, wanted, measured, isMet ? 'met' : 'not met'])

  for (const [name, wanted] of Object.entries(least)) {
    // The keys are names of figures.
    const figure = lcm.accuracy[name as keyof Accuracies]
    const label = accuracyLabels[name as keyof Accuracies]
    if (figure) add(`${label}, 4 steps`, `≥ ${wanted}`, shown(figure), figure.value >= wanted)
  }
  const teacher = figuresOf('DDIM', 25)
  if (teacher) {
    const [own, whole] = [lcm.accuracy.scene.value, teacher.accuracy.scene.value]
    const share = `${(own / whole).toFixed(2)} (${digits(own)} / ${digits(whole)})`
    add('scenes, 4 steps to the teacher’s 25', `≥ ${leastShare}`, share, own >= leastShare * whole)
  }
  for (const steps of [1, 2]) {
    const [own, ddim, dpm] = ['LCM', 'DDIM', 'DPM-Solver++'].map(painter => figuresOf(painter, steps)?.frechet)
    if (!own || !ddim || !dpm) continue
    add(
      `Fréchet distance, ${steps === 1 ? '1 step' : `${steps} steps`}`,
      'clearly below DDIM’s and DPM-Solver++’s',
      [own, ddim, dpm].map(({ value }) => digits(value)).join(' / '),
      own.high < Math.min(ddim.low, dpm.low),
    )
  }
  return table(['threshold', 'wanted', 'measured', ''], lines)
}
