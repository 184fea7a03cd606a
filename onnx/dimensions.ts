/** Arithmetic on sizes of which some are only names: `height`, `2*height`, `floor((height - 1)/2) + 1`. */
import type { Dimension, Shape } from './model.ts'

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every(size => typeof size === 'number')
}

/** The shape as numbers, or an error that names its owner. */
export function staticShape(shape: Shape, owner: string): readonly number[] {
  if (isStatic(shape)) return shape
  throw new RangeError(`Expected ${owner} to have a fixed shape, got ${shown(shape)}; specialise the graph first`)
}

export function shown(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** A name inside a longer expression needs brackets if it is one itself. */
const term = (size: Dimension) => (typeof size === 'string' && /[ +-]/.test(size) ? `(${size})` : String(size))

export function add(a: Dimension, b: Dimension): Dimension {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a === 0) return b
  if (b === 0) return a
  if (typeof b === 'number' && b < 0) return `${a} - ${-b}`
  return `${a} + ${b}`
}

export function subtract(a: Dimension, b: Dimension): Dimension {
  if (typeof b === 'number') return add(a, -b)
  return a === b ? 0 : `${a} - ${term(b)}`
}

/** Numbers first, then names, so that equal products are the same text. */
export function multiply(...sizes: readonly Dimension[]): Dimension {
  const { number, names } = factors(sizes)
  if (names.length === 0 || number === 0) return number
  return [...(number === 1 ? [] : [number]), ...names].join('*')
}

/** `a / b` for the sizes that a reshape leaves open: exact, with equal names cancelled. */
export function divide(a: readonly Dimension[], b: readonly Dimension[]): Dimension {
  const over = factors(a)
  const under = factors(b)
  const left = [...over.names]
  const open: string[] = []
  for (const name of under.names) {
    const at = left.indexOf(name)
    if (at >= 0) left.splice(at, 1)
    else open.push(name)
  }
  const quotient = over.number / under.number
  if (open.length > 0 || !Number.isInteger(quotient)) {
    if (left.length === 0 && open.length === 0) {
      throw new RangeError(`${multiply(...a)} elements cannot be laid out in rows of ${multiply(...b)}`)
    }
    return `${term(multiply(over.number, ...left))}/${term(multiply(under.number, ...open))}`
  }
  return multiply(quotient, ...left)
}

function factors(sizes: readonly Dimension[]): { number: number; names: string[] } {
  let number = 1
  const names: string[] = []
  for (const size of sizes) {
    if (typeof size === 'number') {
      number *= size
    } else if (/[ /]/.test(size)) {
      names.push(size.startsWith('(') ? size : `(${size})`)
    } else {
      for (const factor of size.split('*')) {
        if (/^\d+$/.test(factor)) number *= Number(factor)
        else names.push(factor)
      }
    }
  }
  return { number, names: names.sort() }
}

/** `floor((size + offset) / step) + 1`: how often a window fits. */
export function windows(size: Dimension, offset: number, step: number): Dimension {
  if (typeof size === 'number') return Math.floor((size + offset) / step) + 1
  if (step === 1) return add(size, offset + 1)
  return `floor((${add(size, offset)})/${step}) + 1`
}

/** Names can only be told equal, never different: a name may well stand for the other size. */
export function mayEqual(a: Dimension, b: Dimension): boolean {
  return a === b || typeof a === 'string' || typeof b === 'string'
}

/** The shape of an elementwise operation over operands of these shapes (numpy's rules). */
export function broadcast(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map(shape => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    let size: Dimension = 1
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length]
      if (own === undefined || own === 1 || own === size) continue
      if (size === 1 || (typeof size === 'string' && typeof own === 'number')) {
        size = own
      } else if (!mayEqual(own, size)) {
        throw new RangeError(`Shapes ${shapes.map(shown).join(' and ')} do not broadcast`)
      }
    }
    return size
  })
}

/** An axis counted from the front; negative ones count from the back. */
export function axisFromFront(axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis
  if (front < 0 || front >= Math.max(rank, 1)) {
    throw new RangeError(`Expected an axis from ${-rank} to ${rank - 1}, got ${axis}`)
  }
  return front
}
