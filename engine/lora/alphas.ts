import { UserError } from '../../protocol/errors.ts'

/** alpha / rank of a target. */
export type AlphaOf = (target: string, rank: number) => number

/**
 * What peft's configuration says of alpha: from `adapter_config.json`, else from where diffusers keeps it in the header,
 * with or without `unet.` before each field. Undefined if there is none.
 */
export function readAlphas(metadata: ReadonlyMap<string, string>, config?: string): AlphaOf | undefined {
  const text = config ?? metadata.get('lora_adapter_metadata')
  if (text === undefined) return
  const fields = parseObject(text)
  const field = (name: string) => own(fields, `unet.${name}`) ?? own(fields, name)
  const alpha = field('lora_alpha')
  const isRankStabilized = field('use_rslora') ?? false
  const pattern = field('alpha_pattern') ?? {}
  if (!isStrength(alpha) || typeof isRankStabilized !== 'boolean' || !isObject(pattern)) throw malformed()
  const exceptions = Object.entries(pattern).map(([name, value]) => {
    // By peft these are regular expressions; diffusers writes plain names, and a stranger's expressions are not run here.
    if (!isStrength(value) || !/^[\w.]+$/.test(name)) throw malformed()
    return { name, value }
  })
  return (target, rank) => {
    const exception = exceptions.find(({ name }) => target === name || target.endsWith(`.${name}`))
    return (exception?.value ?? alpha) / (isRankStabilized ? Math.sqrt(rank) : rank)
  }
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
    "Expected peft's configuration in JSON with a number `lora_alpha` and, if at all, `alpha_pattern` by plain names.",
    { cause },
  )
}
