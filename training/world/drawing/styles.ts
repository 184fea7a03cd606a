import type { Style } from '../scenes/attributes.ts'
import type { Light } from '../scenes/light.ts'
import { brightness, css, darker, lighter, mix, type Tint, tint } from '../scenes/palette.ts'
import type { Gradients } from './gradients.ts'
import { rect, type Shape } from './shape.ts'

/** Lays shapes on the picture in one manner. */
export interface Brush {
  sky(light: Light): string
  /** Land, clouds, weather: what lies behind or before things. */
  scenery(shape: Shape): string
  /** `pixel` is one 128th of the picture in the shape's own units. */
  thing(shape: Shape, pixel: number): string
  /** This manner's version of a colour, for shadows and ponds. */
  tone(colour: Tint): Tint
  /** Over everything. */
  finish(): string
}

const whole = rect(-1, -1, 130, 130)
const path = (d: string, fill: string, attributes = ''): string => `<path d="${d}" fill="${fill}"${attributes}/>`
const fade = ({ opacity }: Shape): string => (opacity === undefined ? '' : ` opacity="${opacity.toFixed(2)}"`)
const stroke = (colour: Tint, width: number): string => ` stroke="${css(colour)}" stroke-width="${width.toFixed(2)}"`

/** Smooth gradients and a rim of light, no lines: a page of a picture book. */
const storybook = (gradients: Gradients): Brush => {
  const surface = ({ fill, light = 'round' }: Shape): string => {
    if (light === 'flat') return css(fill)
    return light === 'glow' ? gradients.glow(fill) : gradients.fill(lighter(fill, 0.16), darker(fill, 0.15), light)
  }
  return {
    sky: ({ sky: [top, middle, low] }) => {
      const smooth = [
        [0, top],
        [0.36, middle],
        [0.64, low],
      ] as const
      return path(whole, gradients.sky(smooth))
    },
    scenery: shape => path(shape.d, surface(shape), fade(shape)),
    thing: (shape, pixel) => {
      const rim = shape.isDetail ? '' : `${stroke(lighter(shape.fill, 0.5), 0.7 * pixel)} stroke-opacity="0.55"`
      return path(shape.d, surface(shape), fade(shape) + rim)
    },
    tone: colour => colour,
    finish: () => '',
  }
}

/** Flat washes under bold dark lines, on cream paper. */
const ink = (gradients: Gradients): Brush => {
  const wash = (colour: Tint) => mix(colour, tint('fff3da'), 0.14)
  const drawn = (shape: Shape, width: number): string => {
    const fill = shape.light === 'glow' ? gradients.glow(wash(shape.fill)) : css(wash(shape.fill))
    const line = shape.isDetail ? '' : `${stroke(tint('1d1a2b'), width)} stroke-linejoin="round"`
    return path(shape.d, fill, fade(shape) + line)
  }
  return {
    sky: ({ sky }) => {
      const [top, middle, low] = [wash(sky[0]), wash(sky[1]), wash(sky[2])]
      const between = mix(top, middle, 0.6)
      const bands = [
        [0.2, top],
        [0.22, between],
        [0.38, between],
        [0.4, middle],
        [0.5, middle],
        [0.52, low],
      ] as const
      return path(whole, gradients.sky(bands))
    },
    scenery: shape => drawn(shape, 1.2),
    thing: (shape, pixel) => drawn(shape, 2.2 * pixel),
    tone: wash,
    finish: () => '',
  }
}

/** Sheets of coloured paper, each with a hard little shadow on the one below. */
const papercut = (gradients: Gradients): Brush => {
  const dye = (colour: Tint) => mix(colour, tint('f3e6cf'), 0.05)
  const shadow = (d: string, x: number, y: number) =>
    path(d, '#0b0a1e', ` fill-opacity="0.3" transform="translate(${x.toFixed(2)} ${y.toFixed(2)})"`)
  const sheet = (shape: Shape, x: number, y: number, rim: number): string => {
    const fill = shape.light === 'glow' ? gradients.glow(dye(shape.fill)) : css(dye(shape.fill))
    if (shape.isDetail) return path(shape.d, fill, fade(shape))
    const edge = stroke(lighter(dye(shape.fill), rim), Math.abs(x) * 0.4)
    return shadow(shape.d, x, y) + path(shape.d, fill, fade(shape) + edge)
  }
  return {
    sky: ({ sky: [top, middle, low] }) => {
      const at = (share: number) => dye(share < 0.5 ? mix(top, middle, share * 2) : mix(middle, low, share * 2 - 1))
      const strips = [0.2, 0.42, 0.64, 0.86, 1].map((share, i) => {
        const y = 15 + i * 13
        const wave = `M-4 ${y}Q32 ${y - 9} 64 ${y}T132 ${y}V132H-4z`
        return shadow(wave, 0, -1.8) + path(wave, css(at(share)))
      })
      return path(whole, css(at(0))) + strips.join('')
    },
    // The land is stacked towards the viewer, so its shadows fall backwards, up the page.
    scenery: shape => sheet(shape, -1.3, -1.9, 0.18),
    thing: (shape, pixel) => sheet(shape, 1.8 * pixel, 2.1 * pixel, 0.42),
    tone: dye,
    finish: () => path(whole, gradients.vignette(tint('1a1030'), 0.2)),
  }
}

/** Coloured chalk on a blackboard. */
const chalk = (gradients: Gradients): Brush => {
  const board = tint('243a35')
  const line = (colour: Tint) => (brightness(colour) < 0.35 ? lighter(colour, 0.45) : colour)
  const drawn = (shape: Shape, width: number): string => {
    const rubbed = mix(board, line(shape.fill), 0.28)
    const fill = shape.light === 'glow' ? gradients.glow(rubbed) : css(rubbed)
    const dashes = ` stroke-dasharray="${(width * 4).toFixed(2)} ${(width * 0.5).toFixed(2)}"`
    return path(shape.d, fill, fade(shape) + (shape.isDetail ? '' : stroke(line(shape.fill), width) + dashes))
  }
  return {
    sky: ({ sky }) => path(whole, css(mix(board, sky[1], 0.12))),
    scenery: shape => drawn(shape, 1.2),
    thing: (shape, pixel) => drawn(shape, 2.2 * pixel),
    tone: colour => mix(board, line(colour), 0.3),
    finish: () => '',
  }
}

/** An old print: the picture book in browns. */
const sepia = (gradients: Gradients): Brush => {
  const [dark, brown, cream] = [tint('2a160c'), tint('a8713d'), tint('fbeccd')]
  const tone = (colour: Tint): Tint => {
    const value = brightness(colour)
    return value < 0.5 ? mix(dark, brown, value * 2) : mix(brown, cream, value * 2 - 1)
  }
  const toned = (shape: Shape): Shape => ({ ...shape, fill: tone(shape.fill) })
  const plain = storybook(gradients)
  return {
    sky: light => plain.sky({ ...light, sky: [tone(light.sky[0]), tone(light.sky[1]), tone(light.sky[2])] }),
    scenery: shape => plain.scenery(toned(shape)),
    thing: (shape, pixel) => plain.thing(toned(shape), pixel),
    tone,
    finish: () => path(whole, gradients.vignette(tint('3a1d0a'), 0.6)),
  }
}

export const brushes: Record<Style, (gradients: Gradients) => Brush> = { storybook, ink, papercut, chalk, sepia }
