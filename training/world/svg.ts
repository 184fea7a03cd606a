import { Gradients } from './drawing/gradients.ts'
import type { KindLook } from './drawing/kind.ts'
import { drawKind } from './drawing/kinds.ts'
import { drawPlace, type Ground, type Water } from './drawing/places.ts'
import { ellipse, type Shape } from './drawing/shape.ts'
import { drawHeavens, type Heavens } from './drawing/sky.ts'
import { type Brush, brushes } from './drawing/styles.ts'
import { drawWeather } from './drawing/weather.ts'
import type { Kind, Size } from './scenes/attributes.ts'
import { type Light, lightOf } from './scenes/light.ts'
import { css, darker, thingTints, tint } from './scenes/palette.ts'
import { homeOf, type Scene, type Thing } from './scenes/scene.ts'
import { createRandom, type SeededRandom } from './scenes/seededRandom.ts'

/**
 * Draws a scene as SVG, back to front: sky, heavens, clouds, land, things, weather. Everything lives on a grid of
 * 128 × 128; `size` is the picture's side in pixels. Shapes are bold on purpose: the latents of a 128 px picture are
 * 16 × 16, so what is smaller than 8 px is lost.
 */
export function drawScene(scene: Scene, size = 128): string {
  const light = lightOf(scene.time, scene.weather)
  const gradients = new Gradients()
  const brush = brushes[scene.style](gradients)
  const random = (purpose: string) => createRandom(scene.seed, `draw/${purpose}`)

  const heavens = drawHeavens(scene.time, light, random('heavens'))
  const weather = drawWeather(scene.weather, light, random('weather'))
  const ground = drawPlace[scene.place](random('place'), light)
  const spots = placeThings(scene.things, ground, random('things'))

  const scenery = (shapes: readonly Shape[]) => shapes.map(shape => brush.scenery(shape)).join('')
  const body = [
    brush.sky(light),
    scenery(heavens.shapes),
    scenery(weather.behind),
    ...ground.layers.map(scenery),
    scenery(ground.water ? glitterOn(ground.water, heavens.glitter) : []),
    ...spots.map(spot => drawSpot(spot, light, brush, gradients)),
    scenery(weather.before),
    brush.finish(),
  ].join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 128 128">${gradients}${body}</svg>`
}

/** The road of light that the sun or the moon lays on water. */
function glitterOn({ top }: Water, { x, fill, opacity }: Heavens['glitter']): readonly Shape[] {
  const glints = [0, 1, 2, 3, 4].map(i =>
    ellipse(x + (i % 2 === 0 ? -1.8 : 1.8), top + 1.6 + i * 3.8, 11 - i * 1.5, 0.9 + i * 0.12),
  )
  return [{ d: glints.join(''), fill, light: 'flat', isDetail: true, opacity }]
}

/** A part of the picture, in fractions of its side from the left and from the top. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Where the things of a scene are drawn, from the one farthest away to the nearest. */
export function boxesOf(scene: Scene): readonly Box[] {
  const ground = drawPlace[scene.place](createRandom(scene.seed, 'draw/place'), lightOf(scene.time, scene.weather))
  return placeThings(scene.things, ground, createRandom(scene.seed, 'draw/things')).map(({ x, y, scale }) => ({
    left: (x - 50 * scale) / 128,
    top: (y - 100 * scale) / 128,
    right: (x + 50 * scale) / 128,
    bottom: y / 128,
  }))
}

/** One thing on its place in the picture; `x`, `y` is where it stands, floats or, in the sky, ends. */
interface Spot {
  readonly thing: Thing
  readonly x: number
  readonly y: number
  /** Pixels of a 128 px picture per unit of the thing's own box of 100. */
  readonly scale: number
  readonly isMirrored: boolean
  /** What it is set on: water reflects, and land far from water gets a pond for what floats. */
  readonly on: 'land' | 'water' | 'pond' | 'air'
}

const columns = { left: 27, centre: 64, right: 101 } as const
const scales: Record<Size, number> = { small: 0.42, medium: 0.58, large: 0.8 }
/** Kinds that fill more or less of their box than the others. */
const bulk: Partial<Record<Kind, number>> = {
  car: 0.95,
  whale: 0.9,
  lighthouse: 0.94,
  castle: 0.92,
  windmill: 0.9,
  snowman: 0.92,
  rocket: 0.92,
  cat: 0.94,
}
/** Kinds that look the same, or wrong, from the other side; all others look towards the middle of the picture. */
const oneSided: readonly Kind[] = ['kite', 'lighthouse', 'castle']

function placeThings(things: readonly Thing[], ground: Ground, random: SeededRandom): readonly Spot[] {
  const spots = things.flatMap(thing =>
    columnsOf(thing).map((column, i): Spot => {
      const size = scales[thing.size] * (thing.count === 3 ? 0.84 : 1)
      const scale = size * (bulk[thing.kind] ?? 1) * random.between(0.95, 1.05)
      const reach = 57 * size
      const x = Math.min(127 - reach, Math.max(1 + reach, column + random.between(-3, 3)))
      const isMirrored = !oneSided.includes(thing.kind) && column > 64
      return { thing, x, y: heightOf(thing, i, ground, random), scale, isMirrored, on: settingOf(thing, ground) }
    }),
  )
  return spots.sort((a, b) => a.y - b.y)
}

function columnsOf({ count, position, size }: Thing): readonly number[] {
  const spread = size === 'small' ? 1 : 1.12
  if (count === 2) return [64 - 24 * spread, 64 + 24 * spread]
  if (count === 3) return [64 - 37 * spread, 64, 64 + 37 * spread]
  return [columns[position]]
}

function heightOf({ kind, size, count }: Thing, index: number, ground: Ground, random: SeededRandom): number {
  const jitter = random.between(-1.5, 1.5)
  const stagger = count > 1 && index % 2 === 1 ? 5 : 0
  const nearness = { small: 0.15, medium: 0.5, large: 1 }[size]
  switch (homeOf(kind)) {
    case 'sky':
      return { small: 54, medium: 66, large: 92 }[size] + jitter * 2 - stagger * 1.6
    case 'water':
      if (ground.water)
        return (
          ground.water.top + (ground.water.bottom - ground.water.top) * (0.42 + 0.4 * nearness) + jitter + stagger * 0.5
        )
      return 104 + 8 * nearness + jitter + stagger
    case 'ground':
      return ground.far + (ground.near - ground.far) * nearness + jitter + stagger
  }
}

function settingOf({ kind }: Thing, ground: Ground): Spot['on'] {
  const home = homeOf(kind)
  if (home === 'sky') return 'air'
  if (home === 'ground') return 'land'
  return ground.water ? 'water' : 'pond'
}

function drawSpot(spot: Spot, light: Light, brush: Brush, gradients: Gradients): string {
  const { thing, x, y, scale, isMirrored, on } = spot
  const look: KindLook = {
    light,
    tint: hex => light.thing(tint(hex)),
    window: light.isDark ? tint('ffdf7a') : light.thing(tint('d8effa')),
  }
  const parts = drawKind[thing.kind](light.thing(thingTints[thing.colour]), look)
  const shapes = parts.map(shape => brush.thing(shape, 1 / scale)).join('')
  const across = (isMirrored ? -scale : scale).toFixed(3)
  const at = (down: number) => `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${across} ${down.toFixed(3)})`
  const drawn = `<g transform="${at(scale)}">${shapes}</g>`
  switch (on) {
    case 'air':
      return drawn
    case 'land': {
      const shadow = gradients.shadow(darker(brush.tone(light.land(tint('1a2038'))), 0.4), 0.5)
      return `<path d="${ellipse(x + 3 * scale, y, 60 * scale, 11 * scale)}" fill="${shadow}"/>${drawn}`
    }
    case 'water': {
      const mirror = `<g transform="${at(-scale * 0.34)}" opacity="0.32">${shapes}</g>`
      return mirror + foam(spot) + drawn
    }
    case 'pond': {
      const [shore, water] = ['3c6fb4', '59aef0'].map(hex => css(brush.tone(light.land(tint(hex)))))
      const oval = (grow: number, fill: string) =>
        `<path d="${ellipse(x, y + 1.2, 70 * scale + grow, 14 * scale + grow)}" fill="${fill}"/>`
      return oval(1.2, shore!) + oval(0, water!) + foam(spot) + drawn
    }
  }
}

const foam = ({ x, y, scale }: Spot): string =>
  `<path d="${ellipse(x, y + 0.6, 56 * scale, 3.4 * scale)}" fill="#fff" fill-opacity="0.5"/>`
