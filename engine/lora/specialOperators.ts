/**
 * Quantized and fused graphs paint as any other, but what is done with the graph itself needs standard operators: a
 * style is added to a projection whose weight can be seen, and only what has a gradient rule can be learned through.
 */
import { rules } from '../../onnx/autograd/rules/index.ts'
import { type Graph, operatorOf } from '../../onnx/model.ts'
import { decompositions } from '../../onnx/tape/decompositions.ts'
import { openWeights } from './weights.ts'

export interface SpecialOperators {
  /** Those with a weight that styles and LoRA files cannot change. */
  readonly closed: readonly string[]
  /** Those that nothing can be learned through. */
  readonly untrainable: readonly string[]
}

/** Operators on whole numbers, as quantizers write them; weights that are dequantized first are none. */
const quantized = /^(MatMulInteger|ConvInteger|QLinear\w+|DynamicQuantizeLinear)$/

/** What of a UNet is no standard operator of floats, each name once. */
export function specialOperatorsIn(graph: Graph): SpecialOperators {
  const weights = openWeights(graph)
  const special = graph.nodes.filter(({ domain, op }) => domain !== '' || quantized.test(op))
  const closed = special.filter(({ inputs }) => inputs.some(name => (weights.weight(name)?.dims.length ?? 0) >= 2))
  const untrainable = special.map(operatorOf).filter(name => !(name in rules) && !(name in decompositions))
  return { closed: namesOf(closed.map(operatorOf)), untrainable: namesOf(untrainable) }
}

const namesOf = (operators: readonly string[]) => [...new Set(operators)].sort()

/** The way out, for whoever chose the graph. */
export const plainGraphHint =
  'Take a UNet in float32 or float16 that was not quantized or optimized, as `optimum-cli export onnx` writes it.'

/** What does not work with such a UNet, as sentences. */
export function specialOperatorNotes({ closed, untrainable }: SpecialOperators): string[] {
  return [
    ...(closed.length > 0
      ? [`styles and LoRA files where the unet has ${closed.join(', ')}: files that change such layers are refused.`]
      : []),
    ...(untrainable.length > 0
      ? [`learning: there are no gradients through ${untrainable.join(', ')} of the unet; it paints as any other.`]
      : []),
  ]
}
