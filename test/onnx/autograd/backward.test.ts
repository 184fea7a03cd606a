import { describe, expect, it } from 'vitest'
import { gradients } from '../../../onnx/autograd/backward.ts'
import { Tape } from '../../../onnx/tape/tape.ts'
import { float32 } from '../../../onnx/tensor.ts'
import { run } from '../files.ts'

const vector = (...numbers: number[]) => ({
  dtype: 'float32' as const,
  dims: [numbers.length],
  data: Float32Array.from(numbers),
})

describe('the walk', () => {
  it('sums what comes back over several ways', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    const doubled = t.add(x, x)
    const loss = t.reduceSum(t.add(t.mul(doubled, x), t.exp(x)))
    const { x_grad } = await run(t.encode({ x_grad: gradients(t, loss, [x]).get('x')! }), { x: vector(1, -2) })
    expect(x_grad!.data[0]).toBeCloseTo(4 + Math.exp(1), 5)
    expect(x_grad!.data[1]).toBeCloseTo(-8 + Math.exp(-2), 5)
  })

  it('differentiates by values in the middle, and by the loss itself', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    const middle = t.exp(x)
    const loss = t.reduceSum(t.mul(middle, middle))
    const found = gradients(t, loss, [middle, loss])
    const results = await run(t.encode({ m: found.get(middle.name)!, l: found.get(loss.name)! }), { x: vector(0, 1) })
    expect(results['m']!.data[0]).toBeCloseTo(2, 6)
    expect(results['l']!.data[0]).toBe(1)
  })

  it('records nothing for what nobody wants', () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [1, 4, 8, 8])
    const w = t.parameter('w', float32(new Float32Array(144), [4, 4, 3, 3]))
    const bias = t.input('bias', 'float32', [4])
    const loss = t.reduceSum(t.conv(t.silu(x), w, bias, { pads: 1 }))
    const before = t.nodes.length
    gradients(t, loss, [bias])
    expect(t.nodes.slice(before).map(node => node.op)).toEqual(['Reshape', 'Expand', 'ReduceSum'])
  })

  it('names what it records after the nodes it comes from', () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    const loss = t.scope('block.0', () => t.reduceSum(t.mul(x, x)))
    const before = t.nodes.length
    gradients(t, loss, [x])
    for (const { name } of t.nodes.slice(before))
      expect(name).toMatch(/^\/backward\/(block\.0\/(ReduceSum|Mul)\/|Add$)/)
  })

  it('lets no gradient through steps, masks and integers', () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [2])
    const loss = t.reduceSum(t.mul(t.op('Floor', [x]), t.cast(t.cast(x, 'int64'), 'float32')))
    expect(() => gradients(t, loss, [x])).toThrow('does not depend on "x"; leave it out')
  })
})

describe('what cannot be differentiated', () => {
  const t = new Tape()
  const x = t.input('x', 'float32', [2, 2])

  it('is refused with operator, node and cure where a rule is missing', () => {
    const loss = t.scope('attn1', () => t.reduceSum(t.op('CumSum', [x, t.scalar(0, 'int64')])))
    expect(() => gradients(t, loss, [x])).toThrow(
      'No gradient rule for CumSum "/attn1/CumSum". Decompose the model first (onnx/tape/decompositions.ts), ' +
        'or add the rule to its family in onnx/autograd/rules/',
    )
  })

  it('is refused where a rule does not cover what the node does', () => {
    const loss = t.reduceSum(t.op('Pad', [x, t.integers([1, 1, 1, 1])], { mode: 'edge' }))
    expect(() => gradients(t, loss, [x])).toThrow(
      'The gradient of Pad "/Pad" cannot be recorded: padding by edge is not supported; pad with a constant',
    )
  })

  it('is refused where the loss is not one number', () => {
    expect(() => gradients(t, t.exp(x), [x])).toThrow('Expected a loss of one number')
    expect(() => gradients(t, t.exp(x), [x], { seed: t.scalar(1) })).toThrow('Expected a seed like "/Exp_1_output_0"')
  })

  it('is refused where sizes are still open', () => {
    const open = new Tape()
    const y = open.input('y', 'float32', ['batch', 3])
    const [a] = open.split(y, [1, 2], 1)
    expect(() => gradients(open, open.reduceMean(a!), [y])).toThrow('specialise the graph first')
  })
})
