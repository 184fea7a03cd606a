import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { during } from '../../onnx/optim/releasable.ts'
import type { SolverName } from '../solvers/index.ts'
import { distil, trainedStudent } from '../stages/lcd.ts'
import type { Recipe } from '../workspace/recipes.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { openStudentPipeline } from './pipelines.ts'
import type { DistillationRow } from './results.ts'
import { type Bench, examine, examOf, inShort } from './tables.ts'

export interface DistillationPlan {
  readonly runs: readonly { readonly solver: SolverName; readonly skip: number }[]
  /** Iterations of each run, … */
  readonly iterations: number
  /** … and after how many of them it is looked at, about: a run is stopped between two steps. */
  readonly every: number
}

/** The paper's figure: every solver at the default skip, and every skip with the default solver. */
export const paperRuns: DistillationPlan['runs'] = [
  ...[1, 5, 10, 20, 50].map(skip => ({ solver: 'ddim' as const, skip })),
  { solver: 'dpm', skip: 20 },
  { solver: 'dpm++', skip: 20 },
]

/**
 * Table 3: how good 4 steps are after how many iterations of distillation, by the solver that walks the teacher's way
 * and by how many timesteps it skips. Each run has a folder of its own beside the workspace's, and can be resumed.
 */
export async function distillationTable(
  bench: Bench,
  workspace: Workspace,
  { runs, iterations, every }: DistillationPlan,
): Promise<DistillationRow[]> {
  const exam = examOf(bench, 'val')
  const rows: DistillationRow[] = []
  for (const { solver, skip } of runs) {
    const lcd = workspace.recipe.lcd
    const recipe: Recipe = {
      ...workspace.recipe,
      lcd: { ...lcd, solver, skip, adam: { ...lcd.adam, steps: iterations } },
    }
    const own: Workspace = { ...workspace, folder: await runFolder(workspace, `${solver}-${skip}`), recipe }
    for (let goal = every; goal < iterations + every; goal += every) {
      const done = await distilUntil(own, Math.min(goal, iterations))
      const figures = await during(openStudentPipeline(bench.pipeline, own, trainedStudent(own)), paint =>
        examine(paint, exam, bench, { steps: 4, guidance: bench.guidance }),
      )
      bench.say(`${solver}, k = ${skip}, after ${done}: ${inShort(figures)}`)
      rows.push({ solver, skip, iterations: done, figures })
    }
  }
  return rows
}

/** Goes on with a distillation up to about `goal`; returns where it stands. */
async function distilUntil(workspace: Workspace, goal: number): Promise<number> {
  const file = filesOf(workspace).lcd
  const standing = () => (existsSync(file) ? loadCheckpoint(file).record.step : 0)
  if (standing() >= goal) return standing()
  const stop = new AbortController()
  workspace.signal?.addEventListener('abort', () => stop.abort(), { once: true })
  await distil({
    ...workspace,
    resume: true,
    checkpointSeconds: Number.POSITIVE_INFINITY,
    signal: stop.signal,
    onProgress(progress) {
      workspace.onProgress(progress)
      if (progress.step >= goal) stop.abort()
    },
  })
  return standing()
}

/** A folder that shares everything with the workspace's but what distillation makes. */
async function runFolder(workspace: Workspace, name: string): Promise<string> {
  const folder = join(workspace.folder, 'distillation', name)
  await mkdir(folder, { recursive: true })
  const [from, to] = [filesOf(workspace), filesOf({ folder })]
  for (const shared of [
    'pictures',
    'vae',
    'decoder',
    'latentStatistics',
    'latents',
    'tokenizer',
    'text',
    'teacher',
  ] as const) {
    if (existsSync(from[shared]) && !existsSync(to[shared])) await symlink(relative(folder, from[shared]), to[shared])
  }
  return folder
}
