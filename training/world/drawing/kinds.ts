import type { Kind } from '../scenes/attributes.ts'
import { castle, house, lighthouse, tent, windmill } from './buildings.ts'
import { cat, robot, snowman, whale } from './creatures.ts'
import type { DrawKind } from './kind.ts'
import { cactus, flower, mushroom, pine, tree } from './plants.ts'
import { balloon, boat, car, kite, rocket, umbrella } from './vehicles.ts'

// biome-ignore format: the list of kinds, in its own order
export const drawKind: Record<Kind, DrawKind> = {
  house, castle, lighthouse, windmill, tent, tree, pine, cactus, flower, mushroom,
  car, cat, robot, snowman, umbrella, boat, whale, balloon, kite, rocket,
}
