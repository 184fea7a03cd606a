import type { Dice } from '../dice.ts'
import type { Light } from '../light.ts'
import { lighter, mix, type Tint, tint } from '../palette.ts'
import type { Time } from '../scene.ts'
import { ellipse, type Shape } from './shape.ts'

/** Sun, moon and stars of an hour, as far as the weather lets them through. */
export function drawHeavens(time: Time, light: Light, dice: Dice): readonly Shape[] {
  const seen = light.visibility
  const disc = (x: number, y: number, r: number, core: Tint, halo: Tint): Shape[] => [
    glow(x, y, r * 3, halo, 0.2 * seen),
    glow(x, y, r * 1.9, halo, 0.32 * seen),
    { d: ellipse(x, y, r), fill: core, light: 'flat', isDetail: true, opacity: seen },
  ]
  switch (time) {
    case 'dawn':
      return disc(30, 66, 11, tint('fffbe8'), tint('fff0c0'))
    case 'day':
      return disc(103, 22, 11.5, tint('fff3a6'), tint('fffbe0'))
    case 'sunset':
      return disc(84, 64, 17, tint('fff0a0'), tint('ffd060'))
    case 'dusk':
      return [...stars(dice, 7, seen), glow(26, 26, 17, tint('ffe9d6'), 0.14 * seen), crescent(26, 26, 9.5, seen)]
    case 'night':
      return [
        ...stars(dice, 22, seen),
        ...disc(98, 25, 11.5, tint('fdf8dc'), tint('9fb6f0')),
        { d: ellipse(94.5, 22, 2.6), fill: tint('d9d6c2'), light: 'flat', isDetail: true, opacity: seen },
        { d: ellipse(101, 28.5, 3.2), fill: tint('d9d6c2'), light: 'flat', isDetail: true, opacity: seen },
      ]
  }
}

const glow = (x: number, y: number, r: number, fill: Tint, opacity: number): Shape => ({
  d: ellipse(x, y, r),
  fill,
  light: 'flat',
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

function stars(dice: Dice, count: number, seen: number): Shape[] {
  return Array.from({ length: count }, () => {
    const [x, y, r] = [dice.between(3, 125), dice.between(3, 60), dice.between(0.7, 1.7)]
    const d = `M${x} ${y - r * 2}L${x + r * 0.5} ${y - r * 0.5}L${x + r * 2} ${y}L${x + r * 0.5} ${y + r * 0.5}L${x} ${y + r * 2}L${x - r * 0.5} ${y + r * 0.5}L${x - r * 2} ${y}L${x - r * 0.5} ${y - r * 0.5}z`
    return {
      d: d.replace(/\d+\.\d+/g, value => String(Math.round(Number(value) * 10) / 10)),
      fill: tint('fdf7df'),
      light: 'flat',
      isDetail: true,
      opacity: seen,
    }
  })
}

/** One soft heap of cloud around a middle. */
export function cloud(x: number, y: number, size: number, fill: Tint): Shape {
  const puff = (dx: number, dy: number, r: number) => ellipse(x + dx * size, y + dy * size, r * size, r * size * 0.82)
  return {
    d:
      puff(-0.9, 0.1, 0.55) +
      puff(-0.25, -0.25, 0.72) +
      puff(0.5, -0.08, 0.6) +
      puff(1.05, 0.14, 0.42) +
      puff(0.1, 0.2, 0.7),
    fill,
    light: 'tall',
  }
}

/** The colour of clouds: lit by the low sky. */
export const cloudTint = (light: Light): Tint =>
  light.isDark ? mix(lighter(light.sky[1], 0.22), light.air, 0.3) : mix(lighter(light.sky[2], 0.55), light.air, 0.12)
