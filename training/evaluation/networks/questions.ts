import {
  allStyles,
  type Colour,
  colours,
  type Kind,
  kinds,
  type Place,
  type Position,
  places,
  positions,
  type Scene,
  type Size,
  type Style,
  sizes,
  type Time,
  times,
  type Weather,
  weathers,
} from '../../world/index.ts'

/** What the classifier is asked about a picture as a whole, … */
export const sceneQuestions = { time: times, weather: weathers, place: places, style: allStyles } as const
/** … and about each kind of thing. A scene has at most one entry of a kind, so a kind is name enough. */
export const thingQuestions = { colour: colours, size: sizes, position: positions, count: [1, 2, 3] } as const

export const sceneSizes = Object.values(sceneQuestions).map(({ length }) => length)
export const thingSizes = Object.values(thingQuestions).map(({ length }) => length)
export const sceneLength = sceneSizes.reduce((sum, size) => sum + size, 0)
export const thingLength = thingSizes.reduce((sum, size) => sum + size, 0)

export interface ThingReading {
  readonly colour: Colour
  readonly size: Size
  readonly position: Position
  readonly count: number
}

/** What the classifier sees in a picture. */
export interface Reading {
  readonly time: Time
  readonly weather: Weather
  readonly place: Place
  readonly style: Style
  /** The kinds that it finds. */
  readonly present: ReadonlySet<Kind>
  /** What each kind looks like where it is, or, of a kind that is not found, where it would most likely be. */
  readonly things: Readonly<Record<Kind, ThingReading>>
}

/** The right answers, as one-hot rows of the questions. */
export interface Answers {
  /** (time | weather | place | style) */
  readonly scene: Float32Array
  /** (kinds), 1 where there is one */
  readonly present: Float32Array
  /** (kinds, colour | size | position | count), zeros for a kind that is not there */
  readonly things: Float32Array
}

export function answersOf(scene: Scene): Answers {
  const answers: Answers = {
    scene: Float32Array.from(oneHot(sceneQuestions, scene)),
    present: new Float32Array(kinds.length),
    things: new Float32Array(kinds.length * thingLength),
  }
  for (const thing of scene.things) {
    const at = kinds.indexOf(thing.kind)
    answers.present[at] = 1
    answers.things.set(oneHot(thingQuestions, thing), at * thingLength)
  }
  return answers
}

type Questions = Readonly<Record<string, readonly unknown[]>>

function oneHot(questions: Questions, record: object): number[] {
  return Object.entries(questions).flatMap(([name, options]) => {
    const chosen = options.indexOf(record[name as keyof typeof record])
    if (chosen < 0) {
      throw new Error(
        `Expected ${name} to be one of ${options.join(', ')}, got ${record[name as keyof typeof record]}.`,
      )
    }
    return options.map((_, index) => (index === chosen ? 1 : 0))
  })
}

/** Scores of all options, as the classifier gives them → the most likely ones. Lengths as in `Answers`. */
export function readingOf(scores: {
  readonly scene: Float32Array
  readonly present: Float32Array
  readonly things: Float32Array
}): Reading {
  const things = kinds.map((kind, at) => {
    const rows = scores.things.subarray(at * thingLength, (at + 1) * thingLength)
    return [kind, likeliest(thingQuestions, rows)] as const
  })
  return {
    // The questions' own lists are what `likeliest` picks from.
    ...(likeliest(sceneQuestions, scores.scene) as Pick<Reading, keyof typeof sceneQuestions>),
    present: new Set(kinds.filter((_, at) => scores.present[at]! > 0)),
    things: Object.fromEntries(things) as unknown as Record<Kind, ThingReading>,
  }
}

function likeliest(questions: Questions, scores: Float32Array): Record<string, unknown> {
  let at = 0
  return Object.fromEntries(
    Object.entries(questions).map(([name, options]) => {
      const own = scores.subarray(at, at + options.length)
      at += options.length
      return [name, options[own.indexOf(Math.max(...own))]]
    }),
  )
}
