/**
 * Tells in which of some manners a picture is made: multinomial logistic regression over features of the frozen classifier,
 * which was trained on none of them. Its own error on true renders is measured beside what it reads.
 */

/** One line of weights for each manner, the last of them its bias; over features that were standardized. */
export interface MannerReader {
  /** The index of the likeliest manner. */
  read(features: Float32Array): number
}

const steps = 400
const rate = 0.5
/** Against weights that a few dozen pictures cannot support. */
const decay = 1e-3

/** Learns from features of pictures of each manner, `examples[manner][picture]`; full batches, always the same result. */
export function learnManners(examples: readonly (readonly Float32Array[])[]): MannerReader {
  const all = examples.flat()
  const width = all[0]!.length
  const center = Array.from({ length: width }, (_, at) => meanOf(all.map(row => row[at]!)))
  const scale = center.map((middle, at) => Math.sqrt(meanOf(all.map(row => (row[at]! - middle) ** 2))) + 1e-6)
  const standardized = (row: Float32Array) => [...center.map((middle, at) => (row[at]! - middle) / scale[at]!), 1]
  const rows = examples.flatMap((pictures, manner) => pictures.map(row => ({ manner, x: standardized(row) })))
  const weights = examples.map(() => new Float64Array(width + 1))
  for (let step = 0; step < steps; step++) {
    const gradients = weights.map(line => line.map(value => decay * value))
    for (const { manner, x } of rows)
      for (const [at, probability] of probabilities(weights, x).entries()) {
        const error = (probability - (at === manner ? 1 : 0)) / rows.length
        for (const [index, value] of x.entries()) gradients[at]![index]! += error * value
      }
    for (const [at, line] of weights.entries())
      for (const index of line.keys()) line[index]! -= rate * gradients[at]![index]!
  }
  return {
    read(features) {
      const likely = probabilities(weights, standardized(features))
      return likely.indexOf(Math.max(...likely))
    },
  }
}

function probabilities(weights: readonly Float64Array[], x: readonly number[]): number[] {
  const scores = weights.map(line => line.reduce((sum, weight, at) => sum + weight * x[at]!, 0))
  const highest = Math.max(...scores)
  const powers = scores.map(score => Math.exp(score - highest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
