/**
 * A graph whose targeted projections take an adapter for each sample: y = W x becomes y = W x + Bᵀ A x, and every A and
 * B is cut from one flat input `style` (B, R · width), laid out as `Adapter` says. How many ranks R there are may change
 * from run to run: with none, nothing is added; ranks of zeros add zeros.
 */
import { insertOnEdge, makeNode, setInitializer, setInput } from '../onnx/editing.ts'
import {
  type Attribute,
  dataTypes,
  type Graph,
  type Initializer,
  int64,
  intsAttribute,
  type Model,
  type Node,
} from '../onnx/model.ts'
import { type Target, widthOf } from './layout.ts'

export const styleInput = 'style'

/** Requires targets of this very graph, and operator set 13 or newer. Inputs and outputs keep their names. */
export function takeStyles(model: Model, targets: readonly Target[]): Model {
  let graph = withStyle(model.graph, targets)
  // From the end: what an adapter takes may be the result of an earlier target, which is then changed for both.
  for (const target of targets.toReversed()) graph = withAdapter(graph, target)
  return { ...model, graph }
}

const partsOf = ({ name }: Target) => ({ a: `${name}.style_a`, b: `${name}.style_b` })

/** The input, cut into the A (B, R, in) and B (B, R, out) of all targets. */
function withStyle(graph: Graph, targets: readonly Target[]): Graph {
  const pieces = targets.flatMap(target => {
    const { a, b } = partsOf(target)
    return [
      { name: a, size: target.in },
      { name: b, size: target.out },
    ]
  })
  const cut = cutInto(pieces, 'style_cast')
  const nodes = [
    makeNode('Reshape', [styleInput, 'style_shape'], ['style_ranks']), // (B, R, width)
    makeNode('Cast', ['style_ranks'], ['style_cast'], attribute('to', dataTypes[targets[0]!.weight.dtype])),
    ...cut.nodes,
  ]
  const input = { name: styleInput, dtype: 'float32', shape: ['batch', 'style'] } as const
  const edited = withConstants(setInput(graph, input), {
    style_shape: integers([0, -1, widthOf(targets)]),
    ...cut.constants,
  })
  return { ...edited, nodes: [...nodes, ...edited.nodes] }
}

/** WebGPU promises a shader no more than 8 buffers, one of which is what is cut. */
const mostPieces = 7

/** Cuts (B, R, width) along its last axis, by few pieces at a time: pieces of pieces, the last of which have names. */
function cutInto(pieces: readonly Piece[], source: string): { nodes: Node[]; constants: Record<string, Initializer> } {
  let share = 1
  while (share * mostPieces < pieces.length) share *= mostPieces
  const groups = Array.from({ length: Math.ceil(pieces.length / share) }, (_, at) => {
    const inside = pieces.slice(at * share, (at + 1) * share)
    const name = inside.length === 1 ? inside[0]!.name : `${source}_${at}`
    return { name, inside, size: inside.reduce((sum, piece) => sum + piece.size, 0) }
  })
  const deeper = groups.filter(({ inside }) => inside.length > 1).map(({ name, inside }) => cutInto(inside, name))
  const names = groups.map(({ name }) => name)
  return {
    nodes: [
      makeNode('Split', [source, `${source}_sizes`], names, { name: `${source}_cut`, ...attribute('axis', 2) }),
      ...deeper.flatMap(({ nodes }) => nodes),
    ],
    constants: Object.assign(
      { [`${source}_sizes`]: integers(groups.map(({ size }) => size)) },
      ...deeper.map(({ constants }) => constants),
    ),
  }
}

interface Piece {
  readonly name: string
  readonly size: number
}

function withAdapter(graph: Graph, target: Target): Graph {
  const change = `${target.name}.style_change`
  const styled = `${target.name}.styled`
  const { constants, nodes } = changes[target.node.op as keyof typeof changes](target, change)
  return insertOnEdge(withConstants(graph, constants), target.result, y => ({
    nodes: [...nodes(y), makeNode('Add', [y, change], [styled])],
    result: styled,
  }))
}

interface Change {
  readonly constants: Readonly<Record<string, Initializer>>
  /** Nodes that give Bᵀ A x in the shape of `y`. */
  nodes(y: string): Node[]
}

const changes = {
  /** x (B, N, in) → (B, N, out) */
  MatMul: (target, change) => ({ constants: {}, nodes: () => onTokens(target, target.node.inputs[0]!, change) }),

  /** As above, from x (B · N, in): all tokens of all samples in rows. */
  Gemm(target, change) {
    const own = (part: string) => `${target.name}.style_${part}`
    return {
      constants: {
        [own('first')]: integers([0]),
        [own('second')]: integers([1]),
        [own('row')]: integers([-1, target.in]),
      },
      nodes: y => [
        makeNode('Shape', [styleInput], [own('dims')]),
        makeNode('Slice', [own('dims'), own('first'), own('second')], [own('batch')]),
        makeNode('Concat', [own('batch'), own('row')], [own('rows')], attribute('axis', 0)),
        makeNode('Reshape', [target.node.inputs[0]!, own('rows')], [own('tokens')]),
        ...onTokens(target, own('tokens'), own('result')),
        makeNode('Shape', [y], [own('shape')]),
        makeNode('Reshape', [own('result'), own('shape')], [change]),
      ],
    }
  },

  /** x (B, C, H, W) as tokens (B, H' · W', in): the windows that the kernel sees. */
  Conv(target, change) {
    const own = (part: string) => `${target.name}.style_${part}`
    const [, channels, height, width] = target.weight.dims as [number, number, number, number]
    const isPointwise = height * width === 1 && (intsAttribute(target.node, 'strides') ?? []).every(step => step === 1)
    const { inputs, attributes } = target.node
    const byChannel = { attributes: { ...attributes, ...attribute('group', channels).attributes } }
    return {
      constants: {
        [own('flat')]: integers([0, 0, -1]),
        ...(!isPointwise && { [own('windows')]: windowsOf(channels, [height, width], target.weight.dtype) }),
      },
      nodes: y => [
        ...(isPointwise ? [] : [makeNode('Conv', [inputs[0]!, own('windows')], [own('unfolded')], byChannel)]),
        makeNode('Reshape', [isPointwise ? inputs[0]! : own('unfolded'), own('flat')], [own('columns')]),
        makeNode('Transpose', [own('columns')], [own('tokens')], order),
        ...onTokens(target, own('tokens'), own('result')),
        makeNode('Transpose', [own('result')], [own('planes')], order),
        makeNode('Shape', [y], [own('shape')]),
        makeNode('Reshape', [own('planes'), own('shape')], [change]),
      ],
    }
  },
} satisfies Record<string, (target: Target, change: string) => Change>

/**
 * x (B, N, in) → x Aᵀ B (B, N, out). Nothing is transposed in front of the second product, over the ranks: onnxruntime
 * would fuse the two, and its fused product over none leaves what was in memory instead of zeros (1.30, CPU).
 */
function onTokens(target: Target, x: string, result: string): Node[] {
  const { a, b } = partsOf(target)
  const [down, inner] = [`${target.name}.style_down`, `${target.name}.style_inner`]
  return [
    makeNode('Transpose', [a], [down], order), // (B, in, R)
    makeNode('MatMul', [x, down], [inner]), // (B, N, R)
    makeNode('MatMul', [inner, b], [result]),
  ]
}

/** The kernel of a convolution by channels that gives each pixel of a window a channel of its own. */
function windowsOf(channels: number, [height, width]: readonly [number, number], dtype: string): Initializer {
  const pixels = height * width
  const dims = [channels * pixels, 1, height, width]
  const ones = Array.from({ length: channels * pixels }, (_, row) => row * pixels + (row % pixels))
  if (dtype === 'float16') {
    const data = new Uint16Array(channels * pixels * pixels)
    for (const at of ones) data[at] = oneAsHalf
    return { dtype, dims, data }
  }
  const data = new Float32Array(channels * pixels * pixels)
  for (const at of ones) data[at] = 1
  return { dtype: 'float32', dims, data }
}

const oneAsHalf = 0x3c00
const order = attribute('perm', [0, 2, 1])

function attribute(name: string, value: number | readonly number[]): { attributes: Record<string, Attribute> } {
  return { attributes: { [name]: typeof value === 'number' ? { type: 'int', value } : { type: 'ints', value } } }
}

function integers(values: readonly number[]): Initializer {
  return int64([values.length], values)
}

function withConstants(graph: Graph, constants: Readonly<Record<string, Initializer>>): Graph {
  let edited = graph
  for (const [name, tensor] of Object.entries(constants)) edited = setInitializer(edited, name, tensor)
  return edited
}
