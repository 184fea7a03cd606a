import type { Light } from '../light.ts'
import { brightness, css, darker, lighter, mix, type Tint, tint } from '../palette.ts'
import type { Style } from '../scene.ts'
import { rect, type Shape } from './shape.ts'

/** Lays shapes on the picture in one manner. `scale` is how much the surrounding group is enlarged. */
export interface Brush {
  sky(light: Light): string
  /** Land, clouds, weather: what lies behind or before things. */
  scenery(shapes: readonly Shape[]): string
  thing(shapes: readonly Shape[], scale: number): string
  /** The manner's own version of a colour: for shadows and reflections. */
  readonly tone: (colour: Tint) => Tint
  /** Over everything: paper, vignette. */
  finish(): string
}

/** Gradients of a picture, each kept once. */
export class Gradients {
  readonly #ids = new Map<string, string>()

  fill(from: Tint, to: Tint, light: 'round' | 'tall'): string {
    const direction = light === 'round' ? 'x1="0.1" y1="0" x2="0.9" y2="1"' : 'x1="0" y1="0" x2="0" y2="1"'
    return this.#add(`linearGradient ${direction}`, [
      [0, from],
      [1, to],
    ])
  }

  sky(stops: readonly (readonly [number, Tint])[]): string {
    return this.#add('linearGradient x1="0" y1="0" x2="0" y2="1"', stops)
  }

  /** A soft dark spot that fades to nothing. */
  shadow(colour: Tint, opacity: number): string {
    return this.#add('radialGradient', [
      [0, colour, opacity],
      [0.55, colour, opacity * 0.62],
      [1, colour, 0],
    ])
  }

  /** Soft light around the middle, or darkness towards the corners. */
  vignette(colour: Tint, opacity: number): string {
    return this.#add('radialGradient r="0.75"', [
      [0.55, colour, 0],
      [1, colour, opacity],
    ])
  }

  #add(element: string, stops: readonly (readonly [number, Tint, number?])[]): string {
    const inner = stops
      .map(
        ([at, colour, opacity]) =>
          `<stop offset="${at}" stop-color="${css(colour)}"${opacity === undefined ? '' : ` stop-opacity="${opacity.toFixed(2)}"`}/>`,
      )
      .join('')
    const key = `${element}>${inner}`
    const known = this.#ids.get(key)
    if (known) return `url(#${known})`
    const id = `g${this.#ids.size}`
    this.#ids.set(key, id)
    return `url(#${id})`
  }

  toString(): string {
    const all = [...this.#ids].map(([key, id]) => {
      const split = key.indexOf('>')
      const [element, inner] = [key.slice(0, split), key.slice(split + 1)]
      return `<${element.replace(' ', ` id="${id}" `).replace(/^radialGradient$/, `radialGradient id="${id}"`)}>${inner}</${element.split(' ')[0]}>`
    })
    return `<defs>${all.join('')}</defs>`
  }
}

const path = (d: string, fill: string, attributes = ''): string => `<path d="${d}" fill="${fill}"${attributes}/>`
const fade = (shape: Shape): string =>
  shape.opacity === undefined ? '' : ` opacity="${Math.round(shape.opacity * 100) / 100}"`
const whole = rect(-1, -1, 130, 130)

const skyGradient = (gradients: Gradients, [top, middle, low]: readonly [Tint, Tint, Tint]): string =>
  path(
    whole,
    gradients.sky([
      [0, top],
      [0.36, middle],
      [0.64, low],
      [1, low],
    ]),
  )

/** Smooth gradients, a rim of light, no lines: a page of a picture book. */
const storybook = (gradients: Gradients): Brush => {
  const fill = ({ fill, light = 'round' }: Shape) =>
    light === 'flat' ? css(fill) : gradients.fill(lighter(fill, 0.2), darker(fill, 0.2), light)
  return {
    sky: light => skyGradient(gradients, light.sky),
    scenery: shapes => shapes.map(shape => path(shape.d, fill(shape), fade(shape))).join(''),
    thing: (shapes, scale) => {
      const rim = (shape: Shape) =>
        ` stroke="${css(lighter(shape.fill, 0.5))}" stroke-opacity="0.55" stroke-width="${(0.7 / scale).toFixed(2)}"`
      return shapes.map(shape => path(shape.d, fill(shape), fade(shape) + (shape.isDetail ? '' : rim(shape)))).join('')
    },
    tone: colour => colour,
    finish: () => '',
  }
}

const inkColour = tint('1d1a2b')

/** Flat washes under bold dark lines, on cream paper. */
const ink = (gradients: Gradients): Brush => {
  const wash = (colour: Tint) => mix(colour, tint('fff3da'), 0.16)
  const lined = (shape: Shape, width: number) =>
    path(
      shape.d,
      css(wash(shape.fill)),
      fade(shape) +
        (shape.isDetail
          ? ''
          : ` stroke="${css(inkColour)}" stroke-width="${width.toFixed(2)}" stroke-linejoin="round"`),
    )
  return {
    sky: ({ sky }) => {
      const [top, middle, low] = [wash(sky[0]), wash(sky[1]), wash(sky[2])]
      return path(
        whole,
        gradients.sky([
          [0.2, top],
          [0.22, mix(top, middle, 0.6)],
          [0.38, mix(top, middle, 0.6)],
          [0.4, middle],
          [0.5, middle],
          [0.52, low],
        ]),
      )
    },
    scenery: shapes => shapes.map(shape => lined(shape, 1.1)).join(''),
    thing: (shapes, scale) => shapes.map(shape => lined(shape, 2.2 / scale)).join(''),
    tone: wash,
    finish: () => '',
  }
}

/** Sheets of coloured paper, each with a hard little shadow on the one below. */
const papercut = (gradients: Gradients): Brush => {
  const dye = (colour: Tint) => mix(colour, tint('f3e6cf'), 0.05)
  const sheet = (shape: Shape, drop: number) => {
    const cut = `<path d="${shape.d}" fill="#0b0a1e" fill-opacity="0.3" transform="translate(${drop.toFixed(2)} ${(drop * 1.2).toFixed(2)})"/>`
    const edge = ` stroke="${css(lighter(dye(shape.fill), 0.4))}" stroke-width="${(drop * 0.4).toFixed(2)}"`
    const lift = shape.isDetail ? '' : cut
    return lift + path(shape.d, css(dye(shape.fill)), fade(shape) + (shape.isDetail ? '' : edge))
  }
  return {
    sky: ({ sky }) => {
      const bands = [0, 0.2, 0.4, 0.62, 0.84, 1].map(at =>
        dye(at < 0.5 ? mix(sky[0], sky[1], at * 2) : mix(sky[1], sky[2], at * 2 - 1)),
      )
      const curve = (y: number) => `M-4 ${y}Q32 ${y - 9} 64 ${y}T132 ${y}V132H-4z`
      const strips = bands.slice(1).map((colour, i) => {
        const y = 15 + i * 13
        return path(curve(y - 1.6), '#0b0a1e', ' fill-opacity="0.12"') + path(curve(y), css(colour))
      })
      return path(whole, css(bands[0]!)) + strips.join('')
    },
    scenery: shapes => shapes.map(shape => sheet(shape, -1.6)).join(''),
    thing: (shapes, scale) => shapes.map(shape => sheet(shape, 1.7 / scale)).join(''),
    tone: dye,
    finish: () => path(whole, gradients.vignette(tint('1a1030'), 0.22)),
  }
}

/** Coloured chalk on a blackboard: strokes without fill. */
const chalk = (_gradients: Gradients): Brush => {
  const board = tint('243a35')
  const line = (colour: Tint) => (brightness(colour) < 0.35 ? lighter(colour, 0.45) : colour)
  const drawn = (shape: Shape, width: number) => {
    const stroke = ` stroke="${css(line(shape.fill))}" stroke-width="${width.toFixed(2)}" stroke-dasharray="${(width * 4).toFixed(2)} ${(width * 0.5).toFixed(2)}"`
    return path(shape.d, css(mix(board, line(shape.fill), 0.26)), fade(shape) + (shape.isDetail ? '' : stroke))
  }
  return {
    sky: ({ sky }) => path(whole, css(mix(board, sky[1], 0.12))),
    scenery: shapes => shapes.map(shape => drawn(shape, 1.2)).join(''),
    thing: (shapes, scale) => shapes.map(shape => drawn(shape, 2.2 / scale)).join(''),
    tone: colour => mix(board, line(colour), 0.3),
    finish: () => '',
  }
}

/** An old print: everything in browns. */
const sepia = (gradients: Gradients): Brush => {
  const ramp = (colour: Tint): Tint => {
    const value = brightness(colour)
    return value < 0.5
      ? mix(tint('2a160c'), tint('a8713d'), value * 2)
      : mix(tint('a8713d'), tint('fbeccd'), value * 2 - 1)
  }
  const plain = storybook(gradients)
  const toned = (shapes: readonly Shape[]) => shapes.map(shape => ({ ...shape, fill: ramp(shape.fill) }))
  return {
    sky: light => skyGradient(gradients, [ramp(light.sky[0]), ramp(light.sky[1]), ramp(light.sky[2])]),
    scenery: shapes => plain.scenery(toned(shapes)),
    thing: (shapes, scale) => plain.thing(toned(shapes), scale),
    tone: ramp,
    finish: () => path(whole, gradients.vignette(tint('3a1d0a'), 0.6)),
  }
}

export const brushes: Record<Style, (gradients: Gradients) => Brush> = { storybook, ink, papercut, chalk, sepia }
