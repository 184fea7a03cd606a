import type { Time } from '../scenes/attributes.ts'
import type { Light } from '../scenes/light.ts'
import { lighter, mix, type Tint, tint } from '../scenes/palette.ts'
import type { SeededRandom } from '../scenes/seededRandom.ts'
import { ellipse, polygon, type Shape, strewn } from './shape.ts'

/** Where the light of the hour comes from. */
export interface Heavens {
  readonly shapes: readonly Shape[]
  /** Where its light falls on water, in which colour, and how bright (0 … 1). */
  readonly glitter: { readonly x: number; readonly fill: Tint; readonly opacity: number }
}

/** Sun, moon and stars of an hour, as far as the weather lets them through. */
export function drawHeavens(time: Time, light: Light, random: SeededRandom): Heavens {
  const seen = light.visibility
  const disc = (x: number, y: number, r: number, core: Tint, halo: Tint): Shape[] => [
    glow(x, y, r * 3.6, halo, 0.85 * seen),
    { d: ellipse(x, y, r), fill: core, light: 'flat', isDetail: true, opacity: seen },
  ]
  const glitter = (x: number, fill: Tint, opacity: number) => ({ x, fill, opacity: opacity * seen })
  switch (time) {
    case 'dawn':
      return { shapes: disc(30, 64, 11, tint('fffbe8'), tint('fff3c4')), glitter: glitter(30, tint('fff6d8'), 0.75) }
    case 'day':
      return { shapes: disc(103, 23, 12, tint('fff0a0'), tint('fff8d4')), glitter: glitter(103, tint('ffffff'), 0.5) }
    case 'sunset':
      return { shapes: disc(84, 63, 17, tint('fff2a6'), tint('ffd868')), glitter: glitter(84, tint('ffd873'), 0.85) }
    case 'dusk': {
      const halo = glow(26, 26, 26, tint('ffd9e0'), 0.45 * seen)
      const shapes = [...stars(random, 4, 1, 1.9, seen), halo, crescent(26, 26, 10, seen)]
      return { shapes, glitter: glitter(26, tint('ffdce4'), 0.4) }
    }
    case 'night': {
      const craters = ellipse(94.5, 22, 2.6) + ellipse(101, 28.5, 3.2) + ellipse(101.5, 19.5, 1.7)
      const moon: Shape = { d: craters, fill: tint('ddd8c0'), light: 'flat', isDetail: true, opacity: seen }
      const sky = stars(random, 5, 2, 2.2, seen)
      const shapes = [...sky, ...disc(98, 25, 12, tint('fdf8dc'), tint('86a4ee')), moon]
      return { shapes, glitter: glitter(98, tint('f2f0dc'), 0.65) }
    }
  }
}

const glow = (x: number, y: number, r: number, fill: Tint, opacity: number): Shape => ({
  d: ellipse(x, y, r),
  fill,
  light: 'glow',
  isDetail: true,
  opacity,
})

const crescent = (x: number, y: number, r: number, seen: number): Shape => ({
  d: `M${x - r * 0.3} ${y - r}a${r} ${r} 0 1 0 ${r * 1.2} ${r * 1.45}a${r * 0.95} ${r * 0.95} 0 0 1 ${-r * 1.2} ${-r * 1.45}z`,
  fill: tint('fff4d2'),
  light: 'flat',
  isDetail: true,
  opacity: seen,
})

/** Four-pointed stars of one size in rows, as one shape. */
function stars(random: SeededRandom, columns: number, rows: number, r: number, seen: number): Shape[] {
  const star = ([x, y]: readonly [number, number]) => {
    const turns = [0, 1, 2, 3, 4, 5, 6, 7].map(i => [(i * Math.PI) / 4, i % 2 === 0 ? 2 * r : 0.7 * r] as const)
    return polygon(...turns.flatMap(([turn, reach]) => [x + reach * Math.cos(turn), y + reach * Math.sin(turn)]))
  }
  const d = strewn(random, columns, rows, { left: 2, top: 2, width: 124, height: 50 }).map(star).join('')
  return [{ d, fill: tint('fdf7df'), light: 'flat', isDetail: true, opacity: seen }]
}

/** One heap of cloud with a flat foot, around a middle. */
export function cloud(x: number, y: number, size: number, fill: Tint): Shape {
  const puff = (r: number, dx: number, dy: number) =>
    `a${(r * size).toFixed(1)} ${(r * size).toFixed(1)} 0 0 1 ${(dx * size).toFixed(1)} ${(dy * size).toFixed(1)}`
  const rise = puff(0.36, 0.16, -0.62) + puff(0.56, 0.78, -0.46)
  const fall = puff(0.5, 0.86, 0.28) + puff(0.42, 0.6, 0.52) + puff(0.32, 0.1, 0.28)
  const start = `M${(x - 1.25 * size).toFixed(1)} ${(y + 0.45 * size).toFixed(1)}`
  return {
    d: `${start}${rise}${fall}q${(-1.2 * size).toFixed(1)} ${(0.14 * size).toFixed(1)} ${(-2.5 * size).toFixed(1)} 0z`,
    fill,
    light: 'tall',
  }
}

/** A ceiling of cloud with a scalloped lower edge. */
export function ceiling(random: SeededRandom, y: number, fill: Tint): Shape {
  let d = `M-6 -6H136V${y.toFixed(1)}`
  for (let x = 136; x > -6; ) {
    const width = random.between(20, 30)
    d += `a${(width * 0.54).toFixed(1)} ${(width * 0.46).toFixed(1)} 0 0 1 ${(-width).toFixed(1)} ${random.between(-2, 2).toFixed(1)}`
    x -= width
  }
  return { d: `${d}z`, fill, light: 'tall' }
}

/** The colour of clouds: lit by the low sky. */
export const cloudTint = (light: Light): Tint =>
  light.isDark ? mix(lighter(light.sky[1], 0.22), light.air, 0.3) : mix(lighter(light.sky[2], 0.55), light.air, 0.12)
