/** Line plots as SVG: quiet axes, a band where a figure is unsure, names at the ends of the lines. */
export interface Plot {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
  /** Dashed levels across the plot: a ceiling, a floor. */
  readonly levels?: readonly { readonly name: string; readonly y: number }[]
}

export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'log'
  /** Where the axis is marked; chosen from the figures if absent. */
  readonly ticks?: readonly number[]
  /** Ends of the axis; those of the figures and ticks if absent. */
  readonly range?: readonly [number, number]
}

export interface Line {
  readonly name: string
  readonly points: readonly Point[]
}

export interface Point {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

const width = 640
const height = 380
const frame = { left: 58, right: width - 118, top: 54, bottom: height - 50 }
const labelGap = 15

/** The model's own warm red first; told apart by lightness as well as by hue. */
const hues = ['#e0523f', '#3f74c9', '#2f9d78', '#c58a1b', '#8a5cc2', '#5f6b76'] as const

const style = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #4b5560 }
  .title { font-size: 15px; font-weight: 600; fill: #1f2730 }
  .grid { stroke: #1f2730; stroke-opacity: .1 }
  .level { stroke: #1f2730; stroke-opacity: .45; stroke-dasharray: 2 4 }
  .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
  .band { opacity: .14 }
  .dot { stroke: #fff; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #a9b4bf } .title { fill: #e9eef3 }
    .grid, .level { stroke: #e9eef3 } .dot { stroke: #14181d } .band { opacity: .22 }
  }`

export function drawPlot({ title, x, y, lines, levels = [] }: Plot): string {
  const points = lines.flatMap(line => line.points)
  if (points.length === 0) throw new Error(`Expected the plot "${title}" to have points, got none.`)
  const across = axisOf(
    x,
    points.map(point => point.x),
    [frame.left, frame.right],
  )
  // On a logarithmic axis a band that reaches down to nothing has no end, so it is cut at a quarter.
  const footOf = (point: Point) =>
    y.scale === 'log' ? Math.max(point.low ?? point.y, point.y / 4) : (point.low ?? point.y)
  const heights = [
    ...points.flatMap(point => [footOf(point), point.y, point.high ?? point.y]),
    ...levels.map(level => level.y),
  ]
  const up = axisOf(y, heights, [frame.bottom, frame.top])

  const marks = [
    ...up.ticks.flatMap(tick => [
      `<path class="grid" d="M${frame.left} ${at(up.place(tick))}H${frame.right}"/>`,
      text(frame.left - 8, up.place(tick) + 4, shown(tick), 'end'),
    ]),
    ...across.ticks.map(tick => text(across.place(tick), frame.bottom + 20, shown(tick), 'middle')),
    text((frame.left + frame.right) / 2, height - 10, x.label, 'middle'),
    text(frame.left, frame.top - 14, y.label, 'start'),
    ...levels.map(level => `<path class="level" d="M${frame.left} ${at(up.place(level.y))}H${frame.right}"/>`),
  ]
  const drawn = lines.map((line, index) => {
    const hue = hues[index % hues.length]!
    const along = (values: readonly (readonly [number, number])[]) =>
      values.map(([px, py]) => `${at(across.place(px))} ${at(up.place(py))}`).join('L')
    const upper = line.points.map(point => [point.x, point.high ?? point.y] as const)
    const lower = line.points.map(point => [point.x, footOf(point)] as const)
    return [
      `<path class="band" fill="${hue}" d="M${along([...upper, ...lower.reverse()])}z"/>`,
      `<path class="line" stroke="${hue}" d="M${along(line.points.map(point => [point.x, point.y] as const))}"/>`,
      ...line.points.map(
        point =>
          `<circle class="dot" fill="${hue}" r="4" cx="${at(across.place(point.x))}" cy="${at(up.place(point.y))}"/>`,
      ),
    ].join('\n')
  })
  const names = apart([
    ...lines.map((line, index) => ({
      name: line.name,
      y: up.place(line.points.at(-1)!.y),
      fill: ` style="fill:${hues[index % hues.length]};font-weight:600"`,
    })),
    ...levels.map(level => ({ name: level.name, y: up.place(level.y), fill: '' })),
  ]).map(label => text(frame.right + 12, label.y + 4, label.name, 'start', label.fill))

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>${style}
</style>
<text class="title" x="${frame.left}" y="24">${escaped(title)}</text>
${[...marks, ...drawn, ...names].join('\n')}
</svg>
`
}

interface Placed {
  readonly ticks: readonly number[]
  place(value: number): number
}

function axisOf(axis: Axis, values: readonly number[], [from, to]: readonly [number, number]): Placed {
  const [low, high] = axis.range ?? [
    Math.min(...values, ...(axis.ticks ?? [])),
    Math.max(...values, ...(axis.ticks ?? [])),
  ]
  if (axis.scale === 'log' && !(low > 0)) throw new Error(`Expected figures above 0 on "${axis.label}", got ${low}.`)
  const bend = axis.scale === 'log' ? Math.log : (value: number) => value
  const reach = bend(high) - bend(low) || 1
  return {
    ticks: axis.ticks ?? ticksOf(low, high, axis.scale),
    place: value => from + ((bend(Math.min(Math.max(value, low), high)) - bend(low)) / reach) * (to - from),
  }
}

/** Round numbers from low to high: steps of 1, 2 or 5, or 1, 2 and 5 of every decade. */
export function ticksOf(low: number, high: number, scale: Axis['scale']): number[] {
  if (scale === 'log') {
    const decades = Array.from(
      { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
      (_, i) => Math.floor(Math.log10(low)) + i,
    )
    return decades
      .flatMap(decade => [1, 2, 5].map(digit => Number(`${digit}e${decade}`)))
      .filter(tick => tick >= low && tick <= high)
  }
  const rough = (high - low || 1) / 5
  const decade = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(digit => digit * decade).find(size => size >= rough * 0.999)!
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Names that would overlap are moved down, from the top one on, and back up where the plot ends. */
function apart<Label extends { readonly y: number }>(labels: readonly Label[]): Label[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y)
  const placed: number[] = []
  for (const { y } of sorted) placed.push(Math.max(y, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + labelGap))
  for (let i = placed.length - 1; i >= 0; i--)
    placed[i] = Math.min(placed[i]!, (placed[i + 1] ?? frame.bottom + labelGap) - labelGap)
  return sorted.map((label, i) => ({ ...label, y: placed[i]! }))
}

function text(x: number, y: number, label: string, anchor: 'start' | 'middle' | 'end', more = ''): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${more}>${escaped(label)}</text>`
}

const at = (pixel: number): string => Number(pixel.toFixed(1)).toString()
const shown = (value: number): string => Number(value.toPrecision(6)).toString()
const escaped = (label: string): string =>
  label.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
