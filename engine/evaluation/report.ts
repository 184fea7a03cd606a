import { type Accuracies, accuracies } from './accuracy.ts'
import type { Figures } from './measure.ts'
import { drawPlot, type Line, type Plot } from './plot.ts'
import type { Evaluation, Made, StepRow, TableName } from './results.ts'
import type { Estimate } from './statistics.ts'

/** The measured part of `docs/evaluation.md`, and the plots beside it, by file name. */
export interface Report {
  readonly markdown: string
  readonly plots: Readonly<Record<string, string>>
}

export const begin = '<!-- figures: written by `npx fourstroke eval`, edit above or below -->'
export const end = '<!-- end of figures -->'

/** Puts the figures between their marks; words around them stay. */
export function insert(document: string, markdown: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  const block = `${begin}\n\n${markdown}\n${end}`
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${block}\n`.trimStart()
  return document.slice(0, from) + block + document.slice(to + end.length)
}

/** `plotFolder`: as the document refers to it. */
export function reportOf(evaluation: Evaluation, plotFolder: string): Report {
  const plots: Record<string, string> = {}
  const parts: string[] = []
  const section = (heading: string, made: Made, ...blocks: readonly string[]) =>
    parts.push([`### ${heading}`, ...blocks, madeLine(made)].join('\n\n'))
  const picture = (name: string, plot: Plot) => {
    plots[`${name}.svg`] = drawPlot(plot)
    return `![${plot.title}](${plotFolder}/${name}.svg)`
  }

  const { bounds, steps, heldOut, guidance, time, distillation } = evaluation
  const gates = gatesOf(evaluation)
  if (evaluation.training) {
    parts.push(
      [
        '### How the networks were trained',
        table(
          ['', 'steps', 'minutes'],
          evaluation.training.map(({ stage, steps, minutes }) => [stage, steps, minutes.toFixed(0)]),
        ),
      ].join('\n\n'),
    )
  }
  if (gates && steps) section('Gates', steps.made, gates)

  if (bounds) {
    section(
      'What can be reached',
      bounds.made,
      accuracyTable([
        ...bounds.rows.map(({ name, figures }) => ({ name, figures })),
        ...(steps?.rows ?? []).filter(isShown).map(row => ({ name: nameOf(row), figures: row.figures })),
      ]),
      table(
        ['', ...overall],
        bounds.rows.map(({ name, figures }) => [name, ...overallCells(figures)]),
      ),
    )
  }
  if (steps) {
    const ceiling = bounds?.rows.find(({ name }) => name === 'autoencoder round trip')?.figures
    const floor = bounds?.rows.find(({ name }) => name === 'clean renders')?.figures
    const lines = (of: (figures: Figures) => Estimate): Line[] =>
      [...new Set(steps.rows.map(({ painter }) => painter))].map(name => ({
        name,
        points: steps.rows
          .filter(row => row.painter === name)
          .map(row => ({ x: row.steps, ...pointOf(of(row.figures)) })),
      }))
    const ticks = [...new Set(steps.rows.map(row => row.steps))].sort((a, b) => a - b)
    const x = { label: 'steps', scale: 'log', ticks } as const
    section(
      'Table 1: few steps',
      steps.made,
      table(
        ['', 'steps', 'network calls', ...overall],
        steps.rows.map(row => [row.painter, row.steps, row.calls, ...overallCells(row.figures)]),
      ),
      picture('steps-scene', {
        title: 'Whole scenes that are right, by steps',
        x,
        y: { label: 'share of pictures', scale: 'linear', range: [0, 1] },
        lines: lines(figures => figures.accuracy.scene),
        levels: ceiling ? [{ name: 'autoencoder', y: ceiling.accuracy.scene.value }] : [],
      }),
      picture('steps-frechet', {
        title: 'Distance from clean renders, by steps',
        x,
        y: { label: 'Fréchet distance in judge features, lower is better', scale: 'log' },
        lines: lines(figures => figures.frechet),
        levels: floor ? [{ name: 'real to real', y: floor.frechet.value }] : [],
      }),
    )
  }
  if (heldOut) {
    section(
      'Colours that a kind was never shown in',
      heldOut.made,
      accuracyTable(heldOut.rows.map(row => ({ name: nameOf(row), figures: row.figures }))),
    )
  }
  if (guidance) {
    const points = (of: (figures: Figures) => Estimate) =>
      guidance.rows.map(({ omega, figures }) => ({ x: omega, ...pointOf(of(figures)) }))
    section(
      'Table 2: guidance, in 4 steps',
      guidance.made,
      table(
        ['ω', ...overall],
        guidance.rows.map(({ omega, figures }) => [omega, ...overallCells(figures)]),
      ),
      picture('guidance', {
        title: 'Guidance ω, in 4 steps',
        x: { label: 'ω', scale: 'linear', ticks: guidance.rows.map(({ omega }) => omega) },
        y: { label: 'share of pictures', scale: 'linear', range: [0, 1] },
        lines: [
          { name: 'scene right', points: points(figures => figures.accuracy.scene) },
          { name: 'caption found', points: points(figures => figures.recall) },
          { name: 'kind right', points: points(figures => figures.accuracy.kind) },
        ],
      }),
    )
  }
  if (distillation) {
    const runs = [...new Set(distillation.rows.map(({ solver, skip }) => `${solver}, k = ${skip}`))]
    section(
      'Table 3: solver and skipping step, by iterations of distillation',
      distillation.made,
      table(
        ['solver', 'k', 'iterations', ...overall],
        distillation.rows.map(row => [row.solver, row.skip, row.iterations, ...overallCells(row.figures)]),
      ),
      picture('distillation', {
        title: '4 steps, by iterations of distillation',
        x: { label: 'iterations', scale: 'linear' },
        y: { label: 'Fréchet distance in judge features, lower is better', scale: 'log' },
        lines: runs.map(name => ({
          name,
          points: distillation.rows
            .filter(({ solver, skip }) => `${solver}, k = ${skip}` === name)
            .map(row => ({ x: row.iterations, ...pointOf(row.figures.frechet) })),
        })),
      }),
    )
  }
  if (time) {
    const lcm = time.rows.find(({ painter, steps }) => painter === 'LCM' && steps === 4)
    section(
      'Table 4: time for one picture',
      time.made,
      table(
        ['', 'steps', 'network calls', 'median ms', 'processor ms', 'times LCM-4, processor'],
        time.rows.map(row => [
          row.painter,
          row.steps,
          row.calls,
          row.wallMs.toFixed(0),
          row.processorMs.toFixed(0),
          lcm ? `${(row.processorMs / lcm.processorMs).toFixed(2)}×` : '',
        ]),
      ),
    )
  }
  return { markdown: `${parts.join('\n\n')}\n`, plots }
}

/** The gates of version 1, for the held-in captions: what 4 steps must reach. */
const gates: readonly { readonly of: (keyof Accuracies)[]; readonly least: number }[] = [
  { of: ['place', 'time', 'weather', 'style'], least: 0.95 },
  { of: ['colour'], least: 0.9 },
  { of: ['kind'], least: 0.7 },
  { of: ['oneThing'], least: 0.6 },
]

function gatesOf({ steps }: Evaluation): string | undefined {
  const rowOf = (painter: string, count: number) =>
    steps?.rows.find(row => row.painter === painter && row.steps === count)?.figures
  const lcm = rowOf('LCM', 4)
  if (!lcm) return undefined
  const passed = (yes: boolean) => (yes ? 'met' : 'not met')
  const rows: (readonly Cell[])[] = gates.flatMap(({ of, least }) =>
    of.flatMap((name): (readonly Cell[])[] => {
      const figure = lcm.accuracy[name]
      if (!figure) return []
      return [[`${labels[name]}, 4 steps`, `≥ ${least}`, shown(figure), passed(figure.value >= least)]]
    }),
  )
  const teacher = rowOf('DDIM', 25)
  if (teacher) {
    const ratio = lcm.accuracy.scene.value / teacher.accuracy.scene.value
    rows.push(['scenes, 4 steps to the teacher’s 25', '≥ 0.9', ratio.toFixed(2), passed(ratio >= 0.9)])
  }
  for (const count of [1, 2]) {
    const [own, ...others] = ['LCM', 'DDIM', 'DPM-Solver++'].map(painter => rowOf(painter, count)?.frechet)
    if (!own || others.some(other => !other)) continue
    const isClear = others.every(other => own.high < other!.low)
    rows.push([
      `Fréchet distance, ${count} step${count > 1 ? 's' : ''}`,
      'clearly below DDIM’s and DPM-Solver++’s',
      [own, ...others].map(each => digits(each!.value)).join(' / '),
      passed(isClear),
    ])
  }
  return table(['gate', 'wanted', 'measured', ''], rows)
}

const isShown = ({ painter, steps }: StepRow) =>
  (painter === 'LCM' && steps === 4) || (painter === 'DDIM' && steps === 25)
const nameOf = ({ painter, steps }: StepRow) =>
  painter === 'LCM' ? `LCM, ${steps} steps` : `teacher, ${painter}, ${steps} steps`

const labels: Readonly<Record<keyof Accuracies, string>> = {
  ...(Object.fromEntries(accuracies.map(name => [name, name])) as Record<(typeof accuracies)[number], string>),
  scene: 'whole scene',
  oneThing: 'whole scene with one thing',
}

/** Attributes as rows, what is compared as columns. */
function accuracyTable(columns: readonly { readonly name: string; readonly figures: Figures }[]): string {
  return table(
    ['', ...columns.map(({ name }) => name)],
    Object.entries(labels)
      // The labels' own keys are the figures' names.
      .map(
        ([name, label]) => [label, columns.map(({ figures }) => figures.accuracy[name as keyof Accuracies])] as const,
      )
      .filter(([, figures]) => figures.some(Boolean))
      .map(([label, figures]) => [label, ...figures.map(figure => (figure ? shown(figure) : '–'))]),
  )
}

const overall = ['scene', 'kind', 'colour', 'Fréchet', 'match', 'R@1 in 64'] as const
const overallCells = ({ accuracy, frechet, match, recall }: Figures): string[] =>
  [accuracy.scene, accuracy.kind, accuracy.colour, frechet, match, recall].map(shown)

type Cell = string | number
function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

function madeLine({ command, at, n, reference, firstSeed, minutes }: Made): string {
  return (
    `\`${command}\` · ${at.slice(0, 10)} · n = ${n} a row, seeds ${firstSeed} to ${firstSeed + n - 1}, ` +
    `${reference} clean renders of other scenes as reference · ${minutes.toFixed(0)} minutes`
  )
}

/** With its 95 % interval. */
function shown({ value, low, high }: Estimate): string {
  return `${digits(value)} [${digits(low)}, ${digits(high)}]`
}

const digits = (value: number): string => (Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3))

const pointOf = ({ value, low, high }: Estimate) => ({ y: value, low: Math.max(low, value / 4), high })

/** For messages: which tables there are. */
export const tableNames: readonly TableName[] = ['bounds', 'steps', 'heldOut', 'guidance', 'time', 'distillation']
