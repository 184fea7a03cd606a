import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { drawPlot, type Plot, ticksOf } from '../../../training/evaluation/plot.ts'

const plot: Plot = {
  title: 'Scenes < that & are "right"',
  x: { label: 'steps', scale: 'log', ticks: [1, 2, 4, 8] },
  y: { label: 'share', scale: 'linear', range: [0, 1] },
  lines: [
    { name: 'LCM', points: [1, 2, 4, 8].map(x => ({ x, y: 0.5 + x / 20, low: 0.45, high: 0.95 })) },
    { name: 'DDIM', points: [1, 2, 4, 8].map(x => ({ x, y: 0.9 - 0.4 / x })) },
  ],
  levels: [{ name: 'ceiling', y: 0.9 }],
}

describe('a plot', () => {
  it('is an SVG that draws, in the colours of its lines', async () => {
    const { data, info } = await sharp(Buffer.from(drawPlot(plot)))
      .flatten({ background: '#fff' })
      .raw()
      .toBuffer({ resolveWithObject: true })
    const found = new Set<string>()
    for (let at = 0; at < data.length; at += info.channels) found.add(data.subarray(at, at + 3).toString('hex'))
    for (const hue of ['e0523f', '3f74c9']) expect(found).toContain(hue)
  })

  it('keeps names apart that would overlap', () => {
    const heights = [...drawPlot(plot).matchAll(/y="([\d.]+)" text-anchor="start"[^>]*>(LCM|DDIM|ceiling)/g)]
      .map(([, y]) => Number(y))
      .sort((a, b) => a - b)
    expect(heights).toHaveLength(3)
    for (const [i, y] of heights.slice(1).entries()) expect(y - heights[i]!).toBeGreaterThanOrEqual(15)
  })

  it('marks round numbers', () => {
    expect(ticksOf(0, 1, 'linear')).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(ticksOf(3, 47, 'linear')).toEqual([10, 20, 30, 40])
    expect(ticksOf(0.3, 30, 'log')).toEqual([0.5, 1, 2, 5, 10, 20])
  })

  it('refuses what cannot be drawn', () => {
    expect(() => drawPlot({ ...plot, lines: [] })).toThrow('to have points, got none')
    expect(() =>
      drawPlot({ ...plot, y: { label: 'distance', scale: 'log' }, levels: [{ name: 'floor', y: 0 }] }),
    ).toThrow('Expected figures above 0 on "distance", got 0')
  })
})
