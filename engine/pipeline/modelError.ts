import { UserError } from '../../protocol/errors.ts'

/** A part of a model folder is not as it must be. */
export function modelError(part: string, expected: string, found: string, cause?: unknown): UserError {
  return new UserError('model/broken', `Model part ${part}: expected ${expected}; found ${found}.`, { cause })
}

/** Inputs or outputs as such an error names them: `sample [batch,4,64,64], timestep []`. */
export function signatureOf(values: readonly { readonly name: string; readonly shape: readonly unknown[] }[]): string {
  return values.map(({ name, shape }) => `${name} [${shape}]`).join(', ')
}
