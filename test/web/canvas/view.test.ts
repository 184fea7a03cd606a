import { describe, expect, test } from 'vitest'
import {
  between,
  fitting,
  sceneToScreen,
  screenToScene,
  type View,
  visibleBox,
  zoomedBy,
} from '../../../web/canvas/view.ts'

const view: View = { x: 30, y: -20, zoom: 2 }
const size = { width: 800, height: 600 }

describe('a view of the desk', () => {
  test('leads from the scene to the screen and back', () => {
    expect(sceneToScreen(view, { x: 10, y: 20 })).toEqual({ x: 50, y: 20 })
    expect(screenToScene(view, { x: 50, y: 20 })).toEqual({ x: 10, y: 20 })
    expect(visibleBox(view, size)).toEqual({ x: -15, y: 10, width: 400, height: 300 })
  })

  test('keeps the point under the pointer where it is when it zooms', () => {
    const at = { x: 200, y: 150 }
    const closer = zoomedBy(view, 1.5, at)
    expect(closer.zoom).toBe(3)
    expect(screenToScene(closer, at)).toEqual(screenToScene(view, at))
  })

  test('zooms neither without end nor out of sight', () => {
    const at = { x: 0, y: 0 }
    expect(zoomedBy(view, 1000, at).zoom).toBe(8)
    expect(zoomedBy(view, 0.0001, at).zoom).toBe(0.05)
  })

  test('shows a whole box in the middle of what the panels leave free', () => {
    const padding = { top: 100, right: 300, bottom: 0, left: 0 }
    const fitted = fitting({ x: 0, y: 0, width: 1000, height: 100 }, size, { padding })
    expect(fitted.zoom).toBe(0.5)
    expect(sceneToScreen(fitted, { x: 500, y: 50 })).toEqual({ x: 250, y: 350 })
    expect(fitting({ x: 0, y: 0, width: 10, height: 10 }, size, { maxZoomTo: 2 }).zoom).toBe(2)
  })

  test('glides straight from one view to another, and arrives exactly', () => {
    const to: View = { x: -400, y: 90, zoom: 0.5 }
    expect(between(view, to, size, 1)).toBe(to)
    expect(between(view, to, size, 0)).toEqual(view)
    const middle = screenToScene(between(view, to, size, 0.5), { x: 400, y: 300 })
    const [a, b] = [view, to].map(one => screenToScene(one, { x: 400, y: 300 })) as [typeof middle, typeof middle]
    // On the line between the two middles.
    expect((middle.x - a.x) * (b.y - a.y)).toBeCloseTo((middle.y - a.y) * (b.x - a.x), 6)
    expect(middle.x).toBeGreaterThan(a.x)
    expect(middle.x).toBeLessThan(b.x)
  })
})
