import type { Element } from '../../protocol/scene.ts'

/**
 * On the dark desk, ink that is nearly as dark as the desk is shown light, as a night map shows its letters. Only on the
 * desk and only to the eye: inside a frame, on white paper, every color is what it is, and so is what the model sees.
 */
export function onDarkDesk(element: Element): Element {
  const known = variants.get(element)
  if (known) return known
  const variant = recolor(element)
  variants.set(element, variant)
  return variant
}
const variants = new WeakMap<Element, Element>()

function recolor(element: Element): Element {
  switch (element.kind) {
    case 'area': {
      const { color, gradient } = element
      // As transparent as it was.
      const light = (one: string) => (isDarkInk(one) ? lighten(one) + one.slice(7) : one)
      return { ...element, color: light(color), ...(gradient && { gradient: { ...gradient, to: light(gradient.to) } }) }
    }
    case 'stroke':
      return isDarkInk(element.color) ? { ...element, color: lighten(element.color) } : element
    case 'rectangle':
    case 'ellipse':
      return element.stroke !== null && isDarkInk(element.stroke)
        ? { ...element, stroke: lighten(element.stroke) }
        : element
    default:
      return element
  }
}

function isDarkInk(color: string): boolean {
  const [r, g, b] = channels(color)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 72
}

/** Keeps the hue and mirrors the lightness. */
function lighten(color: string): string {
  const [r, g, b] = channels(color)
  const mirror = 255 - Math.max(r, g, b) - Math.min(r, g, b)
  const hex = (value: number) =>
    Math.min(255, Math.max(0, value + mirror - 16))
      .toString(16)
      .padStart(2, '0')
  return `#${hex(r)}${hex(g)}${hex(b)}`
}

/** 0…255 each, from `#rrggbb`. */
function channels(color: string): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1, 7), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}
