import { brightness, darker, lighter } from '../scenes/palette.ts'
import type { DrawKind } from './kind.ts'
import { ellipse, polygon, rect, roundRect } from './shape.ts'

export const cat: DrawKind = (main, { tint }) => {
  const eye = (x: number) => [
    { d: ellipse(x, -70, 6, 7), fill: tint('e9f06a'), light: 'flat' as const, isDetail: true },
    { d: ellipse(x, -70, 2.4, 6), fill: tint('14121a'), light: 'flat' as const, isDetail: true },
  ]
  return [
    { d: 'M22 -12C50 -8 56 -34 44 -52C40 -58 33 -54 36 -48C44 -32 36 -22 20 -26z', fill: darker(main, 0.22) },
    { d: 'M-30 0C-36 -34 -20 -56 0 -56C20 -56 36 -34 30 0z', fill: main },
    { d: 'M-33 -70L-34 -104L-10 -90H10L34 -104L33 -70C34 -40 -34 -40 -33 -70z', fill: main },
    { d: polygon(-29, -84, -29, -96, -19, -89), fill: tint('f5a9b8'), light: 'flat', isDetail: true },
    { d: polygon(29, -84, 29, -96, 19, -89), fill: tint('f5a9b8'), light: 'flat', isDetail: true },
    { d: ellipse(0, -18, 15, 17), fill: lighter(main, 0.55), light: 'flat', isDetail: true },
    ...eye(-14),
    ...eye(14),
    { d: polygon(-4, -58, 4, -58, 0, -53), fill: tint('f27a93'), light: 'flat', isDetail: true },
  ]
}

export const robot: DrawKind = (main, { tint }) => {
  const metal = darker(main, 0.34)
  const glow = tint('7dfcf0')
  return [
    { d: rect(-2, -108, 4, 14), fill: metal, light: 'flat' },
    { d: ellipse(0, -108, 6), fill: tint('ff5a4f') },
    { d: rect(-22, -16, 16, 16), fill: metal },
    { d: rect(6, -16, 16, 16), fill: metal },
    { d: roundRect(-48, -56, 16, 38, 7), fill: metal },
    { d: roundRect(32, -56, 16, 38, 7), fill: metal },
    { d: roundRect(-30, -58, 60, 46, 6), fill: main },
    { d: roundRect(-34, -98, 68, 38, 8), fill: main },
    { d: roundRect(-26, -90, 52, 22, 8), fill: tint('1b2233'), light: 'flat', isDetail: true },
    { d: ellipse(-12, -79, 7), fill: glow, light: 'flat', isDetail: true },
    { d: ellipse(12, -79, 7), fill: glow, light: 'flat', isDetail: true },
    { d: roundRect(-14, -46, 28, 20, 4), fill: lighter(main, 0.5), light: 'flat', isDetail: true },
  ]
}

export const snowman: DrawKind = (main, { tint }) => {
  const coal = brightness(main) < 0.3 ? tint('f4efe6') : tint('1c1b24')
  const dot = (x: number, y: number, r: number) => ({
    d: ellipse(x, y, r),
    fill: coal,
    light: 'flat' as const,
    isDetail: true,
  })
  const hat = brightness(main) < 0.3 ? tint('d8433f') : tint('26242f')
  return [
    { d: ellipse(0, -28, 36, 30), fill: main },
    { d: ellipse(0, -70, 25), fill: main },
    { d: 'M-25 -57C-10 -48 10 -48 25 -57L27 -48C12 -38 -12 -38 -27 -48z', fill: darker(main, 0.5), light: 'flat' },
    { d: polygon(10, -46, 22, -48, 20, -20, 10, -20), fill: darker(main, 0.5), light: 'flat' },
    { d: roundRect(-17, -118, 34, 28, 2), fill: hat },
    { d: roundRect(-29, -93, 58, 7, 3), fill: hat, light: 'flat' },
    dot(-9, -75, 4),
    dot(9, -75, 4),
    dot(0, -24, 3.5),
    dot(0, -10, 3.5),
    { d: polygon(-2, -70, -2, -62, 26, -63), fill: tint('ff8a2a'), light: 'flat', isDetail: true },
  ]
}

export const whale: DrawKind = (main, { tint }) => {
  const spray = tint('e6f6ff')
  return [
    {
      d: 'M-22 -54C-24 -66 -34 -70 -40 -66C-34 -82 -22 -78 -19 -68C-14 -80 0 -80 4 -66C-4 -70 -14 -66 -15 -54z',
      fill: spray,
      light: 'flat',
    },
    {
      d: 'M-54 0C-62 -44 -30 -54 -6 -50C20 -46 28 -18 42 -28C44 -42 36 -48 30 -58C42 -60 50 -56 53 -48C58 -56 66 -58 74 -54C70 -44 60 -42 58 -28C56 -12 44 0 30 0z',
      fill: main,
    },
    {
      d: 'M-54 0C-56 -12 -54 -16 -53 -20C-36 -10 -14 -8 2 0z',
      fill: lighter(main, 0.62),
      light: 'flat',
      isDetail: true,
    },
    { d: 'M-10 -8C-4 -20 10 -20 14 -12C10 -4 0 -2 -10 -8z', fill: darker(main, 0.3), light: 'flat', isDetail: true },
    {
      d: ellipse(-36, -30, 4.5),
      fill: brightness(main) < 0.3 ? tint('fdfbf4') : tint('15141c'),
      light: 'flat',
      isDetail: true,
    },
  ]
}
