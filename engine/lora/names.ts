/**
 * The module of diffusers that a node of an exported UNet or text encoder stands for. Exporters rename weights (`onnx::MatMul_1633`,
 * `val_123`), but each leaves its traces elsewhere, and what has none is known by its place in an attention.
 */
import type { Graph, Node } from '../../onnx/model.ts'
import { type GraphWeights, projectionOf } from './weights.ts'

/** Module paths by node, for every MatMul, Gemm and Conv with a weight whose module can be told. */
export function modulesOf(graph: Graph, weights: GraphWeights): ReadonlyMap<Node, string> {
  const modules = new Map<Node, string>()
  const projections = new Set(graph.nodes.filter(node => projectionOf(node, weights)))
  for (const node of projections) {
    const module = traces(node, weights).map(moduleOf).find(Boolean)
    if (module) modules.set(node, module)
  }
  for (const { attention, queries, keys, values } of attentions(graph, weights, projections, modules)) {
    for (const [node, part] of [
      [queries, 'to_q'],
      [keys, 'to_k'],
      [values, 'to_v'],
    ] as const) {
      if (node && !modules.has(node)) modules.set(node, `${attention}.${part}`)
    }
  }
  return modules
}

/** Everything around a node that may hold its module's name, the surest first. */
function traces(node: Node, weights: GraphWeights): string[] {
  const { value, source } = projectionOf(node, weights)!.weight
  const scopes = node.metadata?.['pkg.torch.onnx.name_scopes'] ?? ''
  const bias = biasAdd(node, weights)?.inputs.find(name => name.endsWith('.bias'))
  return [
    ...[value, source, node.inputs[2] ?? '', bias ?? ''].filter(name => /\.(weight|bias)$/.test(name)),
    // The last of ['', 'unet', …, 'unet.mid_block.attentions.0.proj_in', 'linear'] is the operation.
    [...scopes.matchAll(/'([^']*)'/g)].map(match => match[1]!).at(-2) ?? '',
    // /down_blocks.0/attentions.0/…/to_q/MatMul
    node.name.split('/').slice(0, -1).join('.'),
  ].map(name => name.replace(/\.(weight|bias)$/, ''))
}

/** From where diffusers' names begin; what wraps the UNet puts its own before them. */
function moduleOf(trace: string): string | undefined {
  return /(?:^|\.)((?:(?:down|up)_blocks\.\d|mid_block|conv_in$|conv_out$|(?:time|add)_embedding|text_model\.encoder).*)$/.exec(
    trace,
  )?.[1]
}

/** The addition of a constant vector to what the node gives, if nobody else uses it. */
export function biasAdd(node: Node, weights: GraphWeights): Node | undefined {
  const [add, ...others] = weights.consumers(node.outputs[0]!)
  if (!add || others.length > 0 || add.op !== 'Add') return undefined
  return add.inputs.some(name => weights.weight(name)?.dims.length === 1) ? add : undefined
}

interface Attention {
  readonly attention: string
  readonly queries: Node | undefined
  readonly keys: Node | undefined
  readonly values: Node | undefined
}

/** softmax(q kᵀ) v, or one operator for all of it, followed by a projection `to_out.0` whose module is known. */
function* attentions(
  graph: Graph,
  weights: GraphWeights,
  projections: ReadonlySet<Node>,
  modules: ReadonlyMap<Node, string>,
): Generator<Attention> {
  /** The nearest projection that a value comes from. */
  const before = (value: string | undefined): Node | undefined => {
    const node = value === undefined ? undefined : weights.producer(value)
    if (!node || projections.has(node)) return node
    if (node.op === 'Reshape') return before(node.inputs[0])
    if (!rearranges.has(node.op)) return undefined
    return node.inputs.map(before).find(Boolean)
  }
  const after = (value: string): Node | undefined =>
    weights
      .consumers(value)
      .map(node => (projections.has(node) ? node : rearranges.has(node.op) ? after(node.outputs[0]!) : undefined))
      .find(Boolean)
  /** The product of queries and keys behind a softmax. */
  const scores = (value: string): Node | undefined => {
    const node = weights.producer(value)
    if (!node || node.op === 'MatMul') return node
    return rearranges.has(node.op) ? node.inputs.map(scores).find(Boolean) : undefined
  }
  for (const node of graph.nodes) {
    const inner = node.op === 'Softmax' ? [scores(node.inputs[0]!), through(node, weights)] : undefined
    const [q, k, v, out] =
      node.op === 'Attention'
        ? [...node.inputs.slice(0, 3), node.outputs[0]]
        : [inner?.[0]?.inputs[0], inner?.[0]?.inputs[1], inner?.[1]?.inputs[1], inner?.[1]?.outputs[0]]
    const module = out === undefined ? undefined : modules.get(after(out) ?? node)
    if (!module?.endsWith('.to_out.0')) continue
    yield { attention: module.slice(0, -'.to_out.0'.length), queries: before(q), keys: before(k), values: before(v) }
  }
}

/** The product of shares and values that follows a softmax. */
function through(node: Node, weights: GraphWeights): Node | undefined {
  for (const next of weights.consumers(node.outputs[0]!)) {
    if (next.op === 'MatMul') return next
    if (rearranges.has(next.op)) return through(next, weights)
  }
  return undefined
}

const rearranges: ReadonlySet<string> = new Set([
  ...['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Cast', 'Identity', 'Dropout'],
  ...['Mul', 'Div', 'Add'],
])
