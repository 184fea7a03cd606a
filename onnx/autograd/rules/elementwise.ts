import type { Value } from '../../tape/tape.ts'
import { binary, notDifferentiable, type Rule, type RuleTable, unary } from './rule.ts'

/**
 * y = a·b. Where b = σ(a), as exporters write SiLU, both ways to a are taken at once: dy · (b + y·(1 − b)), four passes
 * over the elements instead of six.
 */
const mul: Rule = (t, step) => {
  const [a, b, y, d] = [step.x[0]!, step.x[1]!, step.y[0]!, step.dy[0]!]
  const isSilu = (x: Value, s: Value) => {
    const sigmoid = step.producer(s)
    return sigmoid?.op === 'Sigmoid' && step.valueOf(sigmoid.inputs[0]!) === x && !step.isWanted(s)
  }
  const silu = (s: Value) => () => t.mul(d, t.add(s, t.mul(y, t.sub(1, s))))
  if (isSilu(a, b)) return [silu(b), null]
  if (isSilu(b, a)) return [null, silu(a)]
  return [() => t.mul(d, b), () => t.mul(d, a)]
}

/** Every operand that is the extremum receives an equal share, as `torch.maximum`. */
const extremum: Rule = (t, { x, y, dy }) => {
  const masks = x.map(operand => t.cast(t.equal(operand!, y[0]!), dy[0]!.dtype))
  const share = t.div(
    dy[0]!,
    masks.reduce((sum, mask) => t.add(sum, mask)),
  )
  return masks.map(mask => () => t.mul(share, mask))
}

/** y = xᶜ. A constant exponent, as exporters write squares and roots, needs no logarithm. */
const power: Rule = (t, { node, x, y, dy }) => {
  const [base, exponent] = [x[0]!, x[1]!]
  const constant = t.tensor(node.inputs[1]!)
  const c = constant !== undefined && constant.data.length === 1 ? Number(constant.data[0]) : undefined
  const slope = (): Value => {
    if (c === 2) return t.mul(base, 2)
    if (c !== undefined) return t.mul(t.pow(base, t.scalar(c - 1, base.dtype)), c)
    return t.mul(t.cast(exponent, base.dtype), t.pow(base, t.sub(exponent, 1)))
  }
  return [() => t.mul(dy[0]!, slope()), () => t.mul(dy[0]!, t.mul(y[0]!, t.log(base)))]
}

export const elementwise = {
  Add: binary((_t, dy) => [dy, dy]),
  Sub: binary((t, dy) => [dy, () => t.neg(dy)]),
  Mul: mul,
  Div: binary((t, dy, _a, b, y) => [() => t.div(dy, b), () => t.neg(t.div(t.mul(dy, y), b))]),
  Pow: power,
  Min: extremum,
  Max: extremum,
  Sum: (_t, { x, dy }) => x.map(() => dy[0]!),
  Where: (t, { x, dy }) => [null, () => t.where(x[0]!, dy[0]!, 0), () => t.where(x[0]!, 0, dy[0]!)],

  Neg: unary((t, dy) => t.neg(dy)),
  Abs: unary((t, dy, x) => t.mul(dy, t.sign(x))),
  Sqrt: unary((t, dy, _x, y) => t.div(t.mul(dy, 0.5), y)),
  Exp: unary((t, dy, _x, y) => t.mul(dy, y)),
  Log: unary((t, dy, x) => t.div(dy, x)),
  Reciprocal: unary((t, dy, _x, y) => t.neg(t.mul(dy, t.mul(y, y)))),
  Sin: unary((t, dy, x) => t.mul(dy, t.cos(x))),
  Cos: unary((t, dy, x) => t.neg(t.mul(dy, t.sin(x)))),
  Identity: unary((_t, dy) => dy),
  Cast: unary((t, dy, x) => t.cast(dy, x.dtype)),
  // Inside the limits, and on them, y is x.
  Clip: unary((t, dy, x, y) => t.where(t.equal(x, y), dy, 0)),

  Floor: notDifferentiable,
  Ceil: notDifferentiable,
  Round: notDifferentiable,
  Sign: notDifferentiable,
  Equal: notDifferentiable,
  Less: notDifferentiable,
  LessOrEqual: notDifferentiable,
  Greater: notDifferentiable,
  GreaterOrEqual: notDifferentiable,
  And: notDifferentiable,
  Or: notDifferentiable,
  Not: notDifferentiable,
} satisfies RuleTable
