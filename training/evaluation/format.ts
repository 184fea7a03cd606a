import type { Estimate } from '../../onnx/linalg/statistics.ts'
import type { Figures } from './measure.ts'
import type { Made } from './results.ts'

export type Cell = string | number

/** A markdown table, its first column to the left and the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** With its 95 % interval; a dash where nothing was asked. */
export function shown(estimate: Estimate | undefined): string {
  if (!estimate) return '–'
  const { value, low, high } = estimate
  return `${digits(value)} [${digits(low)}, ${digits(high)}]`
}

export const digits = (value: number): string => (Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3))

/** Heads and cells of the figures that say most about a row. */
export const overall = ['scene', 'kind', 'colour', 'Fréchet', 'match', 'R@1 in 64'] as const
export const overallCells = ({ accuracy, frechet, match, recall }: Figures): string[] =>
  [accuracy.scene, accuracy.kind, accuracy.colour, frechet, match, recall].map(shown)

/** How to have a table again. */
export function madeLine({ command, at, n, reference, firstSeed, minutes }: Made): string {
  return (
    `\`${command}\` · ${at.slice(0, 10)} · n = ${n} a row, seeds ${firstSeed} to ${firstSeed + n - 1}, ` +
    `${reference} clean renders of other scenes as reference · ${minutes.toFixed(1)} minutes`
  )
}
