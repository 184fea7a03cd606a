/**
 * Types and shapes of what an operator gives, from what it takes: one rule per operator. Small integer tensors carry
 * their elements along, so that shapes which a graph computes (Shape → Gather → Concat → Reshape) are known as well.
 */
import { shown } from '../dimensions.ts'
import { type Node, operatorOf } from '../model.ts'
import { constant } from './constant.ts'
import { elementwise } from './elementwise.ts'
import { layout } from './layout.ts'
import { matrix } from './matrix.ts'
import { normalization } from './normalization.ts'
import { picture } from './picture.ts'
import { reduction } from './reduction.ts'
import type { InferenceContext, RuleTable, Typed } from './rule.ts'

/** One rule per operator. One that is not here must come with the types of its outputs. */
const rules: RuleTable = {
  ...elementwise,
  ...matrix,
  ...picture,
  ...normalization,
  ...reduction,
  ...layout,
  ...constant,
}

/** Throws, naming the node, where the operator has no rule or its inputs do not fit. */
export function infer(context: InferenceContext): Typed[] {
  const { node } = context
  const rule = rules[operatorOf(node)]
  const where = `${node.op} "${node.name}"`
  if (rule === undefined) {
    throw new Error(
      `No shape rule for ${where}; add one to its family in onnx/inference/, or give the types of its outputs`,
    )
  }
  try {
    return rule(context)
  } catch (cause) {
    const inputs = context.inputs.map(input => (input ? `${input.dtype} ${shown(input.shape)}` : '–')).join(', ')
    throw new Error(`${where} cannot take (${inputs}): ${(cause as Error).message}`, { cause })
  }
}

export function hasInference(node: Node): boolean {
  return operatorOf(node) in rules
}
