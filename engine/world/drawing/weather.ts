import type { Dice } from '../dice.ts'
import type { Light } from '../light.ts'
import { darker, lighter, mix, type Tint, tint } from '../palette.ts'
import type { Weather } from '../scene.ts'
import { ellipse, polygon, type Shape } from './shape.ts'
import { cloud, cloudTint } from './sky.ts'

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
      const dark = darker(mix(fair, light.air, 0.75), 0.28)
      const drops = Array.from({ length: 46 }, () => drop(dice, lighter(light.air, light.isDark ? 0.45 : 0.62)))
      return { behind: lid(dice, dark), before: drops }
    }
    case 'snow': {
      const pale = mix(fair, light.air, 0.45)
      const flakes = Array.from({ length: 60 }, () => flake(dice))
      return { behind: lid(dice, pale), before: flakes }
    }
    case 'fog':
      return {
        behind: [],
        before: [30, 58, 78, 96, 114].map((y, i) =>
          bank(dice, y, mix(light.air, tint('ffffff'), 0.16), 0.2 + 0.045 * i),
        ),
      }
  }
}

const lid = (dice: Dice, fill: Tint): Shape[] =>
  [-2, 28, 62, 98, 128].map((x, i) =>
    cloud(x + dice.between(-5, 5), dice.between(2, 9), dice.between(17, 21), i % 2 === 0 ? fill : lighter(fill, 0.1)),
  )

function drop(dice: Dice, fill: Tint): Shape {
  const [x, y, length] = [Math.round(dice.between(-4, 132)), Math.round(dice.between(8, 120)), dice.between(8, 13)]
  const lean = length * 0.32
  return {
    d: polygon(x, y, x + 1.3, y, x + 1.3 - lean, y + length, x - lean, y + length),
    fill,
    light: 'flat',
    isDetail: true,
    opacity: 0.62,
  }
}

function flake(dice: Dice): Shape {
  const r = dice.between(0.9, 2.3)
  return {
    d: ellipse(dice.between(0, 128), dice.between(0, 128), r),
    fill: tint('ffffff'),
    light: 'flat',
    isDetail: true,
    opacity: 0.88,
  }
}

function bank(dice: Dice, y: number, fill: Tint, opacity: number): Shape {
  const x = dice.between(30, 98)
  return {
    d: ellipse(x, y, 96, 9) + ellipse(x + dice.between(-60, 60), y + 4, 70, 8),
    fill,
    light: 'flat',
    isDetail: true,
    opacity,
  }
}
