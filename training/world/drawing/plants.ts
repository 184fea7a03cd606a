import { brightness, darker, lighter } from '../scenes/palette.ts'
import type { DrawKind } from './kind.ts'
import { ellipse, polygon, rect } from './shape.ts'

export const tree: DrawKind = (main, { tint }) => [
  { d: 'M-8 0C-6 -16 -6 -30 -7 -44H7C6 -30 6 -16 8 0z', fill: tint('6d4630') },
  {
    d: 'M-24 -34C-50 -32 -54 -62 -36 -68C-38 -92 -10 -104 4 -92C26 -102 46 -80 36 -66C54 -56 44 -32 24 -34C12 -28 -12 -28 -24 -34z',
    fill: main,
  },
  { d: ellipse(-14, -72, 15, 12), fill: lighter(main, 0.28), opacity: 0.7, light: 'flat', isDetail: true },
  {
    d: 'M-34 -38C-14 -30 20 -30 38 -46C42 -34 30 -32 24 -34C12 -28 -12 -28 -24 -34z',
    fill: darker(main, 0.3),
    light: 'flat',
    isDetail: true,
  },
]

export const pine: DrawKind = (main, { tint, light }) => {
  const tiers = [
    polygon(-40, -14, 0, -66, 40, -14),
    polygon(-32, -40, 0, -88, 32, -40),
    polygon(-23, -66, 0, -108, 23, -66),
  ]
  const snow = {
    d: polygon(-11, -87, 0, -108, 11, -87, 5, -84, 0, -89, -6, -84),
    fill: tint('ffffff'),
    light: 'flat' as const,
    isDetail: true,
  }
  return [
    { d: rect(-6, -18, 12, 18), fill: tint('5f3d2a') },
    ...tiers.map((d, i) => ({ d, fill: darker(main, 0.24 - 0.12 * i), light: 'tall' as const })),
    ...(light.snowCover > 0 ? [snow] : []),
  ]
}

export const cactus: DrawKind = (main, { tint }) => {
  const body = 'M-13 0V-80a13 13 0 0 1 26 0V0z'
  const left = 'M-10 -26H-24a16 16 0 0 1 -16 -16V-62a8.5 8.5 0 0 1 17 0V-44H-10z'
  const right = 'M10 -36H22V-70a8.5 8.5 0 0 1 17 0V-34a16 16 0 0 1 -16 16H10z'
  const rib = lighter(main, 0.38)
  return [
    { d: left, fill: main },
    { d: right, fill: main },
    { d: body, fill: main },
    { d: rect(-6, -82, 3.5, 78), fill: rib, light: 'flat', isDetail: true },
    { d: rect(3, -82, 3.5, 78), fill: rib, light: 'flat', isDetail: true },
    { d: ellipse(0, -95, 7, 5), fill: brightness(main) > 0.6 ? tint('d8437e') : tint('ffd2e6'), light: 'flat' },
  ]
}

export const flower: DrawKind = (main, { tint }) => {
  const petals = Array.from({ length: 8 }, (_, i) => {
    const turn = (i * Math.PI) / 4
    return {
      d: ellipse(24 * Math.cos(turn), -70 + 24 * Math.sin(turn), 14.5),
      fill: i % 2 === 0 ? main : darker(main, 0.12),
    }
  })
  const isYellow = main[0] > 170 && main[1] > 110 && main[2] < 110
  const leaf = tint('4c9a45')
  return [
    { d: 'M-4 0C-3 -20 -3 -40 -4 -60H4C3 -40 3 -20 4 0z', fill: leaf, light: 'flat' },
    { d: 'M0 -8C-12 -34 -34 -34 -42 -30C-36 -10 -16 -4 0 -8z', fill: leaf },
    { d: 'M0 -4C10 -28 32 -30 40 -24C36 -6 16 0 0 -4z', fill: darker(leaf, 0.15) },
    ...petals,
    { d: ellipse(0, -70, 15), fill: isYellow ? tint('6b3a1e') : tint('ffcf33') },
  ]
}

export const mushroom: DrawKind = (main, { tint }) => {
  const spot = brightness(main) > 0.82 ? tint('d9b28c') : tint('fffaf0')
  const dot = (x: number, y: number, rx: number, ry: number) => ({
    d: ellipse(x, y, rx, ry),
    fill: spot,
    light: 'flat' as const,
    isDetail: true,
  })
  return [
    { d: 'M-15 0C-20 -2 -16 -26 -13 -46H13C16 -26 20 -2 15 0z', fill: tint('f3e4c8') },
    { d: 'M-50 -40C-50 -104 50 -104 50 -40C34 -30 -34 -30 -50 -40z', fill: main },
    {
      d: 'M-50 -40C-34 -30 34 -30 50 -40C30 -42 -30 -42 -50 -40z',
      fill: darker(main, 0.45),
      light: 'flat',
      isDetail: true,
    },
    dot(-4, -70, 11, 9),
    dot(-31, -53, 8, 7),
    dot(27, -56, 9, 8),
  ]
}
