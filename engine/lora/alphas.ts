import { UserError } from '../../protocol/errors.ts'
import { compilePattern } from './pattern.ts'

/** alpha / rank of a target. */
export type AlphaOf = (target: string, rank: number) => number

/**
 * What peft's configuration says of alpha: from where diffusers keeps it in the header, with or without `unet.` (the `network`) before
 * each field, else from `adapter_config.json` (`config`). Undefined if there is none.
 */
export function readAlphas(
  metadata: ReadonlyMap<string, string>,
  { config, network = 'unet' }: { readonly config?: string | undefined; readonly network?: string } = {},
): AlphaOf | undefined {
  const text = metadata.get('lora_adapter_metadata') ?? config
  if (text === undefined) return
  const fields = parseObject(text)
  const field = (name: string) => own(fields, `${network}.${name}`) ?? own(fields, name)
  const alpha = field('lora_alpha')
  const isRankStabilized = field('use_rslora') ?? false
  const pattern = field('alpha_pattern') ?? {}
  if (!isStrength(alpha) || typeof isRankStabilized !== 'boolean' || !isObject(pattern)) throw malformed()
  const exceptions = Object.entries(pattern).map(([expression, value]) => {
    if (!isStrength(value)) throw malformed()
    return { fits: matcherOf(expression), value }
  })
  return (target, rank) => {
    const exception = exceptions.find(({ fits }) => fits(target))
    return (exception?.value ?? alpha) / (isRankStabilized ? Math.sqrt(rank) : rank)
  }
}

/** By peft `(.*\.)?(expression)$` matches from the beginning of the name. */
function matcherOf(expression: string): (target: string) => boolean {
  const matches = compilePattern(`(.*\\.)?(${expression})`)
  if (matches) return matches
  throw new UserError(
    'style/file',
    `Expected alpha_pattern in names of modules or simple expressions, got ${JSON.stringify(expression.slice(0, 80))}.`,
    { hint: 'Write the names of the modules that it means in its place.' },
  )
}

function parseObject(text: string): object {
  try {
    const json: unknown = JSON.parse(text)
    if (isObject(json)) return json
  } catch (cause) {
    throw malformed(cause)
  }
  throw malformed()
}

function own(fields: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(fields, name)?.value
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isStrength(json: unknown): json is number {
  return typeof json === 'number' && Number.isFinite(json)
}

function malformed(cause?: unknown): UserError {
  return new UserError(
    'style/file',
    "Expected peft's configuration (in the header or in adapter_config.json) in JSON with a number `lora_alpha`.",
    { cause },
  )
}
