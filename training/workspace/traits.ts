import { allStyles, colours, kinds, places, positions, type Scene, sizes, times, weathers } from '../world/index.ts'

const counts = [1, 2, 3]
/** What a thing can be beside its kind, in one row. */
const aspects = colours.length + sizes.length + positions.length + counts.length

const sceneTraits = times.length + weathers.length + places.length + allStyles.length
/** Of the scene; of any of its things; and of each kind: is there one, and what is it like. */
export const traitCount = sceneTraits + aspects + kinds.length * (1 + aspects)

/** A scene as answers of yes (1) and no (0): everything that a caption can say, with things bound to what they are like. */
export function traitsOf(scene: Scene): Float32Array {
  const traits = new Float32Array(traitCount)
  let at = 0
  const choose = (list: readonly unknown[], chosen: unknown) => {
    traits[at + list.indexOf(chosen)] = 1
    at += list.length
  }
  choose(times, scene.time)
  choose(weathers, scene.weather)
  choose(places, scene.place)
  choose(allStyles, scene.style)
  for (const thing of scene.things) {
    const own = sceneTraits + aspects + kinds.indexOf(thing.kind) * (1 + aspects)
    traits[own] = 1
    for (const start of [sceneTraits, own + 1]) {
      at = start
      choose(colours, thing.colour)
      choose(sizes, thing.size)
      choose(positions, thing.position)
      choose(counts, thing.count)
    }
  }
  return traits
}
