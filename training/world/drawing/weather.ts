import type { Dice } from '../dice.ts'
import type { Light } from '../light.ts'
import { darker, lighter, mix, type Tint, tint } from '../palette.ts'
import type { Weather } from '../scene.ts'
import { ellipse, polygon, type Shape } from './shape.ts'
import { ceiling, cloud, cloudTint } from './sky.ts'

export interface WeatherLayers {
  /** Clouds, behind the land. */
  readonly behind: readonly Shape[]
  /** What falls or drifts before everything. */
  readonly before: readonly Shape[]
}

export function drawWeather(weather: Weather, light: Light, dice: Dice): WeatherLayers {
  const fair = cloudTint(light)
  switch (weather) {
    case 'clear':
      return { behind: [], before: [] }
    case 'cloudy':
      return {
        behind: [
          cloud(dice.between(10, 36), dice.between(15, 24), dice.between(15, 18), fair),
          cloud(dice.between(62, 78), dice.between(10, 16), dice.between(13, 16), mix(fair, light.sky[1], 0.15)),
          cloud(dice.between(98, 120), dice.between(24, 34), dice.between(14, 18), fair),
          cloud(dice.between(44, 62), dice.between(34, 44), dice.between(9, 12), mix(fair, light.sky[2], 0.3)),
        ],
        before: [],
      }
    case 'rain': {
      const [dark, darkest] = [0.24, 0.4].map(amount => darker(mix(fair, light.air, 0.75), amount))
      const drops = Array.from({ length: 44 }, () => drop(dice)).join('')
      const fill = lighter(light.air, light.isDark ? 0.5 : 0.68)
      return {
        behind: [ceiling(dice, 17, dark!), ceiling(dice, 8, darkest!)],
        before: [{ d: drops, fill, light: 'flat', isDetail: true, opacity: 0.66 }],
      }
    }
    case 'snow': {
      const pale = mix(fair, light.air, 0.4)
      const flakes = (count: number, low: number, high: number) =>
        Array.from({ length: count }, () =>
          ellipse(dice.between(0, 128), dice.between(0, 128), dice.between(low, high)),
        ).join('')
      const white = { fill: tint('ffffff'), light: 'flat', isDetail: true } as const
      return {
        behind: [ceiling(dice, 14, pale), ceiling(dice, 5, darker(pale, 0.12))],
        before: [
          { ...white, d: flakes(36, 0.8, 1.4), opacity: 0.8 },
          { ...white, d: flakes(26, 1.6, 2.5), opacity: 0.92 },
        ],
      }
    }
    case 'fog': {
      const fill = mix(light.air, tint('ffffff'), light.isDark ? 0.1 : 0.24)
      return { behind: [], before: [34, 62, 84, 106].map((y, i) => bank(dice, y, fill, 0.42 + 0.07 * i)) }
    }
  }
}

function drop(dice: Dice): string {
  const [x, y, length] = [dice.between(-4, 132), dice.between(10, 120), dice.between(8, 13)]
  const lean = length * 0.32
  return polygon(x, y, x + 1.4, y, x + 1.4 - lean, y + length, x - lean, y + length)
}

const bank = (dice: Dice, y: number, fill: Tint, opacity: number): Shape => ({
  d: ellipse(dice.between(34, 94), y, 104, 19),
  fill,
  light: 'glow',
  isDetail: true,
  opacity,
})
