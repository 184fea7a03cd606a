import type { Time, Weather } from './attributes.ts'
import { brightness, mix, type Tint, tint } from './palette.ts'

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
  /** The colour of its light: what it lets through of red, green and blue. */
  readonly filter: Tint
  /** The colour of its air, and how much of it lies over the land. */
  readonly haze: Tint
  readonly hazeAmount: number
}

const hours: Record<Time, Hour> = {
  dawn: {
    sky: [tint('83b4ec'), tint('f9c1d6'), tint('ffecc0')],
    filter: tint('fff0ea'),
    haze: tint('ffd3c8'),
    hazeAmount: 0.2,
  },
  day: {
    sky: [tint('2a8ae6'), tint('6fc0f6'), tint('dcf4fc')],
    filter: tint('ffffff'),
    haze: tint('fff6dc'),
    hazeAmount: 0.03,
  },
  sunset: {
    sky: [tint('6a3a94'), tint('f2634c'), tint('ffca58')],
    filter: tint('ffcf98'),
    haze: tint('ff8038'),
    hazeAmount: 0.17,
  },
  dusk: {
    sky: [tint('262f72'), tint('6a52a6'), tint('ec94a6')],
    filter: tint('9aa2dc'),
    haze: tint('4a4296'),
    hazeAmount: 0.18,
  },
  night: {
    sky: [tint('070c2c'), tint('132254'), tint('2d4a90')],
    filter: tint('6a86cc'),
    haze: tint('10235e'),
    hazeAmount: 0.12,
  },
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
  fog: { colour: tint('dcdfe0'), overSky: 0.5, overLand: 0.25, visibility: 0.35 },
}

export function lightOf(time: Time, weather: Weather): Light {
  const hour = hours[time]
  const veil = veils[weather]
  // A veil is only as bright as the sky that shines through it.
  const glow = brightness(hour.sky[1])
  const air = mix(mix(hour.sky[1], veil.colour, 0.6), tint('05081c'), Math.max(0, 0.62 - glow))
  const veiled = (colour: Tint) => mix(colour, air, veil.overSky)
  const lit = (colour: Tint) => mix(filtered(colour, hour.filter), hour.haze, hour.hazeAmount)
  const land = (colour: Tint) => mix(lit(colour), air, veil.overLand)
  return {
    sky: [veiled(hour.sky[0]), veiled(hour.sky[1]), veiled(hour.sky[2])],
    air,
    isDark: time === 'night' || time === 'dusk',
    visibility: veil.visibility,
    snowCover: weather === 'snow' ? 0.8 : 0,
    land,
    thing: colour => mix(mix(colour, lit(colour), 0.45), air, veil.overLand * 0.3),
  }
}

const filtered = (colour: Tint, filter: Tint): Tint => [
  (colour[0] * filter[0]) / 255,
  (colour[1] * filter[1]) / 255,
  (colour[2] * filter[2]) / 255,
]
