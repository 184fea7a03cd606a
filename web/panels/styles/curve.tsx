import type { ReactElement } from 'react'
import type { CurvePoint } from '../../../protocol/styles.ts'
import { locale } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import './curve.css'

const width = 320
const height = 72
/** Room for half a line's width above and below. */
const edge = 3

/**
 * How learning goes, as a drawing: the loss as a soft line, averaged because single steps jump, and the loss on pictures
 * that were held out as a firm one. It fills from the left while learning goes on.
 */
export function Curve({ points, steps }: { points: readonly CurvePoint[]; steps: number }): ReactElement | null {
  const losses = averaged(samplesOf(points, ({ loss }) => loss))
  const heldOut = samplesOf(points, ({ heldOutLoss }) => heldOutLoss)
  const isTooEarly = (losses.at(-1)?.step ?? 0) < steps * leastShare
  if (losses.length < 2 || isTooEarly) return null
  const lineOf = (samples: readonly Sample[]) => pathOf(samples, steps)
  const shown = heldOut.length > 1 ? heldOut : losses
  return (
    <figure className="curve">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={curveLabel(shown)}>
        <path className="curve-floor" d={`M0 ${height - 0.5}H${width}`} />
        <path className="curve-loss" d={lineOf(losses)} />
        {heldOut.length > 1 && <path className="curve-held-out" d={lineOf(heldOut)} />}
      </svg>
      <figcaption>
        <span>{t(heldOut.length > 1 ? 'curve.heldOut' : 'curve.own')}</span>
        <span>{changeLabel(shown)}</span>
      </figcaption>
    </figure>
  )
}

/** Of all steps: before that, single steps jump more than they fall, and say nothing yet. */
const leastShare = 0.1

interface Sample {
  readonly step: number
  readonly value: number
}

function samplesOf(points: readonly CurvePoint[], read: (point: CurvePoint) => number | undefined): Sample[] {
  return points.flatMap(point => {
    const value = read(point)
    return Number.isFinite(value) ? { step: point.step, value: value! } : []
  })
}

/** Less than this share of its height is no change worth a slope. */
const leastSpan = 0.1

/** The two measure different things, so each line has a scale of its own. */
function pathOf(samples: readonly Sample[], steps: number): string {
  const high = Math.max(...samples.map(({ value }) => value))
  const low = Math.min(...samples.map(({ value }) => value), high * (1 - leastSpan))
  const place = ({ step, value }: Sample) => {
    const x = (step / Math.max(steps, 1)) * width
    const y = edge + ((high - value) / Math.max(high - low, Number.EPSILON)) * (height - 2 * edge)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  }
  return `M${samples.map(place).join('L')}`
}

/** A moving average over about a twentieth of all steps. */
function averaged(samples: readonly Sample[]): Sample[] {
  const reach = Math.max(1, Math.round(samples.length / 40))
  return samples.map(({ step }, index) => {
    const near = samples.slice(Math.max(0, index - reach), index + reach + 1)
    return { step, value: near.reduce((sum, one) => sum + one.value, 0) / near.length }
  })
}

const figure = (value: number): string => new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 }).format(value)

function changeLabel(samples: readonly Sample[]): string {
  return `${figure(samples[0]!.value)} → ${figure(samples.at(-1)!.value)}`
}

function curveLabel(samples: readonly Sample[]): string {
  const [first, last] = [samples[0]!, samples.at(-1)!]
  return t('curve.label', { first: figure(first.value), last: figure(last.value), steps: last.step })
}
