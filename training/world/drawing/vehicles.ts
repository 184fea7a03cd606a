import { brightness, darker, lighter } from '../scenes/palette.ts'
import type { DrawKind } from './kind.ts'
import { ellipse, polygon, rect, roundRect } from './shape.ts'

export const car: DrawKind = (main, { tint, window }) => {
  const wheel = (x: number) => [
    { d: ellipse(x, -13, 14), fill: tint('211f29') },
    { d: ellipse(x, -13, 6), fill: tint('c9ced6'), light: 'flat' as const, isDetail: true },
  ]
  return [
    { d: 'M-38 -36C-34 -60 -28 -64 -14 -64H12C24 -64 32 -52 38 -36z', fill: darker(main, 0.14) },
    { d: 'M-30 -37C-27 -52 -24 -57 -14 -57H-4V-37z', fill: tint('cfeaf7'), light: 'flat', isDetail: true },
    { d: 'M3 -37V-57H11C20 -57 26 -48 30 -37z', fill: tint('cfeaf7'), light: 'flat', isDetail: true },
    {
      d: 'M-60 -14V-28C-60 -36 -52 -39 -44 -39H42C56 -38 62 -32 62 -22V-14C62 -11 60 -10 58 -10H-56C-59 -10 -60 -11 -60 -14z',
      fill: main,
    },
    { d: ellipse(56, -27, 5, 5.5), fill: window, light: 'flat', isDetail: true },
    ...wheel(-32),
    ...wheel(34),
  ]
}

export const boat: DrawKind = (main, { tint }) => {
  const second = brightness(main) > 0.82 ? tint('e7dcc6') : tint('fdf9ef')
  return [
    { d: rect(-2, -104, 4.5, 86), fill: tint('5d3d28'), light: 'flat' },
    { d: 'M5 -102C32 -76 44 -50 48 -26H5z', fill: main },
    { d: 'M-5 -90C-12 -62 -26 -40 -42 -26H-5z', fill: second },
    { d: 'M-54 -20H56C52 -4 42 4 32 4H-32C-44 4 -52 -8 -54 -20z', fill: darker(main, 0.3), light: 'tall' },
    { d: 'M-54 -20H56L55 -14H-53z', fill: lighter(main, 0.45), light: 'flat', isDetail: true },
  ]
}

export const balloon: DrawKind = (main, { tint }) => {
  const stripe = brightness(main) > 0.82 ? tint('f0c3a0') : lighter(main, 0.5)
  return [
    { d: polygon(-19, -36, -11, -14, -8.5, -14, -15, -36), fill: tint('6b4a2f'), light: 'flat', isDetail: true },
    { d: polygon(19, -36, 11, -14, 8.5, -14, 15, -36), fill: tint('6b4a2f'), light: 'flat', isDetail: true },
    { d: 'M-22 -32C-62 -64 -46 -108 0 -108C46 -108 62 -64 22 -32z', fill: main },
    { d: 'M-9 -32C-26 -64 -20 -104 0 -108C20 -104 26 -64 9 -32z', fill: stripe, isDetail: true },
    { d: roundRect(-13, -16, 26, 18, 4), fill: tint('a06a3a') },
  ]
}

export const kite: DrawKind = (main, { tint }) => {
  const bow = (x: number, y: number) => ({
    d: `M${x} ${y}l-9 -6v12zl9 -6v12z`,
    fill: darker(main, 0.2),
    light: 'flat' as const,
  })
  return [
    { d: 'M-1 -42C10 -30 -14 -20 2 2L5 1C-9 -20 14 -30 2 -43z', fill: tint('fdf6e4'), light: 'flat', isDetail: true },
    { d: polygon(0, -108, 36, -76, 0, -36, -36, -76), fill: main },
    { d: polygon(0, -108, 36, -76, 0, -76), fill: lighter(main, 0.42), light: 'flat', isDetail: true },
    { d: polygon(0, -76, -36, -76, 0, -36), fill: darker(main, 0.3), light: 'flat', isDetail: true },
    bow(-2, -22),
    bow(1, -4),
  ]
}

export const rocket: DrawKind = (main, { tint }) => [
  { d: 'M-13 -22C-16 -4 -6 2 0 10C6 2 16 -4 13 -22z', fill: tint('ff9a2e'), light: 'flat', isDetail: true },
  { d: 'M-7 -22C-8 -10 -3 -6 0 -1C3 -6 8 -10 7 -22z', fill: tint('fff1a8'), light: 'flat', isDetail: true },
  { d: 'M-18 -50C-36 -42 -38 -26 -36 -14C-28 -24 -22 -26 -14 -26z', fill: darker(main, 0.4) },
  { d: 'M18 -50C36 -42 38 -26 36 -14C28 -24 22 -26 14 -26z', fill: darker(main, 0.4) },
  { d: 'M0 -116C22 -96 28 -56 16 -22H-16C-28 -56 -22 -96 0 -116z', fill: main },
  {
    d: 'M0 -116C8 -109 14 -99 18 -88H-18C-14 -99 -8 -109 0 -116z',
    fill: darker(main, 0.4),
    light: 'tall',
    isDetail: true,
  },
  { d: ellipse(0, -66, 11), fill: tint('f6f3ea'), light: 'flat' },
  { d: ellipse(0, -66, 7.5), fill: tint('7cc9f2'), light: 'flat', isDetail: true },
]

export const umbrella: DrawKind = (main, { tint }) => {
  const stripe = brightness(main) > 0.82 ? tint('e77a6f') : tint('fdf8ec')
  return [
    { d: polygon(-2.5, 0, -2.5, -98, 2.5, -98, 2.5, 0), fill: tint('7a5638'), light: 'flat' },
    {
      d: 'M-56 -52C-50 -104 50 -104 56 -52C46 -60 36 -60 28 -52C20 -60 10 -60 0 -52C-10 -60 -20 -60 -28 -52C-36 -60 -46 -60 -56 -52z',
      fill: main,
    },
    {
      d: 'M-28 -52C-24 -76 -14 -88 0 -91C14 -88 24 -76 28 -52C20 -60 10 -60 0 -52C-10 -60 -20 -60 -28 -52z',
      fill: stripe,
      isDetail: true,
    },
    {
      d: 'M-9 -58C-7 -78 -4 -86 0 -91C4 -86 7 -78 9 -58C6 -59 3 -55 0 -52C-3 -55 -6 -59 -9 -58z',
      fill: main,
      isDetail: true,
    },
  ]
}
