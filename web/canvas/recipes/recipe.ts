import type { Texts } from './pngTexts.ts'

/** What a picture of ours or of another program says that it was made by, as far as a frame can say it. */
export interface FoundRecipe {
  readonly program: 'Fourstroke' | 'A1111' | 'ComfyUI'
  readonly prompt: string
  /** What the model was told in place of the prompt; ours alone says it. */
  readonly understoodAs?: string
  readonly negativePrompt?: string
  readonly seed?: number
  /** Of a latent consistency model; those of other samplers would mean something else here. */
  readonly steps?: number
  readonly guidance?: number
  readonly strength?: number
  /** Pixels. */
  readonly width?: number
  readonly height?: number
}

/** The recipe in the texts of a PNG; null: there is none that can be read. */
export function recipeIn(texts: Texts): FoundRecipe | null {
  return ours(texts['fourstroke']) ?? comfy(texts['prompt']) ?? automatic(texts['parameters'])
}

function ours(text: string | undefined): FoundRecipe | null {
  const recipe = text === undefined ? null : parse(text)
  if (!recipe || typeof recipe['prompt'] !== 'string') return null
  const { prompt, understoodAs, negativePrompt, ...numbers } = recipe
  const understood = typeof understoodAs === 'string' ? { understoodAs } : {}
  return { program: 'Fourstroke', prompt, ...understood, ...negativeOf({ negativePrompt }), ...numbersIn(numbers) }
}

const numberNames = ['seed', 'steps', 'guidance', 'strength', 'width', 'height'] as const
type Numbers = Partial<Record<(typeof numberNames)[number], number>>

function numbersIn(fields: Readonly<Record<string, unknown>>): Numbers {
  const found = numberNames.filter(name => Number.isFinite(fields[name])).map(name => [name, fields[name]])
  return Object.fromEntries(found) as Numbers
}

const negativeOf = ({ negativePrompt }: { negativePrompt?: unknown }) =>
  typeof negativePrompt === 'string' && negativePrompt.trim() !== '' ? { negativePrompt: negativePrompt.trim() } : {}

/** `prompt`, `Negative prompt: …`, and a line of `Name: value`, as AUTOMATIC1111 writes them and others after it. */
function automatic(text: string | undefined): FoundRecipe | null {
  const lines = text?.trim().split('\n') ?? []
  const settings = settingsIn(lines.at(-1) ?? '')
  if (settings.size === 0) return null
  const promptLines = lines.slice(0, -1)
  const negativeAt = promptLines.findIndex(line => line.startsWith('Negative prompt:'))
  const [positive, negative] =
    negativeAt < 0 ? [promptLines, []] : [promptLines.slice(0, negativeAt), promptLines.slice(negativeAt)]
  const negativePrompt = negative.join('\n').replace('Negative prompt:', '')
  const [width, height] = settings.get('size')?.split('x').map(Number) ?? []
  const isConsistency = /lcm/i.test(settings.get('sampler') ?? '')
  const fields = {
    ...{ seed: numberOf(settings.get('seed')), guidance: numberOf(settings.get('cfg scale')), width, height },
    ...{ strength: numberOf(settings.get('denoising strength')) },
    ...(isConsistency && { steps: numberOf(settings.get('steps')) }),
  }
  return {
    program: 'A1111',
    prompt: plain(positive),
    ...negativeOf({ negativePrompt: plain([negativePrompt]) }),
    ...numbersIn(fields),
  }
}

/** Extra networks are not words, and a backslash keeps a line from being read as a field. */
const plain = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .replace(/<[a-z]+:[^>]*>/gi, '')
    .replace(/^\\(?=[^\S\n]*(Negative prompt|Steps):)/gm, '')
    .trim()

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

/** Names in lower case; values in quotes may hold commas. */
function settingsIn(line: string): ReadonlyMap<string, string> {
  if (!/^\s*Steps: /.test(line)) return new Map()
  const pairs = line.matchAll(/\s*([\w ]+):\s*("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)/g)
  return new Map([...pairs].map(([, name, value]) => [name!.trim().toLowerCase(), value!.trim()]))
}

interface ComfyNode {
  readonly class_type: string
  readonly inputs: Readonly<Record<string, unknown>>
}

/** ComfyUI's graph of nodes in the form that its API takes: what its sampler was given. */
function comfy(text: string | undefined): FoundRecipe | null {
  const graph = text === undefined ? null : parse(text)
  const nodes = new Map(Object.entries(graph ?? {}).filter((entry): entry is [string, ComfyNode] => isNode(entry[1])))
  const sampler = [...nodes.values()].find(({ class_type }) => class_type.startsWith('KSampler'))
  if (!sampler) return null
  const { inputs } = sampler
  const prompt = wordsOf(nodes, inputs['positive'])
  if (prompt === null) return null
  const latent = nodeOf(nodes, inputs['latent_image'])?.inputs ?? {}
  const isConsistency = inputs['sampler_name'] === 'lcm'
  const fields = {
    ...{ seed: inputs['seed'] ?? inputs['noise_seed'], guidance: inputs['cfg'] },
    ...(Number(inputs['denoise']) < 1 && { strength: inputs['denoise'] }),
    ...{ width: latent['width'], height: latent['height'] },
    ...(isConsistency && { steps: inputs['steps'] }),
  }
  const negativePrompt = wordsOf(nodes, inputs['negative']) ?? undefined
  return { program: 'ComfyUI', prompt, ...negativeOf({ negativePrompt }), ...numbersIn(fields) }
}

const isNode = (value: unknown): value is ComfyNode => {
  const node = value as Partial<ComfyNode> | null
  return typeof node?.class_type === 'string' && typeof node.inputs === 'object' && node.inputs !== null
}

type Nodes = ReadonlyMap<string, ComfyNode>
/** Where an input comes from: `[node, output]`. */
const nodeOf = (nodes: Nodes, link: unknown): ComfyNode | undefined =>
  Array.isArray(link) ? nodes.get(String(link[0])) : undefined

/** No graph that people draw is deeper between its words and its sampler. */
const maxDepth = 12

/** The words at the end of a chain of nodes, which may go through others that only change what they mean. */
function wordsOf(nodes: Nodes, from: unknown, depth = 0): string | null {
  if (typeof from === 'string') return from.trim()
  const node = nodeOf(nodes, from)
  if (!node || depth > maxDepth) return null
  const { inputs } = node
  const next = ['text', 'text_g', 'string', 'value', 'conditioning', 'conditioning_1', 'positive']
  for (const name of next) {
    const found = inputs[name] === undefined ? null : wordsOf(nodes, inputs[name], depth + 1)
    if (found !== null) return found
  }
  return null
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
