import { describe, expect, it } from 'vitest'
import { rules } from '../../../onnx/autograd/rules/index.ts'
import { notDifferentiable } from '../../../onnx/autograd/rules/rule.ts'
import { cases } from './cases.ts'
import { differences } from './check.ts'

describe('every gradient rule', () => {
  it('has a case, and every case a rule', () => {
    const differentiable = Object.keys(rules).filter(op => rules[op] !== notDifferentiable)
    expect(Object.keys(cases).sort()).toEqual(differentiable.sort())
  })

  for (const [op, list] of Object.entries(cases)) {
    describe(op, () => {
      for (const subject of list) {
        it(subject.title, async () => {
          for (const found of await differences(subject)) {
            expect(
              found.error,
              `${found.input}: ${found.analytic} by rule, ${found.numeric} by differences`,
            ).toBeLessThan(1e-3)
          }
        })
      }
    })
  }
})
