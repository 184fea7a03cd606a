import { type Estimate, shareOf } from '../../onnx/linalg/statistics.ts'
import type { Scene } from '../world/index.ts'
import type { Reading } from './networks/questions.ts'

/** What is asked of a scene as a whole and of each of its things, and whether everything together is right. */
export interface Accuracies {
  readonly time: Estimate
  readonly weather: Estimate
  readonly place: Estimate
  readonly style: Estimate
  readonly kind: Estimate
  readonly colour: Estimate
  readonly size: Estimate
  readonly position: Estimate
  readonly count: Estimate
  readonly scene: Estimate
  /** As `scene`, of the scenes with exactly one thing, with two or three of one kind, with several kinds; if there are any. */
  readonly oneThing?: Estimate
  readonly group?: Estimate
  readonly several?: Estimate
}

export const accuracyLabels: Readonly<Record<keyof Accuracies, string>> = {
  time: 'time',
  weather: 'weather',
  place: 'place',
  style: 'style',
  kind: 'kind',
  colour: 'colour',
  size: 'size',
  position: 'position',
  count: 'count',
  scene: 'whole scene',
  oneThing: 'whole scene with one thing',
  group: 'whole scene with a group',
  several: 'whole scene with several kinds',
}

/**
 * How often pictures show what was asked for. `kind` is found where the classifier sees such a thing; its colour, size,
 * position and count are what it sees where that kind is or would be. `scene` wants every attribute right, every
 * thing there, and nothing else.
 */
export function accuracyOf(scenes: readonly Scene[], readings: readonly Reading[]): Accuracies {
  const rights = scenes.map((scene, at) => isSceneRight(scene, readings[at]!))
  const rightOf = (name: 'oneThing' | 'group' | 'several', belongs: (scene: Scene) => boolean) => {
    const those = rights.filter((_, at) => belongs(scenes[at]!))
    return those.length > 0 && { [name]: shareOf(those) }
  }
  const things = scenes.flatMap((scene, at) => scene.things.map(thing => ({ thing, reading: readings[at]! })))
  const ofScene = (name: 'time' | 'weather' | 'place' | 'style') =>
    shareOf(scenes.map((scene, at) => scene[name] === readings[at]![name]))
  const ofThing = (name: 'colour' | 'size' | 'position' | 'count') =>
    shareOf(things.map(({ thing, reading }) => thing[name] === reading.things[thing.kind][name]))
  return {
    time: ofScene('time'),
    weather: ofScene('weather'),
    place: ofScene('place'),
    style: ofScene('style'),
    kind: shareOf(things.map(({ thing, reading }) => reading.present.has(thing.kind))),
    colour: ofThing('colour'),
    size: ofThing('size'),
    position: ofThing('position'),
    count: ofThing('count'),
    scene: shareOf(rights),
    ...rightOf('oneThing', ({ things }) => things.length === 1 && things[0]!.count === 1),
    ...rightOf('group', ({ things }) => things.length === 1 && things[0]!.count > 1),
    ...rightOf('several', ({ things }) => things.length > 1),
  }
}

function isSceneRight(scene: Scene, reading: Reading): boolean {
  return (
    scene.time === reading.time &&
    scene.weather === reading.weather &&
    scene.place === reading.place &&
    scene.style === reading.style &&
    scene.things.length === reading.present.size &&
    scene.things.every(thing => {
      const read = reading.things[thing.kind]
      return (
        reading.present.has(thing.kind) &&
        thing.colour === read.colour &&
        thing.size === read.size &&
        thing.position === read.position &&
        thing.count === read.count
      )
    })
  )
}
