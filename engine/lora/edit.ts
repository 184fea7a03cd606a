/**
 * A graph whose targeted projections take an adapter for each sample: y = W x becomes y = W x + Bᵀ A x, and every A and
 * B is cut from one flat input `style` (B, R · width), laid out as `Adapter` says. How many ranks R there are may change
 * from run to run: with none, nothing is added; ranks of zeros add zeros.
 */
import { makeNode, setInput } from '../../onnx/editing.ts'
import { type Graph, intsAttribute, type Model, type Node } from '../../onnx/model.ts'
import { dataTypes, type Initializer } from '../../onnx/tensor.ts'
import { addBeside, attribute, type Beside, cutTargets, integers, partsOf, withConstants } from './branch.ts'
import { type Target, widthOf } from './layout.ts'

export const styleInput = 'style'

/** Requires targets of this very graph, and operator set 13 or newer. Inputs and outputs keep their names. */
export function takeStyles(model: Model, targets: readonly Target[]): Model {
  const graph = addBeside(withStyle(model.graph, targets), targets, (target, change) =>
    changes[target.node.op as keyof typeof changes](target, change),
  )
  return { ...model, graph }
}

/** The input, cut into the A (B, R, in) and B (B, R, out) of all targets. */
function withStyle(graph: Graph, targets: readonly Target[]): Graph {
  const cut = cutTargets(targets, 'style_cast', 2)
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
} satisfies Record<string, (target: Target, change: string) => Beside>

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
