import type { Place } from '../scenes/attributes.ts'
import type { Light } from '../scenes/light.ts'
import { darker, lighter, mix, type Tint, tint, white } from '../scenes/palette.ts'
import type { SeededRandom } from '../scenes/seededRandom.ts'
import { ellipse, land, polygon, rect, roundRect, type Shape, strewn } from './shape.ts'

/** Where the water lies, and things of the water float. */
export interface Water {
  readonly top: number
  readonly bottom: number
}

/** The land of a picture, from the horizon forward. */
export interface Ground {
  /** Layers from back to front, each a group of shapes that belong to one depth. */
  readonly layers: readonly (readonly Shape[])[]
  readonly water?: Water
  /** Heights of the feet of a small thing (further away) and a large one (nearer). */
  readonly far: number
  readonly near: number
}

type DrawPlace = (random: SeededRandom, light: Light) => Ground

/** `distance` 0 is here; 1 dissolves in the air. */
const lit = (light: Light, colour: Tint, distance = 0): Tint => {
  const covered = mix(colour, tint('f2f6fc'), light.snowCover)
  return mix(light.land(covered), light.sky[2], distance * 0.55)
}

/** Water shows the zenith as well as itself, and is never snowed over. */
const waterTint = (light: Light, colour: Tint, reflection: number): Tint =>
  mix(light.land(colour), light.sky[0], reflection)

const wobble = (random: SeededRandom, heights: readonly number[], amount = 1.5): number[] =>
  heights.map(y => y + random.between(-amount, amount))

const meadow: DrawPlace = (random, light) => {
  const spots = strewn(random, 5, 3, { left: 0, top: 86, width: 128, height: 42 })
  const blossoms = ['fff6f2', 'ffd84a', 'f884b0'].map((hex, colour): Shape => {
    const patches = spots.filter((_, at) => at % 3 === colour).map(([x, y]) => ellipse(x, y, 1.6 + (y - 84) * 0.04))
    return { d: patches.join(''), fill: lit(light, tint(hex)), light: 'flat', isDetail: true }
  })
  const bush = lit(light, tint('3f8f4a'), 0.5)
  return {
    layers: [
      [{ d: land(wobble(random, [76, 73, 77, 74, 76, 72, 76])), fill: bush }],
      [
        { d: land(wobble(random, [80, 79, 79, 80], 0.8)), fill: lit(light, tint('86cf5a')), light: 'tall' },
        ...blossoms,
      ],
    ],
    far: 97,
    near: 114,
  }
}

const hills: DrawPlace = (random, light) => {
  const path: Shape = {
    d: 'M58 128C52 112 84 106 74 94C70 90 74 88 78 86L81 86C78 89 77 91 82 95C94 107 72 114 80 128z',
    fill: lit(light, tint('f0dfae')),
    light: 'flat',
    isDetail: true,
  }
  return {
    layers: [
      [{ d: land(wobble(random, [66, 54, 68, 52, 64], 2.5)), fill: lit(light, tint('8fc7a0'), 0.55), light: 'tall' }],
      [{ d: land(wobble(random, [60, 72, 84, 70, 60], 2.5)), fill: lit(light, tint('63b55a'), 0.2), light: 'tall' }],
      [{ d: land(wobble(random, [84, 78, 88, 92, 82], 2)), fill: lit(light, tint('a5d64f')), light: 'tall' }, path],
    ],
    far: 97,
    near: 114,
  }
}

const mountains: DrawPlace = (random, light) => {
  const peak = (x: number, top: number, half: number, rock: Tint): Shape[] => {
    const foot = 90
    const at = (share: number, side: number) => [x + side * half * share, top + (foot - top) * share]
    return [
      { d: polygon(x, top, x + half, foot, x - half, foot), fill: rock, light: 'tall' },
      {
        d: polygon(x, top, x + half, foot, x + half * 0.2, foot),
        fill: darker(rock, 0.26),
        light: 'flat',
        isDetail: true,
      },
      {
        d: polygon(x, top, ...at(0.34, 1), ...at(0.26, 0.4), ...at(0.4, 0.06), ...at(0.27, -0.4), ...at(0.34, -1)),
        fill: mix(light.land(tint('fbfdff')), white, light.isDark ? 0.04 : 0.2),
        light: 'flat',
        isDetail: true,
      },
    ]
  }
  const [far, close] = [lit(light, tint('8a9cc0'), 0.35), lit(light, tint('6d7fa8'), 0.1)]
  const shift = random.between(-7, 7)
  return {
    layers: [
      [...peak(16 + shift, 38, 42, far), ...peak(116 + shift, 34, 44, far)],
      peak(66 + shift, 22, 54, close),
      [{ d: land(wobble(random, [84, 79, 82, 78, 84])), fill: lit(light, tint('4f8b62'), 0.1), light: 'tall' }],
      [{ d: land(wobble(random, [92, 90, 94, 92, 90])), fill: lit(light, tint('79b464')), light: 'tall' }],
    ],
    far: 98,
    near: 115,
  }
}

const desert: DrawPlace = (random, light) => {
  const stone = lit(light, tint('d0784a'), 0.25)
  const mesa = (x: number, top: number, half: number): Shape[] => [
    { d: polygon(x - half, 82, x - half * 0.72, top, x + half * 0.72, top, x + half, 82), fill: stone, light: 'tall' },
    {
      d: polygon(x + half * 0.3, top, x + half * 0.72, top, x + half, 82, x + half * 0.44, 82),
      fill: darker(stone, 0.22),
      light: 'flat',
      isDetail: true,
    },
  ]
  const shift = random.between(-8, 8)
  return {
    layers: [
      [...mesa(22 + shift, 56, 22), ...mesa(104 + shift, 62, 17)],
      [{ d: land(wobble(random, [80, 74, 82, 73, 80])), fill: lit(light, tint('f1b765'), 0.12), light: 'tall' }],
      [{ d: land(wobble(random, [86, 92, 84, 90, 96])), fill: lit(light, tint('f7cd83')), light: 'tall' }],
      [{ d: land(wobble(random, [112, 104, 110, 118, 110])), fill: lit(light, tint('fbdc9d')), light: 'tall' }],
    ],
    far: 98,
    near: 114,
  }
}

const forest: DrawPlace = (random, light) => {
  const row = (top: number, colour: Tint, step: number, half: number): Shape => {
    let d = 'M-6 100'
    for (let x = -6 + random.between(0, step); x < 136; x += step * random.between(0.8, 1.1)) {
      const tip = top + random.between(-5, 5)
      d += `L${Math.round(x - half)} 88L${Math.round(x)} ${Math.round(tip)}L${Math.round(x + half)} 88`
    }
    return { d: `${d}L136 100z`, fill: colour, light: 'tall' }
  }
  const bark = lit(light, tint('5b4334'))
  const trunk = (x: number, width: number): Shape => ({
    d: `M${x - width} 112C${x - width * 0.6} 80 ${x - width * 0.6} 40 ${x - width * 0.7} -4H${x + width * 0.7}C${x + width * 0.6} 40 ${x + width * 0.6} 80 ${x + width} 112z`,
    fill: bark,
  })
  const leaves = lit(light, tint('2f7447'))
  return {
    layers: [
      [row(44, lit(light, tint('4f9a78'), 0.5), 13, 9)],
      [row(54, lit(light, tint('2e7a55'), 0.15), 16, 11)],
      [
        { d: land(wobble(random, [90, 86, 88, 85, 90])), fill: lit(light, tint('4c8b3f')), light: 'tall' },
        trunk(3, 8),
        trunk(126, 8),
        { d: 'M-4 -4H36C40 8 28 12 24 18C14 16 12 28 -4 28z', fill: leaves },
        { d: 'M132 -4H92C88 8 100 12 104 18C114 16 116 28 132 28z', fill: leaves },
      ],
    ],
    far: 99,
    near: 115,
  }
}

/** Two gulls over the sea, always the same two. */
function gulls(light: Light): readonly Shape[] {
  const wings = (x: number, y: number, r: number) =>
    `M${x - 2 * r} ${y}q${r} ${-1.5 * r} ${2 * r} 0q${r} ${-1.5 * r} ${2 * r} 0q${-r} ${-0.7 * r} ${-2 * r} ${0.9 * r}q${-r} ${-1.6 * r} ${-2 * r} ${-0.9 * r}z`
  const fill = light.isDark ? lighter(light.sky[0], 0.5) : white
  return [{ d: wings(20, 40, 4) + wings(33, 49, 3), fill, light: 'flat', isDetail: true, opacity: 0.9 }]
}

const beach: DrawPlace = (random, light) => {
  const sea = waterTint(light, tint('1fa9c9'), 0.34)
  const foam = lit(light, tint('f8ffff'))
  const wave = (y: number): Shape => ({
    d: `M${Math.round(random.between(4, 70))} ${y}q8 -3 16 0t16 0q-8 2.5 -16 0t-16 0z`,
    fill: lighter(sea, 0.5),
    light: 'flat',
    isDetail: true,
  })
  const shore = wobble(random, [97, 100, 95, 98, 96])
  return {
    layers: [
      [{ d: rect(-4, 68, 136, 66), fill: sea, light: 'tall' }, wave(76), wave(82), wave(89), ...gulls(light)],
      [
        { d: land(shore.map(y => y - 3)), fill: foam, light: 'flat', isDetail: true },
        { d: land(shore), fill: lit(light, tint('f8df9f')), light: 'tall' },
      ],
    ],
    water: { top: 68, bottom: 95 },
    far: 104,
    near: 118,
  }
}

const lake: DrawPlace = (random, light) => {
  const water = waterTint(light, tint('3f8ae0'), 0.5)
  const glint = (y: number, x: number, width: number): Shape => ({
    d: ellipse(x, y, width, 0.9),
    fill: lighter(water, 0.45),
    light: 'flat',
    isDetail: true,
    opacity: 0.8,
  })
  return {
    layers: [
      [{ d: land(wobble(random, [58, 62, 54, 63, 56], 2)), fill: lit(light, tint('7fb894'), 0.5), light: 'tall' }],
      [{ d: land(wobble(random, [66, 70, 72, 69, 64])), fill: lit(light, tint('4d9a58'), 0.15), light: 'tall' }],
      [
        { d: rect(-4, 74, 136, 60), fill: water, light: 'tall' },
        ...[80, 86, 93].map(y => glint(y, random.between(14, 114), random.between(9, 18))),
      ],
      [{ d: land(wobble(random, [92, 100, 105, 101, 93])), fill: lit(light, tint('7cc455')), light: 'tall' }],
    ],
    water: { top: 74, bottom: 98 },
    far: 106,
    near: 118,
  }
}

const city: DrawPlace = (random, light) => {
  const lamp = light.isDark ? tint('ffd76a') : lit(light, tint('dcecf5'))
  const block = (x: number, width: number, height: number, colour: Tint): Shape[] => {
    const top = 88 - height
    let windows = ''
    for (let row = 0; row < Math.floor((height - 6) / 12); row++)
      for (let column = 0; column < 2; column++) windows += rect(x + 4 + column * 9, top + 6 + row * 12, 5.4, 7)
    return [
      { d: rect(x, top, width, height + 6), fill: colour, light: 'tall' },
      { d: windows, fill: lamp, light: 'flat', isDetail: true },
    ]
  }
  const street = (from: number, heights: readonly number[], width: number, colours: readonly Tint[]): Shape[] =>
    heights.flatMap((height, i) =>
      block(from + i * width, width - 1.5, height + random.between(-5, 5), colours[i % colours.length]!),
    )
  const skyline = [46, 58, 40, 62, 50, 56, 42, 54]
    .map((height, i) => rect(-6 + i * 18, 88 - height, 15, height))
    .join('')
  const front = [tint('6f7fa6'), tint('8a7f9e'), tint('7a90ad')].map(colour => lit({ ...light, snowCover: 0 }, colour))
  const marking = [-6, 22, 50, 78, 106].map(x => roundRect(x, 119, 15, 3, 1)).join('')
  return {
    layers: [
      [{ d: skyline, fill: lit(light, tint('a2adc8'), 0.55), light: 'tall' }],
      street(-4, [30, 46, 26, 54, 36, 44], 24, front),
      [
        { d: rect(-4, 88, 136, 18), fill: lit(light, tint('b9b6b4')), light: 'tall' },
        { d: rect(-4, 106, 136, 26), fill: lit(light, tint('6c6d7a')), light: 'tall' },
        { d: marking, fill: lit(light, tint('f6efd5')), light: 'flat', isDetail: true },
      ],
    ],
    far: 102,
    near: 114,
  }
}

export const drawPlace: Record<Place, DrawPlace> = { meadow, hills, mountains, desert, forest, beach, lake, city }
