import type { StrokeElement } from '../protocol/scene.ts'
import { buildStroke } from '../test/support/scenes.ts'

export const pointsPerStroke = 40

/** A curve across a part of the desk, with the tremor and the pressure of a hand, in hundredths as pages send them. */
export function penStroke(index: number) {
  const random = (salt: number) => Math.abs(Math.sin(index * 12.9898 + salt * 78.233) * 43758.5453) % 1
  const inHundredths = (value: number) => Math.round(value * 100) / 100
  const [bend, length] = [random(1) * 2 - 1, 80 + random(2) * 160]
  const points: number[] = []
  for (let at = 0; at < pointsPerStroke; at++) {
    const t = at / (pointsPerStroke - 1)
    const [dx, dy] = [random(at * 2 + 5) - 0.5, random(at * 2 + 6) - 0.5]
    points.push(inHundredths(t * length + dx), inHundredths(Math.sin(t * 3) * 40 * bend + dy))
    points.push(inHundredths(0.4 + 0.4 * Math.sin(t * Math.PI) + 0.02 * dx))
  }
  const place = { x: inHundredths(random(3) * 2000 - 1000), y: inHundredths(random(4) * 1200 - 600) }
  return buildStroke({
    id: `s${index}`,
    ...place,
    points,
    size: 4 + random(7) * 10,
    done: true,
  } satisfies Partial<StrokeElement>)
}
