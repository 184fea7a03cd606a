import { activation } from './activation.ts'
import { convolution } from './convolution.ts'
import { elementwise } from './elementwise.ts'
import { layout } from './layout.ts'
import { matrix } from './matrix.ts'
import { normalization } from './normalization.ts'
import { picture } from './picture.ts'
import { reduction } from './reduction.ts'
import type { RuleTable } from './rule.ts'

/** One rule per standard operator. What is not here is written with what is here by `onnx/tape/decompositions.ts`, or refused. */
export const rules: RuleTable = {
  ...elementwise,
  ...activation,
  ...matrix,
  ...convolution,
  ...normalization,
  ...reduction,
  ...layout,
  ...picture,
}
