import type { ReactElement } from 'react'
import type { CurvePoint } from '../../../protocol/styles.ts'

const width = 320
const height = 72
/** Room for half a line's width above and below. */
const edge = 3

/**
 * How learning goes, as a drawing: the loss as a soft line, averaged because single steps jump, and the loss on pictures
 * that were held out as a firm one. It fills from the left while learning goes on.
 */
export function Curve({ points, steps }: { points: readonly CurvePoint[]; steps: number }): ReactElement | null {
  const losses = averaged(points.map(({ step, loss }) => ({ step, value: loss })))
  const heldOut = points.flatMap(({ step, heldOutLoss }) =>
    heldOutLoss === undefined ? [] : { step, value: heldOutLoss },
  )
  const values = [...losses, ...heldOut].map(point => point.value).filter(Number.isFinite)
  if (losses.length < 2 || values.length === 0) return null
  const low = Math.min(...values)
  const high = Math.max(...values)
  const place = ({ step, value }: Sample) => {
    const x = (step / Math.max(steps, 1)) * width
    const y = edge + (1 - (value - low) / Math.max(high - low, Number.EPSILON)) * (height - 2 * edge)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  }
  const lineOf = (samples: readonly Sample[]) => `M${samples.map(place).join('L')}`
  const told = heldOut.length > 1 ? heldOut : losses
  return (
    <figure className="curve">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={wordsOf(told)}>
        <path className="curve-floor" d={`M0 ${height - 0.5}H${width}`} />
        <path className="curve-loss" d={lineOf(losses)} />
        {heldOut.length > 1 && <path className="curve-held-out" d={lineOf(heldOut)} />}
      </svg>
      <figcaption>
        <span>{heldOut.length > 1 ? 'Error on pictures it has not seen' : 'Error on your pictures'}</span>
        <span>{changeWords(told)}</span>
      </figcaption>
    </figure>
  )
}

interface Sample {
  readonly step: number
  readonly value: number
}

/** A moving average over about a twentieth of all steps. */
function averaged(samples: readonly Sample[]): Sample[] {
  const reach = Math.max(1, Math.round(samples.length / 40))
  return samples.map(({ step }, index) => {
    const near = samples.slice(Math.max(0, index - reach), index + reach + 1)
    return { step, value: near.reduce((sum, one) => sum + one.value, 0) / near.length }
  })
}

const figure = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

function changeWords(samples: readonly Sample[]): string {
  return `${figure.format(samples[0]!.value)} → ${figure.format(samples.at(-1)!.value)}`
}

function wordsOf(samples: readonly Sample[]): string {
  const [first, last] = [samples[0]!, samples.at(-1)!]
  return `Learning curve: the error went from ${figure.format(first.value)} to ${figure.format(last.value)} in ${last.step} steps`
}
