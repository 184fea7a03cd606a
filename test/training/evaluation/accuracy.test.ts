import { describe, expect, it } from 'vitest'
import { Random } from '../../../onnx/optim/random.ts'
import { accuracyOf } from '../../../training/evaluation/accuracy.ts'
import { recalled, rivals } from '../../../training/evaluation/measure.ts'
import { answersOf, type Reading, readingOf } from '../../../training/evaluation/networks/questions.ts'
import { mirroredScene, planesInto, scenesFor } from '../../../training/evaluation/scenes.ts'
import { recipes } from '../../../training/workspace/recipes.ts'
import { heldOutColours, type Scene, type Style } from '../../../training/world/index.ts'

const scenes = scenesFor(recipes.full.pictures.slice, { split: 'val', count: 200 })

/** What a classifier sees who is never wrong: it scores the right answers. */
function truth(scene: Scene): Reading {
  const { scene: whole, present, things } = answersOf(scene)
  return readingOf({ scene: whole, present: present.map(each => each - 0.5), things })
}

describe('readings', () => {
  it('of right answers are the scenes themselves', () => {
    const accuracy = accuracyOf(scenes, scenes.map(truth))
    for (const figure of Object.values(accuracy)) expect(figure.value).toBe(1)
    expect(accuracy.scene.n).toBe(200)
    expect(accuracy.oneThing?.n).toBe(
      scenes.filter(({ things }) => things.length === 1 && things[0]!.count === 1).length,
    )
    // What is left has nothing in it.
    const parts = [accuracy.oneThing!, accuracy.group!, accuracy.several!]
    expect(parts.reduce((sum, { n }) => sum + n, 0)).toBe(scenes.filter(({ things }) => things.length > 0).length)
    expect(accuracy.kind.n).toBe(scenes.flatMap(scene => scene.things).length)
  })

  it('that miss one attribute miss the scene, and only that attribute', () => {
    const scene = scenes.find(({ things }) => things.length === 2)!
    const [first] = scene.things
    const colour = first!.colour === 'red' ? 'blue' : 'red'
    const reading = truth({ ...scene, things: [{ ...first!, colour }, scene.things[1]!] })
    const accuracy = accuracyOf([scene], [reading])
    expect(accuracy.scene.value).toBe(0)
    expect(accuracy.colour.value).toBe(0.5)
    expect(accuracy.kind.value).toBe(1)
    expect(accuracy.oneThing).toBeUndefined()
    expect(accuracy.several?.value).toBe(0)
  })

  it('that find something that was not asked for miss the scene', () => {
    const scene = scenes.find(({ things }) => things.length === 1)!
    const other = scene.things[0]!.kind === 'cat' ? 'car' : 'cat'
    const reading = { ...truth(scene), present: new Set([scene.things[0]!.kind, other] as const) }
    const { kind, scene: whole } = accuracyOf([scene], [reading])
    expect([kind.value, whole.value]).toEqual([1, 0])
  })

  it('name an attribute that the questions do not know', () => {
    // A style that nobody draws.
    expect(() => answersOf({ ...scenes[0]!, style: 'oil' as Style })).toThrow(
      'Expected style to be one of storybook, ink, papercut, chalk, sepia, got oil.',
    )
  })
})

describe('scenes for evaluation', () => {
  it('are the same each time, differ between series, and lie in their slice', () => {
    const { slice } = recipes.solo.pictures
    const options = { split: 'val', count: 20 } as const
    expect(scenesFor(slice, options)).toEqual(scenesFor(slice, options))
    expect(scenesFor(slice, { ...options, series: 1 })).not.toEqual(scenesFor(slice, options))
    for (const { things, style } of scenesFor(slice, options)) {
      expect(slice.styles).toContain(style)
      expect(things.length).toBeLessThanOrEqual(1)
      for (const { size } of things) expect(slice.sizes).toContain(size)
    }
  })

  it('of held-out pairs show what training never shows', () => {
    for (const { things } of scenesFor(recipes.full.pictures.slice, { split: 'pairs', count: 20 }))
      expect(things.some(({ kind, colour }) => heldOutColours[kind] === colour)).toBe(true)
  })

  it('say when a slice holds none of them', () => {
    const slice = { ...recipes.quick.pictures.slice, kinds: [] }
    expect(() => scenesFor(slice, { split: 'pairs', count: 1 })).toThrow('to hold 1 scenes of "pairs", found 0')
  })

  it('are mirrored with their pictures', () => {
    const [first] = scenes.filter(({ things }) => things[0]?.position === 'left')
    expect(mirroredScene(first!).things[0]!.position).toBe('right')
    expect(mirroredScene(mirroredScene(first!))).toEqual(first)
    const planes = new Float32Array(3 * 2 * 2)
    planesInto(Uint8Array.of(0, 51, 102, 255, 204, 153, 0, 0, 0, 255, 255, 255), 2, planes, true)
    expect([...planes].map(value => Math.round((value + 1) * 127.5))).toEqual([
      255, 0, 255, 0, 204, 51, 255, 0, 153, 102, 255, 0,
    ])
  })
})

describe('recall', () => {
  const random = new Random(1)
  const draw = () => {
    const vector = random.normals(new Float32Array(16))
    return vector.map(value => value / Math.hypot(...vector))
  }
  const vectors = Array.from({ length: rivals + 10 }, draw)

  it('is complete where pictures and captions are one, over whole groups', () => {
    expect(recalled(vectors, vectors).filter(Boolean)).toHaveLength(rivals)
  })

  it('is chance where they have nothing to do with each other', () => {
    expect(recalled(vectors, vectors.map(draw)).filter(Boolean).length).toBeLessThan(8)
  })
})

it('sees larger pictures averaged down, and refuses those of other sizes', () => {
  const large = new Uint8Array(4 * 4 * 3).map((_, at) => (Math.floor(at / 12) < 2 ? 255 : 0))
  const planes = new Float32Array(2 * 2 * 3)
  planesInto(large, 2, planes)
  expect([...planes]).toEqual([1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1])
  expect(() => planesInto(large, 3, new Float32Array(27))).toThrow(
    'Expected a picture 3 wide or whole times so, got 4.',
  )
})
