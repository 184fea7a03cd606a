import type { Box } from '../../protocol/scene.ts'

/** Screen points are CSS pixels from the stage's top left corner; scene points are scene units. Never mixed: the names say which. */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** screen = scene · zoom + (x, y) */
export interface View {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

/** CSS pixels that something else covers on each side. */
export interface Padding {
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly left: number
}

const minZoom = 0.05
const maxZoom = 8
const clampZoom = (zoom: number): number => Math.min(maxZoom, Math.max(minZoom, zoom))

export function sceneToScreen({ x, y, zoom }: View, scene: Point): Point {
  return { x: scene.x * zoom + x, y: scene.y * zoom + y }
}

export function screenToScene({ x, y, zoom }: View, screen: Point): Point {
  return { x: (screen.x - x) / zoom, y: (screen.y - y) / zoom }
}

/** What part of the scene is seen. */
export function visibleBox({ x, y, zoom }: View, { width, height }: Size): Box {
  return { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom }
}

/** Keeps the scene point under `at`, a screen point, where it is. */
export function zoomedBy(view: View, factor: number, at: Point): View {
  const zoom = clampZoom(view.zoom * factor)
  const ratio = zoom / view.zoom
  return { zoom, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio }
}

/** The view that shows the whole box in what the padding leaves free, at most at `maxZoomTo`. */
export function fitting(box: Box, size: Size, options: { padding?: Padding; maxZoomTo?: number } = {}): View {
  const { padding = { top: 40, right: 40, bottom: 40, left: 40 }, maxZoomTo = 1.5 } = options
  const roomX = Math.max(80, size.width - padding.left - padding.right)
  const roomY = Math.max(80, size.height - padding.top - padding.bottom)
  const zoom = clampZoom(Math.min(roomX / Math.max(box.width, 1), roomY / Math.max(box.height, 1), maxZoomTo))
  return {
    zoom,
    x: padding.left + roomX / 2 - (box.x + box.width / 2) * zoom,
    y: padding.top + roomY / 2 - (box.y + box.height / 2) * zoom,
  }
}

/**
 * A view on the way from one to another, at `t` from 0 to 1. Zoom moves geometrically, and the middle of the view moves
 * straight: nothing swings through.
 */
export function between(from: View, to: View, { width, height }: Size, t: number): View {
  if (t >= 1) return to
  const eased = 1 - (1 - t) ** 3
  const zoom = from.zoom * (to.zoom / from.zoom) ** eased
  const middle = (view: View) => screenToScene(view, { x: width / 2, y: height / 2 })
  const a = middle(from)
  const b = middle(to)
  const share = from.zoom === to.zoom ? eased : (1 / from.zoom - 1 / zoom) / (1 / from.zoom - 1 / to.zoom)
  return {
    zoom,
    x: width / 2 - (a.x + (b.x - a.x) * share) * zoom,
    y: height / 2 - (a.y + (b.y - a.y) * share) * zoom,
  }
}
