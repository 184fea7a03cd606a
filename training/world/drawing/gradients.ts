import { css, type Tint } from '../scenes/palette.ts'

/** Where, which colour, and how opaque (1 if not said). */
type Stop = readonly [at: number, colour: Tint, opacity?: number]

/** The gradients of one picture, each kept once; every method gives what a `fill` attribute takes. */
export class Gradients {
  readonly #ids = new Map<string, string>()

  /** `round`: lit from the upper left; `tall`: from above. */
  fill(from: Tint, to: Tint, light: 'round' | 'tall'): string {
    const direction = light === 'round' ? 'x1="0.1" y1="0" x2="0.9" y2="1"' : 'x1="0" y1="0" x2="0" y2="1"'
    return this.#add('linearGradient', direction, [
      [0, from],
      [1, to],
    ])
  }

  sky(stops: readonly Stop[]): string {
    return this.#add('linearGradient', 'x1="0" y1="0" x2="0" y2="1"', stops)
  }

  /** Light that fades outwards. */
  glow(colour: Tint): string {
    return this.#add('radialGradient', '', [
      [0.2, colour, 1],
      [0.5, colour, 0.42],
      [1, colour, 0],
    ])
  }

  /** A soft dark spot on the ground. */
  shadow(colour: Tint, opacity: number): string {
    return this.#add('radialGradient', '', [
      [0, colour, opacity],
      [0.55, colour, opacity * 0.62],
      [1, colour, 0],
    ])
  }

  /** Darkness towards the corners. */
  vignette(colour: Tint, opacity: number): string {
    return this.#add('radialGradient', 'r="0.75"', [
      [0.55, colour, 0],
      [1, colour, opacity],
    ])
  }

  #add(element: string, attributes: string, stops: readonly Stop[]): string {
    const inner = stops.map(
      ([at, colour, opacity = 1]) =>
        `<stop offset="${at}" stop-color="${css(colour)}" stop-opacity="${opacity.toFixed(2)}"/>`,
    )
    const definition = `${attributes}>${inner.join('')}</${element}>`
    let id = this.#ids.get(definition)
    if (id === undefined) {
      id = `g${this.#ids.size}`
      this.#ids.set(definition, id)
    }
    return `url(#${id})`
  }

  toString(): string {
    const all = [...this.#ids].map(([definition, id]) => {
      const element = definition.slice(definition.lastIndexOf('/') + 1, -1)
      return `<${element} id="${id}" ${definition}`
    })
    return `<defs>${all.join('')}</defs>`
  }
}
