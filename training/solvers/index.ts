/**
 * How a model that was not distilled is sampled. A sampler (`ddim.ts`, `dpmSolver.ts`) is a scheduler of diffusers: one
 * list of timesteps for a whole picture. An ODE solver (`odeStep.ts`) takes one step from anywhere to anywhere, as
 * consistency distillation asks of a teacher.
 */
import { ddim, dpmSolver2, dpmSolverPlusPlus2S, type OdeSolver } from './odeStep.ts'
import type { Diffusion } from './prediction.ts'

/** The choices of Ψ in a distillation. */
export const solvers = {
  ddim,
  dpm: dpmSolver2,
  'dpm++': dpmSolverPlusPlus2S,
} as const satisfies Record<string, (diffusion: Diffusion) => OdeSolver>
export type SolverName = keyof typeof solvers
export const solverNames = Object.keys(solvers) as SolverName[]
