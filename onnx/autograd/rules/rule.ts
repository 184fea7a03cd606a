/** What a gradient rule is: from the gradients of an operator's results to the gradients of its inputs. */
import type { Node } from '../../model.ts'
import type { Tape, Value } from '../../tape/tape.ts'

/**
 * The gradient of one input: a value, or how to record it (recorded only if somebody needs it), or `null` where no
 * gradient flows (shapes, indices, masks). It may still have the broadcast shape: the walk sums it back.
 */
export type Gradient = Value | (() => Value) | null

/** One node of the forward graph as its rule sees it. */
export interface Step {
  readonly node: Node
  /** Inputs; `undefined` for one that is left out. */
  readonly x: readonly (Value | undefined)[]
  readonly y: readonly Value[]
  /** Gradients of the results; `undefined` for a result that the loss does not depend on. One at least is there. */
  readonly dy: readonly (Value | undefined)[]
  /** The nodes that use a value in the forward graph. */
  consumers(value: Value): readonly Node[]
  /** The node that gives a value in the forward graph; `undefined` for inputs and constants. */
  producer(value: Value): Node | undefined
  /** Somebody asks for the gradient of this very value. */
  isWanted(value: Value): boolean
  /** The gradient that a later value of the forward graph has received. */
  gradientOf(name: string): Value | undefined
  /** The value of that name, in the form in which `x` and `y` are given. */
  valueOf(name: string): Value
}

/** One gradient for each input, in order; inputs beyond the list receive none. */
export type Rule = (t: Tape, step: Step) => readonly Gradient[]
export type RuleTable = Readonly<Record<string, Rule>>

export const unary =
  (rule: (t: Tape, dy: Value, x: Value, y: Value) => Value): Rule =>
  (t, { x, y, dy }) => [() => rule(t, dy[0]!, x[0]!, y[0]!)]

export const binary =
  (rule: (t: Tape, dy: Value, a: Value, b: Value, y: Value) => readonly [Gradient, Gradient]): Rule =>
  (t, { x, y, dy }) =>
    rule(t, dy[0]!, x[0]!, x[1]!, y[0]!)

/** Steps, masks, indices: their derivative is zero wherever it exists, or they are no numbers at all. */
export const notDifferentiable: Rule = () => []
