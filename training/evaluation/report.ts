import type { Estimate } from '../../onnx/linalg/statistics.ts'
import { type Accuracies, accuracyLabels } from './accuracy.ts'
import { digits, madeLine, overall, overallCells, shown, table } from './format.ts'
import type { Figures } from './measure.ts'
import { drawPlot, type Line, type Plot, type Point } from './plot.ts'
import type { Evaluation, Made, StepRow, StyleRow } from './results.ts'
import { thresholdsTable } from './thresholds.ts'

/** The measured part of `docs/evaluation.md`, and the plots beside it, by file name. */
export interface Report {
  readonly markdown: string
  readonly plots: Readonly<Record<string, string>>
}

/** `plotFolder`: as the document refers to it. */
export function reportOf(evaluation: Evaluation, plotFolder: string): Report {
  const plots: Record<string, string> = {}
  const draw: Draw = (name, plot) => {
    plots[`${name}.svg`] = drawPlot(plot)
    return `![${plot.title}](${plotFolder}/${name}.svg)`
  }
  const sections = sectionsInOrder.flatMap(section => section(evaluation, draw, plotFolder) ?? [])
  const parts = sections.map(({ heading, blocks, made }) =>
    [`### ${heading}`, ...blocks, ...(made ? [madeLine(made)] : [])].join('\n\n'),
  )
  return { markdown: `${parts.join('\n\n')}\n`, plots }
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

/** Keeps a plot and says how the document shows it. */
type Draw = (name: string, plot: Plot) => string
interface Section {
  readonly heading: string
  readonly blocks: readonly string[]
  readonly made?: Made
}

const percent = (value: number): string => `${(100 * value).toFixed(0)} %`

/** Checkpoints and figures go by the names of their first version. */
const stageNames: Readonly<Record<string, string>> = { judge: 'classifier', matcher: 'dual encoder' }

/** Each speaks of what it finds measured, or stays silent. */
const sectionsInOrder: readonly ((evaluation: Evaluation, draw: Draw, plotFolder: string) => Section | undefined)[] = [
  ({ training }) =>
    training && {
      heading: 'How the networks were trained',
      blocks: [
        table(
          ['', 'steps', 'minutes'],
          training.map(({ stage, steps, minutes }) => [stageNames[stage] ?? stage, steps, minutes.toFixed(0)]),
        ),
      ],
    },

  ({ instruments }, _draw, plotFolder) => {
    if (!instruments) return undefined
    const { denoising, fineEnergy, guidanceEffect, edges, edgesOfRoundTrip, diversity } = instruments.rows
    return {
      heading: 'Without a classifier',
      blocks: [
        table(
          [
            'one call of the UNet, noised renders',
            'timestep',
            'error of x̂₀, share of variance',
            'dB to the round trip',
          ],
          denoising.map(({ scenes, snr, timestep, error, psnr }) => [
            `${scenes}, signal to noise ${snr}`,
            ...[timestep, digits(error), psnr.toFixed(1)],
          ]),
        ),
        table(
          ['', ''],
          [
            ['energy above 1/8 cycle a pixel: round trip, of clean renders', percent(fineEnergy.roundTripOfClean)],
            ['four steps, of the round trip', percent(fineEnergy.fourStepsOfRoundTrip)],
            ['change of latents from ω 1 to 8', percent(guidanceEffect)],
            ['edges of a drawing kept by the autoencoder (correlation)', digits(edgesOfRoundTrip)],
            ...edges.map(({ strength, kept }) => [`painted over at strength ${strength}`, digits(kept)]),
            ['distance between seeds, of that between any two pictures', percent(diversity)],
          ],
        ),
        `What newcomers type first, 48 prompts, seeds 1 to 48:\n\n![48 prompts of newcomers](${plotFolder}/newcomers.webp)`,
      ],
      made: instruments.made,
    }
  },

  ({ steps }) => {
    const thresholds = steps && thresholdsTable(steps.rows)
    return thresholds === undefined ? undefined : { heading: 'Thresholds', blocks: [thresholds], made: steps!.made }
  },

  ({ bounds, steps }) =>
    bounds && {
      heading: 'What can be reached, and what is',
      blocks: [
        accuracyTable([
          ...bounds.rows,
          ...(steps?.rows ?? []).filter(isMain).map(row => ({ name: nameOf(row), figures: row.figures })),
        ]),
        table(
          ['', ...overall],
          bounds.rows.map(({ name, figures }) => [name, ...overallCells(figures)]),
        ),
      ],
      made: bounds.made,
    },

  ({ bounds, steps }, draw) => {
    if (!steps) return undefined
    const figuresOf = (wanted: string) => bounds?.rows.find(({ name }) => name === wanted)?.figures
    const [floor, ceiling] = [figuresOf('clean renders'), figuresOf('autoencoder round trip')]
    const ticks = [...new Set(steps.rows.map(row => row.steps))].sort((a, b) => a - b)
    const x = { label: 'steps', scale: 'log', ticks } as const
    const lines = (of: (figures: Figures) => Estimate) =>
      linesOf(
        steps.rows,
        row => row.painter,
        row => pointAt(row.steps, of(row.figures)),
      )
    return {
      heading: 'Table 1: few steps',
      blocks: [
        table(
          ['', 'steps', 'network calls', ...overall],
          steps.rows.map(row => [row.painter, row.steps, row.calls, ...overallCells(row.figures)]),
        ),
        draw('steps-scene', {
          title: 'Whole scenes that are right, by steps',
          x,
          y: { label: 'share of pictures', scale: 'linear', range: [0, 1] },
          lines: lines(figures => figures.accuracy.scene),
          levels: ceiling ? [{ name: 'autoencoder', y: ceiling.accuracy.scene.value }] : [],
        }),
        draw('steps-frechet', {
          title: 'Distance from clean renders, by steps',
          x,
          y: { label: 'Fréchet distance in classifier features, lower is better', scale: 'log' },
          lines: lines(figures => figures.frechet),
          levels: floor ? [{ name: 'real to real', y: floor.frechet.value }] : [],
        }),
      ],
      made: steps.made,
    }
  },

  ({ heldOut }) =>
    heldOut && {
      heading: 'Colours that a kind was never shown in',
      blocks: [accuracyTable(heldOut.rows.map(row => ({ name: nameOf(row), figures: row.figures })))],
      made: heldOut.made,
    },

  ({ guidance }, draw) => {
    if (!guidance) return undefined
    const line = (name: string, of: (figures: Figures) => Estimate): Line => ({
      name,
      points: guidance.rows.map(({ omega, figures }) => pointAt(omega, of(figures))),
    })
    return {
      heading: 'Table 2: guidance, in 4 steps',
      blocks: [
        table(
          ['ω', ...overall],
          guidance.rows.map(({ omega, figures }) => [omega, ...overallCells(figures)]),
        ),
        draw('guidance', {
          title: 'Guidance ω, in 4 steps',
          x: { label: 'ω', scale: 'linear', ticks: guidance.rows.map(({ omega }) => omega) },
          y: { label: 'share of pictures', scale: 'linear', range: [0, 1] },
          lines: [
            line('scene right', figures => figures.accuracy.scene),
            line('caption found', figures => figures.recall),
            line('kind right', figures => figures.accuracy.kind),
          ],
        }),
      ],
      made: guidance.made,
    }
  },

  ({ reading }) => {
    if (!reading) return undefined
    const percent = (share: number) => `${share >= 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(1)} %`
    const timesteps = [...new Set(reading.rows.map(({ timestep }) => timestep))]
    return {
      heading: 'What the teacher reads',
      blocks: [
        'By how much its loss grows when one attribute in the caption is exchanged for another, at three levels of noise. ' +
          'What stays at nothing is not read.',
        table(
          ['said wrongly', ...timesteps.map(t => `t = ${t}`)],
          [...new Set(reading.rows.map(({ attribute }) => attribute))].map(attribute => [
            attribute,
            ...timesteps.map(t => {
              const worse = reading.rows.find(row => row.attribute === attribute && row.timestep === t)?.worse
              return worse ? `${percent(worse.value)} [${percent(worse.low)}, ${percent(worse.high)}]` : '–'
            }),
          ]),
        ),
      ],
      made: reading.made,
    }
  },

  ({ distillation }, draw) =>
    distillation && {
      heading: 'Table 3: solver and skipping step, by iterations of distillation',
      blocks: [
        table(
          ['solver', 'k', 'iterations', ...overall],
          distillation.rows.map(row => [row.solver, row.skip, row.iterations, ...overallCells(row.figures)]),
        ),
        draw('distillation', {
          title: '4 steps, by iterations of distillation',
          x: { label: 'iterations', scale: 'linear' },
          y: { label: 'Fréchet distance in classifier features, lower is better', scale: 'log' },
          lines: linesOf(
            distillation.rows,
            row => `${row.solver}, k = ${row.skip}`,
            row => pointAt(row.iterations, row.figures.frechet),
          ),
        }),
      ],
      made: distillation.made,
    },

  ({ styles }) =>
    styles && {
      heading: 'Personal styles: how they are best learned',
      blocks: [
        'Each style is learned from a dozen renders that the model has never seen the like of. To the render: squared error ' +
          'to the same scene in the style. Distance: Fréchet, in local features of latents. Kept: mean accuracy over all that ' +
          'a style does not change; true renders are what the classifier can read of it. Content: the same once colours are undone, ' +
          'by one map of latents back to pictures without the style. Read as it: how often the classifier takes a picture for one in the style. Diversity: distance between pictures to the same words. Mean over seeds, ± their ' +
          'deviation.',
        table(
          [
            'style',
            'method',
            'to the render',
            'distance',
            'content',
            'kept',
            'kind',
            'read as it',
            'diversity',
            'minutes',
          ],
          styleGroups(styles.rows).map(rows => {
            const of = (value: (row: StyleRow) => number) => spread(rows.map(value))
            return [
              rows[0]!.style,
              rows[0]!.method,
              of(({ toRender }) => toRender.value),
              of(({ distance }) => distance),
              of(({ content }) => content),
              of(({ kept }) => kept),
              of(({ kind }) => kind.value),
              of(({ asStyle }) => asStyle.value),
              of(({ diversity }) => diversity),
              of(({ minutes }) => minutes),
            ]
          }),
        ),
      ],
      made: styles.made,
    },

  ({ time }) => {
    if (!time) return undefined
    const lcm = time.rows.find(({ painter, steps }) => painter === 'LCM' && steps === 4)
    return {
      heading: 'Table 4: time for one picture',
      blocks: [
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
      ],
      made: time.made,
    }
  },
]

/** The seeds of one style and one method, together. */
function styleGroups(rows: readonly StyleRow[]): StyleRow[][] {
  const nameOf = ({ style, method }: StyleRow) => `${style}: ${method}`
  return [...new Set(rows.map(nameOf))].map(name => rows.filter(row => nameOf(row) === name))
}

/** Mean, and standard deviation where there is more than one. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return digits(mean)
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  return `${digits(mean)} ± ${digits(deviation)}`
}

/** The two that everything is about: 4 steps, and the teacher as it is meant to be used. */
const isMain = ({ painter, steps }: StepRow) =>
  (painter === 'LCM' && steps === 4) || (painter === 'DDIM' && steps === 25)
const nameOf = ({ painter, steps }: StepRow) =>
  painter === 'LCM' ? `LCM, ${steps} steps` : `teacher, ${painter}, ${steps} steps`

/** Attributes as rows, what is compared as columns. */
function accuracyTable(columns: readonly { readonly name: string; readonly figures: Figures }[]): string {
  return table(
    ['', ...columns.map(({ name }) => name)],
    Object.entries(accuracyLabels).flatMap(([name, label]) => {
      // The labels' keys are the figures' names.
      const found = columns.map(({ figures }) => figures.accuracy[name as keyof Accuracies])
      return found.some(Boolean) ? [[label, ...found.map(shown)]] : []
    }),
  )
}

/** One line for each name, in the order of the rows. */
function linesOf<Row>(rows: readonly Row[], nameOf: (row: Row) => string, pointOf: (row: Row) => Point): Line[] {
  return [...new Set(rows.map(nameOf))].map(name => ({
    name,
    points: rows.filter(row => nameOf(row) === name).map(pointOf),
  }))
}

const pointAt = (x: number, { value, low, high }: Estimate): Point => ({ x, y: value, low, high })
