import type { Light } from '../scenes/light.ts'
import { brightness, darker, lighter, mix } from '../scenes/palette.ts'
import type { DrawKind, KindLook } from './kind.ts'
import { ellipse, polygon, rect, roundRect, type Shape } from './shape.ts'

/** Lamplight around a window; by day there is none. */
const lamplight = ({ light, window }: KindLook, x: number, y: number, r: number): readonly Shape[] =>
  light.isDark ? [{ d: ellipse(x, y, r), fill: window, light: 'glow', isDetail: true, opacity: 0.6 }] : []

export const house: DrawKind = (main, look) => {
  const { light, tint, window } = look
  const roof = darker(main, 0.52)
  return [
    { d: rect(18, -98, 13, 30), fill: darker(main, 0.35) },
    { d: rect(-38, -58, 76, 58), fill: main },
    { d: polygon(-52, -54, 0, -98, 52, -54), fill: roof, light: 'tall' },
    { d: roundRect(-29, -44, 22, 22, 2), fill: window, light: 'flat' },
    { d: roundRect(5, -40, 20, 40, 3), fill: tint('6b4026') },
    ...lamplight(look, -18, -33, 30),
    { d: 'M5 0h20l14 13h-24z', fill: tint('e9d9b0'), light: 'flat', isDetail: true },
    ...smoke(light),
  ]
}

/** Over the chimney; a charm that captions need not say. */
const smoke = (light: Light): readonly Shape[] =>
  [
    [27, -106, 7],
    [34, -119, 9],
  ].map(
    ([x, y, r]): Shape => ({
      d: ellipse(x!, y!, r!),
      fill: lighter(light.sky[2], 0.4),
      light: 'flat',
      isDetail: true,
      opacity: 0.6,
    }),
  )

export const castle: DrawKind = (main, { tint, window }) => {
  const shade = darker(main, 0.18)
  const roof = darker(main, 0.5)
  const tower = (x: number) => [
    { d: rect(x, -72, 24, 72), fill: shade },
    { d: polygon(x - 5, -70, x + 12, -108, x + 29, -70), fill: roof, light: 'tall' as const },
    { d: roundRect(x + 7, -56, 10, 16, 4), fill: window, light: 'flat' as const, isDetail: true },
  ]
  const battlements = 'M-30 0V-62h10v8h10v-8h20v8h10v-8h10V0z'
  return [
    ...tower(-54),
    ...tower(30),
    { d: battlements, fill: main },
    { d: 'M-14 0V-22a14 14 0 0 1 28 0V0z', fill: tint('4a2f24') },
  ]
}

export const lighthouse: DrawKind = (main, look) => {
  const { light, window, tint } = look
  // White stripes would vanish on a white tower.
  const stripe = brightness(main) > 0.82 ? tint('c9463f') : tint('fbf8f1')
  const beam = {
    d: polygon(0, -103, 96, -128, 96, -84),
    fill: window,
    light: 'flat' as const,
    opacity: 0.32,
    isDetail: true,
  }
  return [
    ...(light.isDark ? [beam] : []),
    { d: polygon(-22, 0, -13, -90, 13, -90, 22, 0), fill: main },
    { d: polygon(-20, -20, -17.6, -42, 17.6, -42, 20, -20), fill: stripe, isDetail: true },
    { d: polygon(-15.4, -64, -13.6, -82, 13.6, -82, 15.4, -64), fill: stripe, isDetail: true },
    { d: rect(-19, -93, 38, 6), fill: darker(main, 0.45), light: 'flat' },
    { d: rect(-11, -110, 22, 18), fill: window, light: 'flat' },
    { d: polygon(-16, -109, 0, -126, 16, -109), fill: darker(main, 0.35), light: 'tall' },
    ...lamplight(look, 0, -101, 30),
  ]
}

export const windmill: DrawKind = (main, { tint, window }) => {
  const sail = brightness(main) > 0.82 ? tint('b0453c') : tint('fdfaf2')
  const blade = (turn: number) => {
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
    const corner = (along: number, aside: number) => [along * cos - aside * sin, -72 + along * sin + aside * cos]
    return polygon(...corner(4, -1.5), ...corner(52, -1.5), ...corner(52, 14), ...corner(12, 12), ...corner(4, 2))
  }
  const turns = [0.62, 0.62 + Math.PI / 2, 0.62 + Math.PI, 0.62 + (3 * Math.PI) / 2]
  return [
    { d: polygon(-30, 0, -19, -72, 19, -72, 30, 0), fill: main },
    { d: 'M-22 -70a22 20 0 0 1 44 0z', fill: darker(main, 0.5) },
    { d: 'M-10 0V-20a10 10 0 0 1 20 0V0z', fill: tint('4d3326') },
    { d: roundRect(-7, -48, 14, 14, 3), fill: window, light: 'flat', isDetail: true },
    ...turns.map(turn => ({ d: blade(turn), fill: sail, light: 'flat' as const })),
    { d: ellipse(0, -72, 5.5), fill: darker(main, 0.55), light: 'flat' },
  ]
}

export const tent: DrawKind = (main, look) => {
  const { window, light, tint } = look
  return [
    { d: rect(-2, -92, 4, 22), fill: tint('6b4a32'), light: 'flat' },
    { d: polygon(1, -92, 24, -85, 1, -78), fill: mix(main, tint('fff3c4'), 0.55), light: 'flat' },
    { d: polygon(-54, 0, -4, -74, 4, -74, 54, 0), fill: main },
    { d: polygon(4, -74, 54, 0, 28, 0), fill: darker(main, 0.25), light: 'flat', isDetail: true },
    { d: polygon(0, -50, -18, 0, 18, 0), fill: light.isDark ? window : darker(main, 0.68), light: 'flat' },
    { d: polygon(0, -50, 18, 0, 24, 0), fill: lighter(main, 0.4), light: 'flat', isDetail: true },
    ...lamplight(look, 0, -16, 38),
  ]
}
