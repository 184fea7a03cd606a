/** Records nodes one after the other, infers what each gives, and is the only place that hands out names. */
import { encodeModel } from '../codec.ts'
import { isStatic, shown } from '../dimensions.ts'
import { infer } from '../inference/index.ts'
import { elementsOf, type Typed, type Value } from '../inference/rule.ts'
import type { Attribute, Attributes, Model, Node, Shape, ValueInfo } from '../model.ts'
import { type DataType, type Initializer, int64, isStored, type Tensor } from '../tensor.ts'
import { removeUnused } from '../unused.ts'

/** Attributes as they are convenient to write; `int` or `float` is told by the attribute's name. */
export type PlainAttributes = Readonly<
  Record<string, number | string | readonly number[] | readonly string[] | Tensor | Attribute | undefined>
>

export interface RecordOptions {
  /** How many results; 1 by default. */
  readonly outputs?: number
  /** Names of the results, where they matter. */
  readonly names?: readonly string[]
  readonly domain?: string
  /** What the results are, for an operator that has no rule in `onnx/inference/`. */
  readonly types?: readonly Typed[]
}

export interface RecorderOptions {
  /** Version of the standard operator set, 13 or newer. 17 runs on every onnxruntime since 2022. */
  readonly opset?: number
  /** Parameters for which this holds become inputs of the graph instead of constants in it. */
  readonly trainable?: (name: string) => boolean
}

const defaultOpset = 17
/** Equal constants up to this size are kept once. */
const maxSharedBytes = 1024

export class Recorder {
  readonly opset: number
  readonly nodes: Node[] = []
  readonly inputs: Value[] = []
  readonly initializers = new Map<string, Initializer>()
  /** Values of all parameters by name, whether they became constants or inputs. */
  readonly parameters = new Map<string, Tensor>()
  readonly values = new Map<string, Value>()
  protected readonly trainable: (name: string) => boolean
  private readonly opsets = new Map<string, number>()
  private readonly taken = new Set<string>()
  /** The next number to try behind a name that is taken. */
  private readonly counters = new Map<string, number>()
  private readonly shared = new Map<string, Value>()
  /** Where the size of each name can be read when the graph runs. */
  private readonly symbols = new Map<string, { value: Value; axis: number }>()
  /** Shapes that were already read at run time. */
  private readonly sizes = new Map<string, Value>()
  private scopes: readonly string[] = []

  constructor(options: RecorderOptions = {}) {
    this.opset = options.opset ?? defaultOpset
    if (this.opset < 13) {
      throw new RangeError(
        `Expected operator set 13 or newer, got ${this.opset}; convert the model first (onnx.version_converter)`,
      )
    }
    this.opsets.set('', this.opset)
    this.trainable = options.trainable ?? (() => false)
  }

  /** Everything recorded by `body` is named beneath `name`: `/down_blocks.0/resnets.0/conv1/Conv`. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.scopes
    this.scopes = [...outer, name]
    try {
      return body()
    } finally {
      this.scopes = outer
    }
  }

  /** The module path of the current scope with `name` behind it: `down_blocks.0.resnets.0.conv1.weight`. */
  path(name: string): string {
    return [...this.scopes, name].join('.')
  }

  /** Sizes may be names where they are known only when the graph runs. */
  input(name: string, dtype: DataType, shape: Shape): Value {
    const value = this.define({ name: this.claim(name), dtype, shape })
    this.inputs.push(value)
    return value
  }

  /**
   * A weight, named beneath the current scope. Asking again for the same name and tensor gives the same value, so that
   * a network can be recorded twice over one set of weights.
   */
  parameter(name: string, tensor: Tensor): Value {
    const path = this.path(name)
    const known = this.parameters.get(path)
    if (known !== undefined) {
      if (known === tensor) return this.value(path)
      throw new Error(`Parameter "${path}" is already there with another tensor; give one of them another name`)
    }
    this.parameters.set(path, tensor)
    return this.trainable(path) ? this.input(path, tensor.dtype, tensor.dims) : this.initializer(path, tensor)
  }

  /** A constant under a fixed name, shared with nothing. */
  initializer(name: string, tensor: Initializer): Value {
    return this.addConstant(this.claim(name), tensor)
  }

  private addConstant(name: string, tensor: Initializer): Value {
    this.initializers.set(name, tensor)
    const elements = elementsOf(tensor)
    return this.define({ name, dtype: tensor.dtype, shape: tensor.dims, ...(elements && { elements }) })
  }

  /** A constant; small equal ones are kept once. */
  constant(tensor: Tensor, name = 'constant'): Value {
    const key = sharedKey(tensor)
    const found = key === undefined ? undefined : this.shared.get(key)
    if (found !== undefined) return found
    const value = this.addConstant(this.unique(name), tensor)
    if (key !== undefined) this.shared.set(key, value)
    return value
  }

  /** Records one operator and returns its first result. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: PlainAttributes = {},
    options: RecordOptions = {},
  ): Value {
    return this.record(op, inputs, attributes, options)[0]!
  }

  /** Records one operator and returns all its results. */
  record(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: PlainAttributes = {},
    options: RecordOptions = {},
  ): Value[] {
    const name = this.unique(`/${[...this.scopes, op].join('/')}`)
    const count = options.names?.length ?? options.outputs ?? 1
    const outputs = Array.from({ length: count }, (_, at) => {
      const chosen = options.names?.[at]
      return chosen === undefined ? this.unique(`${name}_output_${at}`) : this.claim(chosen)
    })
    const node: Node = {
      op,
      domain: options.domain ?? '',
      name,
      inputs: inputs.map(input => input?.name ?? ''),
      outputs,
      attributes: tagged(attributes),
    }
    return this.append(node, options.types)
  }

  /** Appends a node as it is; its inputs must be known here, its names must be free. */
  append(node: Node, types?: readonly Typed[]): Value[] {
    for (const output of node.outputs) this.taken.add(output)
    this.taken.add(node.name)
    const inputs = node.inputs.map(name => (name === '' ? undefined : this.value(name)))
    const results =
      types ?? infer({ node, inputs, opset: this.opset, tensor: index => this.tensor(node.inputs[index] ?? '') })
    if (results.length < node.outputs.length && types !== undefined) {
      throw new Error(
        `Expected types for ${node.outputs.length} results of ${node.op} "${node.name}", got ${results.length}`,
      )
    }
    if (node.domain !== '' && !this.opsets.has(node.domain)) this.opsets.set(node.domain, 1)
    this.nodes.push(node)
    return node.outputs.map((name, at) => {
      const result = results[at]
      if (result === undefined) throw new Error(`${node.op} "${node.name}" gives only ${results.length} results`)
      return this.define({ ...result, name })
    })
  }

  /** Takes back the node recorded last, whose results have fixed shapes, and frees their names. */
  retract(node: Node): void {
    if (this.nodes.at(-1) !== node) throw new Error(`${node.op} "${node.name}" is not the node recorded last`)
    this.nodes.pop()
    for (const name of node.outputs) {
      this.taken.delete(name)
      this.values.delete(name)
    }
  }

  /** The value of that name. */
  value(name: string): Value {
    const found = this.values.get(name)
    if (found === undefined) throw new Error(`No value is named "${name}" in this graph`)
    return found
  }

  /** The contents of a constant that is in memory. */
  tensor(name: string): Tensor | undefined {
    const tensor = this.initializers.get(name)
    return tensor === undefined || isStored(tensor) ? undefined : tensor
  }

  /** A free name that begins with `base`. */
  unique(base: string): string {
    if (!this.taken.has(base)) return this.claim(base)
    let count = this.counters.get(base) ?? 1
    while (this.taken.has(`${base}_${count}`)) count++
    this.counters.set(base, count + 1)
    return this.claim(`${base}_${count}`)
  }

  /** A shape as a tensor: a constant where all sizes are numbers, else read from the values that have these sizes. */
  dimensions(shape: Shape): Value {
    if (isStatic(shape)) return this.constant(int64(shape), 'shape')
    const key = shown(shape)
    const found = this.sizes.get(key)
    if (found !== undefined) return found
    const parts = shape.map(size =>
      typeof size === 'number' ? this.constant(int64([size]), 'shape') : this.size(size),
    )
    const value = parts.length === 1 ? parts[0]! : this.op('Concat', parts, { axis: 0 })
    this.sizes.set(key, value)
    return value
  }

  /** The model whose results are `outputs`, under these names. What they do not need is left out. */
  model(
    outputs: Readonly<Record<string, Value>>,
    options: { producer?: Model['producer']; name?: string } = {},
  ): Model {
    const renamed = new Map<string, string>()
    const nodes = [...this.nodes]
    const produced = new Set(nodes.flatMap(node => node.outputs))
    const infos: ValueInfo[] = Object.entries(outputs).map(([name, value]) => {
      const { dtype, shape } = this.value(value.name)
      const isFree = name === value.name || !this.taken.has(name)
      if (!isFree) throw new Error(`Output "${name}" cannot have the name of another value; choose another`)
      if (name === value.name) {
        renamed.set(name, name)
      } else if (produced.has(value.name) && !renamed.has(value.name)) {
        renamed.set(value.name, name)
      } else {
        // An input, a constant, or a result that is given twice keeps its name and is passed on.
        const source = renamed.get(value.name) ?? value.name
        nodes.push({ op: 'Identity', domain: '', name: `/${name}`, inputs: [source], outputs: [name], attributes: {} })
      }
      return { name, dtype, shape }
    })
    const rename = (name: string) => renamed.get(name) ?? name
    const graph = {
      name: options.name ?? 'fourstroke',
      nodes: nodes.map(node => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
      inputs: this.inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      outputs: infos,
      initializers: this.initializers,
      valueInfo: new Map<string, ValueInfo>(),
    }
    return {
      irVersion: 8,
      opsets: Object.fromEntries(this.opsets),
      producer: options.producer ?? { name: 'fourstroke', version: '' },
      graph: removeUnused(graph),
      metadata: {},
      functions: [],
    }
  }

  /** `model` as the bytes that a session is created from. */
  encode(outputs: Readonly<Record<string, Value>>): Uint8Array {
    return encodeModel(this.model(outputs))
  }

  /** Makes an operator set of another domain part of the model. */
  importDomain(domain: string, version: number): void {
    this.opsets.set(domain, version)
  }

  /** The size of that name, as a list of one. */
  private size(name: string): Value {
    const source = this.symbols.get(name)
    if (source !== undefined) {
      const axis = this.constant(int64([source.axis]), 'axis')
      return this.op('Gather', [this.op('Shape', [source.value]), axis], { axis: 0 })
    }
    // A product of sizes is the product of what each of them is read from.
    const [first, ...rest] = name.split('*')
    if (rest.length === 0) throw new Error(`No value in this graph has the size "${name}"`)
    const read = (factor: string) => this.dimensions([/^\d+$/.test(factor) ? Number(factor) : factor])
    return rest.reduce((product, factor) => this.op('Mul', [product, read(factor)]), read(first!))
  }

  private define(value: Value): Value {
    this.taken.add(value.name)
    this.values.set(value.name, value)
    for (const [axis, size] of value.shape.entries()) {
      if (typeof size === 'string' && size !== '?' && !this.symbols.has(size)) this.symbols.set(size, { value, axis })
    }
    return value
  }

  private claim(name: string): string {
    if (this.taken.has(name)) throw new Error(`The name "${name}" is taken in this graph; choose another`)
    this.taken.add(name)
    return name
  }
}

function sharedKey(tensor: Tensor): string | undefined {
  if (tensor.dtype === 'string' || tensor.data.byteLength > maxSharedBytes) return undefined
  // Elements, not bytes: −0 and 0 may share, and so may no two different numbers of one type.
  return `${tensor.dtype} ${tensor.dims.join('×')} ${Object.is(tensor.data[0], -0) ? '-' : ''}${tensor.data.join(' ')}`
}

/** The float attributes of the specification; every other number is an integer there. */
const floatAttributes = new Set([
  'alpha',
  'beta',
  'gamma',
  'lambd',
  'bias',
  'epsilon',
  'momentum',
  'scale',
  'softcap',
  'cubic_coeff_a',
  'extrapolation_value',
  'value_float',
  'value_floats',
  'high',
  'low',
  'mean',
  'ratio',
  'seed',
])

function tagged(attributes: PlainAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, tag(name, value)]])),
  )
}

function tag(name: string, value: NonNullable<PlainAttributes[string]>): Attribute {
  const isFloat = floatAttributes.has(name)
  if (typeof value === 'number') return { type: isFloat ? 'float' : 'int', value }
  if (typeof value === 'string') return { type: 'string', value }
  if ('type' in value) return value
  if ('dtype' in value) return { type: 'tensor', value }
  if (typeof value[0] === 'string') return { type: 'strings', value: value as readonly string[] }
  return { type: isFloat ? 'floats' : 'ints', value: value as readonly number[] }
}
