import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { UserError } from '../protocol/errors.ts'
import { evaluate as measure, measureAlone } from '../training/evaluation/index.ts'
import { rivals } from '../training/evaluation/measure.ts'
import { judgeless, longTables, type TableName, tableNames } from '../training/evaluation/results.ts'
import { teacherFolderOf } from '../training/stages/export.ts'
import { parts, type RecipeName, recipes } from '../training/workspace/recipes.ts'
import { filesOf } from '../training/workspace/workspace.ts'
import { checkOutput } from './files.ts'
import { onInterrupt } from './interrupt.ts'

/** As the command line gives them: already numbers where numbers are meant. */
export interface EvalOptions {
  /** The recipe that the model was trained by; `full` by default, `quick` with `--quick`. */
  readonly config?: string
  /** Checkpoints of the training; `.training/<config>` by default. */
  readonly folder?: string
  /** A part of the world, or another recipe whose part is painted. */
  readonly slice?: string
  /** The model folder; the configured one by default, or the one beside the checkpoints of a quick run. */
  readonly model?: string
  /** Table names between commas; all but `distillation` and `styles`, which take hours, by default. */
  readonly tables?: string
  /** Pictures for each row, a multiple of 64. */
  readonly n?: number
  readonly seed?: number
  /** Of each run of the table `distillation`; the recipe's by default. */
  readonly iterations?: number
  readonly threads?: number
  /** 64 pictures a row, nothing written into docs/. */
  readonly quick?: boolean
  /** The document that the figures go into. */
  readonly out?: string
}

/** `npx fourstroke eval`: measures the model and writes tables and plots. */
export async function evaluate(options: EvalOptions, config: Config): Promise<void> {
  const recipe = options.config ?? (options.quick ? 'quick' : 'detailed')
  if (!isRecipe(recipe)) {
    throw new UserError(
      'options/invalid',
      `--config: expected one of ${Object.keys(recipes).join(', ')}, got "${recipe}".`,
    )
  }
  const slice = options.slice ?? recipe
  if (!isRecipe(slice) && !isPart(slice)) {
    const known = [...Object.keys(parts), ...Object.keys(recipes)].join(', ')
    throw new UserError('options/invalid', `--slice: expected one of ${known}, got "${slice}".`)
  }
  const folder = options.folder ?? join('.training', recipe)
  const tables = options.tables?.split(',') ?? tableNames.filter(name => !longTables.includes(name))
  const unknown = tables.find(name => !isTable(name))
  if (unknown !== undefined) {
    throw new UserError('options/invalid', `--tables: expected some of ${tableNames.join(', ')}, got "${unknown}".`)
  }
  const n = options.n ?? (options.quick ? rivals : 8 * rivals)
  if (n < rivals || n % rivals !== 0)
    throw new UserError('options/invalid', `--n: expected a multiple of ${rivals}, got ${n}.`)
  const { iterations } = options
  if (iterations !== undefined && !(Number.isInteger(iterations) && iterations >= 1)) {
    throw new UserError('options/invalid', `--iterations: expected a whole number from 1, got ${iterations}.`)
  }
  const judged = tables.filter(isJudged)
  const modelFolder = options.model ?? (recipe === 'quick' ? join(folder, 'model') : config.engine.modelFolder)
  const hasTeacher = existsSync(filesOf({ folder }).teacher) || existsSync(teacherFolderOf(modelFolder))
  if (judged.length > 0 && !hasTeacher) {
    throw new UserError(
      'options/invalid',
      `--folder: expected the checkpoints of a training in ${folder}, found no teacher there or beside ${modelFolder}: ` +
        `run \`npx fourstroke train all --config ${recipe}\` first, name another folder, or measure what needs none: ` +
        `--tables ${judgeless.join(',')}.`,
    )
  }
  if (options.out !== undefined) await checkOutput(options.out)
  const stop = new AbortController()
  const forget = onInterrupt(() => stop.abort(), ['SIGINT', 'SIGTERM'])
  try {
    const how = {
      config: recipe,
      slice: isPart(slice) ? parts[slice] : recipes[slice].pictures.slice,
      folder,
      modelFolder,
      n,
      reference: Math.max(2 * n, 256),
      document: options.out ?? (options.quick ? join(folder, 'evaluation.md') : join('docs', 'evaluation.md')),
      command: commandOf(options),
      ...(iterations !== undefined && { distillation: { iterations } }),
      ...(options.seed !== undefined && { firstSeed: options.seed }),
      ...(options.threads !== undefined && { threads: options.threads }),
      signal: stop.signal,
      say: log,
    } as const
    if (tables.some(name => !isJudged(name))) await measureAlone(how)
    if (judged.length > 0) await measure({ ...how, tables: judged })
  } finally {
    forget()
  }
}

function commandOf(options: EvalOptions): string {
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name} ${value}`],
  )
  return ['npx fourstroke eval', ...flags].join(' ')
}

const isPart = (name: string): name is keyof typeof parts => Object.hasOwn(parts, name)
const isRecipe = (name: string): name is RecipeName => Object.hasOwn(recipes, name)
type JudgedTable = Exclude<TableName, 'instruments'>
const isJudged = (name: string): name is JudgedTable => isTable(name) && !judgeless.includes(name)
const isTable = (name: string): name is TableName => tableNames.some(known => known === name)

function log(flags: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${flags}`)
}
