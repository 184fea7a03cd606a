import { brightness, mix, type Tint, tint } from './palette.ts'
import type { Time, Weather } from './scene.ts'

/** What the hour and the weather do to every colour of a scene. */
export interface Light {
  /** From the zenith to the horizon. */
  readonly sky: readonly [Tint, Tint, Tint]
  readonly air: Tint
  readonly isDark: boolean
  /** 0 … 1: how much of sun, moon and stars comes through. */
  readonly visibility: number
  /** 0 … 1: how white the ground is. */
  readonly snowCover: number
  /** Colours of the land. */
  land(colour: Tint): Tint
  /** Colours of things: changed less, so that a red house is red at night. */
  thing(colour: Tint): Tint
}

interface Hour {
  readonly sky: readonly [Tint, Tint, Tint]
  readonly ambient: Tint
  /** How strongly the ambient colour tints the land. */
  readonly strength: number
}

const hours: Record<Time, Hour> = {
  dawn: { sky: [tint('86b6ea'), tint('f7c4d4'), tint('ffe9bd')], ambient: tint('ffcfc4'), strength: 0.26 },
  day: { sky: [tint('2f8fe6'), tint('74c1f4'), tint('d9f2fb')], ambient: tint('fff6dc'), strength: 0.05 },
  sunset: { sky: [tint('6b3d92'), tint('f0664c'), tint('ffc554')], ambient: tint('f2662f'), strength: 0.34 },
  dusk: { sky: [tint('27306e'), tint('65529f'), tint('e08fa6')], ambient: tint('40408c'), strength: 0.48 },
  night: { sky: [tint('080d2b'), tint('13204f'), tint('2b4280')], ambient: tint('0c1a4a'), strength: 0.64 },
}

interface Veil {
  /** The veil's own colour in full daylight. */
  readonly colour: Tint
  readonly overSky: number
  readonly overLand: number
  readonly visibility: number
}

const veils: Record<Weather, Veil> = {
  clear: { colour: tint('ffffff'), overSky: 0, overLand: 0, visibility: 1 },
  cloudy: { colour: tint('c3ccd8'), overSky: 0.3, overLand: 0.1, visibility: 0.75 },
  rain: { colour: tint('6f8093'), overSky: 0.55, overLand: 0.3, visibility: 0.12 },
  snow: { colour: tint('dfe8f2'), overSky: 0.42, overLand: 0.1, visibility: 0.3 },
  fog: { colour: tint('dcdfe0'), overSky: 0.55, overLand: 0.34, visibility: 0.35 },
}

export function lightOf(time: Time, weather: Weather): Light {
  const hour = hours[time]
  const veil = veils[weather]
  // A veil is only as bright as the sky that shines through it.
  const glow = brightness(hour.sky[1])
  const air = mix(mix(hour.sky[1], veil.colour, 0.6), tint('05081c'), Math.max(0, 0.62 - glow))
  const veiled = (colour: Tint) => mix(colour, air, veil.overSky)
  const land = (colour: Tint) => mix(mix(colour, hour.ambient, hour.strength), air, veil.overLand)
  return {
    sky: [veiled(hour.sky[0]), veiled(hour.sky[1]), veiled(hour.sky[2])],
    air,
    isDark: time === 'night' || time === 'dusk',
    visibility: veil.visibility,
    snowCover: weather === 'snow' ? 0.8 : 0,
    land,
    thing: colour => mix(mix(colour, hour.ambient, hour.strength * 0.42), air, veil.overLand * 0.35),
  }
}
