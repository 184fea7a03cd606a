import type { Weather } from '../scenes/attributes.ts'
import type { Light } from '../scenes/light.ts'
import { darker, lighter, mix, type Tint, tint } from '../scenes/palette.ts'
import type { SeededRandom } from '../scenes/seededRandom.ts'
import { ellipse, polygon, type Shape, strewn } from './shape.ts'
import { ceiling, cloud, cloudTint } from './sky.ts'

export interface WeatherLayers {
  /** Clouds, behind the land. */
  readonly behind: readonly Shape[]
  /** What falls or drifts before everything. */
  readonly before: readonly Shape[]
}

export function drawWeather(weather: Weather, light: Light, random: SeededRandom): WeatherLayers {
  const fair = cloudTint(light)
  switch (weather) {
    case 'clear':
      return { behind: [], before: [] }
    case 'cloudy':
      return {
        behind: [
          cloud(random.between(10, 36), random.between(15, 24), random.between(15, 18), fair),
          cloud(random.between(62, 78), random.between(10, 16), random.between(13, 16), mix(fair, light.sky[1], 0.15)),
          cloud(random.between(98, 120), random.between(24, 34), random.between(14, 18), fair),
          cloud(random.between(44, 62), random.between(34, 44), random.between(9, 12), mix(fair, light.sky[2], 0.3)),
        ],
        before: [],
      }
    case 'rain': {
      const [dark, darkest] = [0.24, 0.4].map(amount => darker(mix(fair, light.air, 0.75), amount))
      const drops = strewn(random, 5, 5, { left: -4, top: -4, width: 136, height: 132 }).map(drop).join('')
      const fill = lighter(light.air, light.isDark ? 0.5 : 0.68)
      return {
        behind: [ceiling(random, 17, dark!), ceiling(random, 8, darkest!)],
        before: [{ d: drops, fill, light: 'flat', isDetail: true, opacity: 0.66 }],
      }
    }
    case 'snow': {
      const pale = mix(fair, light.air, 0.4)
      const flakes = strewn(random, 5, 6, { left: 0, top: 0, width: 128, height: 128 })
        .map(([x, y], at) => ellipse(x, y, at % 2 === 0 ? 2.4 : 3.2))
        .join('')
      const white = { fill: tint('ffffff'), light: 'flat', isDetail: true } as const
      return {
        behind: [ceiling(random, 14, pale), ceiling(random, 5, darker(pale, 0.12))],
        before: [{ ...white, d: flakes, opacity: 0.92 }],
      }
    }
    case 'fog': {
      const fill = mix(light.air, tint('ffffff'), light.isDark ? 0.1 : 0.24)
      return { behind: [], before: [34, 62, 84, 106].map((y, i) => bank(random, y, fill, 0.28 + 0.07 * i)) }
    }
  }
}

function drop([x, y]: readonly [number, number]): string {
  const length = 15
  const lean = length * 0.32
  return polygon(x, y, x + 2.4, y, x + 2.4 - lean, y + length, x - lean, y + length)
}

const bank = (random: SeededRandom, y: number, fill: Tint, opacity: number): Shape => ({
  d: ellipse(random.between(34, 94), y, 104, 19),
  fill,
  light: 'glow',
  isDetail: true,
  opacity,
})
