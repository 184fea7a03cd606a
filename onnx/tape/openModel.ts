/** Opens a model on a tape with its sizes fixed; what the graph computes from sizes becomes constants on the way. */

import { isStatic, shown } from '../dimensions.ts'
import { hasInference } from '../inference/index.ts'
import type { Typed } from '../inference/rule.ts'
import { type Model, type Node, operatorOf, type Shape } from '../model.ts'
import { type DataType, elementCount, type Initializer, isStored, type Tensor } from '../tensor.ts'
import { decompositions } from './decompositions.ts'
import { Tape } from './tape.ts'

export interface OpenOptions {
  /** Numbers for named sizes: `{ batch: 4, height: 16, width: 16 }`. Names that are left out stay open. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Whole shapes of inputs, where their sizes have no names. */
  readonly inputs?: Readonly<Record<string, Shape>>
  /** Weights for which this holds become inputs of the graph; their tensors are in `tape.parameters`. */
  readonly trainable?: (name: string) => boolean
  /** Write newer and fused operators with older ones (`decompositions.ts`), so that every node has a gradient rule. */
  readonly decompose?: boolean
}

/**
 * The model on a tape, so that it can be continued, differentiated, or closed again with `tape.model(…)`. Values keep
 * their names. Requires operator set 13 or newer; ensures that every shape which follows from the fixed sizes is known.
 */
export function openModel(model: Model, options: OpenOptions = {}): Tape {
  const { graph } = model
  const t = new Tape({ opset: model.opsets[''] ?? 0, ...(options.trainable && { trainable: options.trainable }) })
  for (const [domain, version] of Object.entries(model.opsets)) t.importDomain(domain, version)
  for (const name of Object.keys(options.inputs ?? {})) {
    if (graph.inputs.some(input => input.name === name)) continue
    throw new Error(
      `No input is named "${name}"; the model has ${graph.inputs.map(input => `"${input.name}"`).join(', ')}`,
    )
  }
  for (const { name, dtype, shape } of graph.inputs) {
    const fixed = shape.map(size => (typeof size === 'string' ? (options.sizes?.[size] ?? size) : size))
    t.input(name, dtype, options.inputs?.[name] ?? fixed)
  }
  for (const [name, tensor] of graph.initializers) addInitializer(t, name, tensor)
  for (const node of graph.nodes) addNode(t, model, node, options.decompose ?? false)
  return t
}

/** The same model for one set of sizes: no Shape, no arithmetic on sizes, every shape a constant; decomposed if asked. */
export function specialise(model: Model, options: OpenOptions): Model {
  const t = openModel(model, options)
  const outputs = model.graph.outputs.map(output => [output.name, t.value(output.name)] as const)
  const result = t.model(Object.fromEntries(outputs), { producer: model.producer, name: model.graph.name })
  return { ...result, irVersion: model.irVersion, metadata: model.metadata, functions: model.functions }
}

function addInitializer(t: Tape, name: string, tensor: Initializer): void {
  if (isStored(tensor)) t.initializer(name, tensor)
  else t.parameter(name, tensor)
}

function addNode(t: Tape, model: Model, node: Node, decomposing: boolean): void {
  const value = node.op === 'Constant' ? node.attributes['value'] : undefined
  if (value?.type === 'tensor') {
    addInitializer(t, node.outputs[0]!, value.value)
    return
  }
  const decompose = decomposing ? decompositions[operatorOf(node)] : undefined
  if (decompose !== undefined) {
    const inputs = node.inputs.map(name => (name === '' ? undefined : t.value(name)))
    t.scope(node.name.replace(/^\//, ''), () => {
      const result = decompose(t, node, inputs)
      t.op('Identity', [result], {}, { names: [node.outputs[0]!] })
    })
    return
  }
  const results = t.append(node, hasInference(node) ? undefined : declared(model, node))
  const constants = results.map(result => constantOf(result))
  if (!constants.every(constant => constant !== undefined)) return
  t.retract(node)
  for (const [at, constant] of constants.entries()) t.initializer(node.outputs[at]!, constant)
}

/** What the file itself says about the results of an operator that has no shape rule. */
function declared(model: Model, node: Node): Typed[] | undefined {
  const infos = node.outputs.map(name => model.graph.valueInfo.get(name))
  return infos.every(info => info !== undefined) ? infos : undefined
}

/** A value whose elements are all known is a constant. */
function constantOf({ dtype, shape, elements }: Typed): Tensor | undefined {
  if (elements === undefined || !isStatic(elements) || !isStatic(shape)) return undefined
  if (elements.length !== elementCount(shape)) {
    throw new RangeError(`Expected ${elementCount(shape)} elements for ${shown(shape)}, got ${elements.length}`)
  }
  return integerTensor(dtype, shape, elements)
}

function integerTensor(dtype: DataType, dims: readonly number[], elements: readonly number[]): Tensor | undefined {
  if (dtype === 'int64') return { dtype, dims, data: BigInt64Array.from(elements, element => BigInt(element)) }
  if (dtype === 'int32') return { dtype, dims, data: Int32Array.from(elements) }
  if (dtype === 'bool') return { dtype, dims, data: Uint8Array.from(elements) }
  return undefined
}
