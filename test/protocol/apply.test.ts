import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyOperation, changeable, replaceElements, visibleElements } from '../../protocol/apply.ts'
import { operation as operationCheck } from '../../protocol/checks.ts'
import type { FrameOptions, FrameStyle } from '../../protocol/frameOptions.ts'
import { byDepth } from '../../protocol/layers.ts'
import { limits } from '../../protocol/limits.ts'
import { mergeText } from '../../protocol/mergeText.ts'
import {
  type Element,
  emptyScene,
  type FrameElement,
  type LayerElement,
  type Operation,
  type Scene,
  type ShapeElement,
} from '../../protocol/scene.ts'
import { createUndoHistory } from '../../protocol/undo.ts'
import { add, buildFrame, buildLayer, buildRectangle, buildStroke, canonical } from '../support/scenes.ts'

const play = (operations: readonly Operation[], scene: Scene = emptyScene, author = 'ada') =>
  operations.reduce((now, operation) => {
    const applied = applyOperation(now, operation, author)
    return applied.ok ? replaceElements(now, applied.changed) : now
  }, scene)
const codeOf = (scene: Scene, operation: Operation, author = 'ada') => {
  const applied = applyOperation(scene, operation, author)
  return applied.ok ? null : applied.error.code
}
const strokeIn = (scene: Scene, id: string) => scene.elements.get(id) as Extract<Element, { kind: 'stroke' }>

describe('applying', () => {
  test('A2: leaves the scene that it was given alone', () => {
    const before = play([add(buildStroke())])
    const copy = canonical(before)
    play(
      [
        { type: 'change', id: 'stroke', change: { color: '#ffffff' } },
        { type: 'remove', ids: ['stroke'] },
      ],
      before,
    )
    expect(canonical(before)).toBe(copy)
  })

  test('A4: a repeated extension adds only the points that are new', () => {
    const scene = play([add(buildStroke({ points: [0, 0, 0.5], done: false }))])
    const extend = (from: number, ...xs: number[]): Operation => {
      return { type: 'extend', id: 'stroke', from, points: xs.flatMap(x => [x, 0, 0.5]), done: false }
    }
    const twice = play([extend(1, 1, 2), extend(1, 1, 2), extend(2, 2, 3)], scene)
    expect(strokeIn(twice, 'stroke').points.filter((_, index) => index % 3 === 0)).toEqual([0, 1, 2, 3])
    expect(codeOf(twice, extend(9, 1))).toBe('stroke/gap')
    expect(codeOf(twice, extend(4, 1), 'ben')).toBe('stroke/not-yours')
    const long = Array.from({ length: limits.maxPointsPerStroke }, (_, x) => x)
    expect(codeOf(twice, extend(4, ...long))).toBe('stroke/long')
  })

  test('A8: what was removed can still be changed, and comes back so', () => {
    const scene = play([
      add(buildRectangle()),
      { type: 'remove', ids: ['rectangle', 'nobody'] },
      { type: 'change', id: 'rectangle', change: { x: 99 } },
    ])
    expect(visibleElements(scene)).toEqual([])
    expect(visibleElements(play([{ type: 'restore', ids: ['rectangle'] }], scene))[0]).toMatchObject({ x: 99 })
  })

  test('A5: every field that may change belongs to its kind', () => {
    const kinds = [
      buildStroke({ rotation: 0, layer: null }),
      buildRectangle({ rotation: 0, layer: null }),
      buildLayer(),
      buildFrame({ options: null, styles: [], paper: null }),
    ]
    for (const element of kinds) {
      for (const field of changeable[element.kind]) expect(element).toHaveProperty(field)
    }
  })

  test('A10: a frame notes who has put which style there, as long as it stays', () => {
    const scene = (styles: object[]) => ({
      elements: new Map([['frame', { ...buildFrame(), author: 'ada', removed: false, styles } as Element]]),
    })
    const styles = [{ style: 'reds', weight: 1, by: 'ada' }]
    const changed = (next: FrameStyle[], by: string) => {
      const change = { styles: next }
      const applied = applyOperation(scene(styles), { type: 'change', id: 'frame', change }, by)
      return applied.ok && applied.changed[0]
    }
    // Whatever the operation itself says of that.
    expect(
      changed(
        [
          { style: 'reds', weight: 0.5, by: 'eve' },
          { style: 'blues', weight: 1 },
        ],
        'eve',
      ),
    ).toMatchObject({
      styles: [
        { style: 'reds', weight: 0.5, by: 'ada' },
        { style: 'blues', weight: 1, by: 'eve' },
      ],
    })
    expect(changed([{ style: 'reds', weight: 1 }], 'eve')).toBeUndefined()
    const added = applyOperation(
      { elements: new Map() },
      add(buildFrame({ styles: [{ style: 'reds', weight: 1 }] })),
      'eve',
    )
    expect(added).toMatchObject({ changed: [{ styles: [{ by: 'eve' }] }] })
  })

  test('taking back a change of styles puts the older ones there, unless others have changed them since', () => {
    const history = createUndoHistory()
    const operation = { type: 'change', id: 'frame', change: { styles: [{ style: 'reds', weight: 1 }] } } as const
    const before = play([add(buildFrame())])
    history.record(before, operation)
    const after = play([operation], before)
    expect(history.undo(after)).toEqual([{ type: 'change', id: 'frame', change: { styles: [] } }])
    const others = { ...operation, change: { styles: [{ style: 'reds', weight: 0.2 }] } }
    history.redo(before)
    expect(history.undo(play([others], after, 'eve'))).toEqual([])
  })

  test('A9: depth is the same on every machine', () => {
    const elements = ['a1', 'Zz', 'a0V', 'a0'].map((z, index) => {
      return { ...buildRectangle({ id: `r${index % 2}`, z }), author: 'ada', removed: false }
    })
    const orders = [elements, elements.toReversed()].map(list => list.toSorted(byDepth).map(({ z }) => z))
    expect(orders).toEqual([
      ['Zz', 'a0', 'a0V', 'a1'],
      ['Zz', 'a0', 'a0V', 'a1'],
    ])
  })
})

const id = fc.constantFrom('a', 'b', 'c', 'd')
const operation: fc.Arbitrary<Operation> = fc.oneof(
  id.map(id => add(buildStroke({ id, done: false }))),
  id.map(id => add(buildRectangle({ id }))),
  id.map(id => add(buildFrame({ id }))),
  fc.tuple(id, id).map(([id, layer]) => add(buildStroke({ id, layer }))),
  fc.tuple(id, id).map(([id, frame]) => add(buildLayer({ id, frame }))),
  fc.record({
    type: fc.constant('change' as const),
    id,
    change: fc.oneof(
      fc.record({ hidden: fc.boolean() }),
      fc.record({ locked: fc.boolean() }),
      fc.record({ opacity: fc.constantFrom(0, 0.5, 1) }),
      fc.record({ layer: fc.option(id) }),
    ),
  }),
  fc.record({
    type: fc.constant('extend' as const),
    id,
    from: fc.nat(6),
    points: fc.constant([5, 5, 0.5]),
    done: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('change' as const),
    id,
    change: fc.oneof(fc.record({ x: fc.nat(50) }), fc.record({ size: fc.nat(9) }), fc.record({ prompt: fc.string() })),
  }),
  fc.record({ type: fc.constantFrom('remove' as const, 'restore' as const), ids: fc.array(id, { minLength: 1 }) }),
)

test('A1: any operations in any order have one outcome, and never throw', () => {
  fc.assert(
    fc.property(fc.array(operation), operations => {
      expect(canonical(play(operations))).toBe(canonical(play(JSON.parse(JSON.stringify(operations)))))
    }),
  )
})

describe('undo', () => {
  const alone = (operations: readonly Operation[]) => {
    const history = createUndoHistory()
    let scene = emptyScene
    for (const one of operations) {
      if (!applyOperation(scene, one, 'ada').ok) continue
      history.record(scene, one)
      scene = play([one], scene)
    }
    return { history, scene }
  }

  test('takes back everything that one person did alone, and redo brings it again', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), operations => {
        const { history, scene } = alone(operations)
        let now = scene
        while (history.canUndo) now = play(history.undo(now), now)
        expect(visibleElements(now)).toEqual([])
        while (history.canRedo) now = play(history.redo(now), now)
        expect(canonical({ elements: new Map(visibleElements(now).map(one => [one.id, one])) })).toBe(
          canonical({ elements: new Map(visibleElements(scene).map(one => [one.id, one])) }),
        )
      }),
    )
  })

  test('U1: leaves what others have changed since', () => {
    const history = createUndoHistory()
    let scene = play([add(buildRectangle({ x: 0 }))], emptyScene, 'ben')
    const mine: Operation = { type: 'change', id: 'rectangle', change: { x: 10, fill: '#00ff00' } }
    history.record(scene, mine)
    scene = play([mine], scene)
    scene = play([{ type: 'change', id: 'rectangle', change: { x: 77 } }], scene, 'ben')
    const undo = history.undo(scene)
    expect(undo).toEqual([{ type: 'change', id: 'rectangle', change: { fill: '#ff0000' } }])
    expect(play(undo, scene).elements.get('rectangle')).toMatchObject({ x: 77, fill: '#ff0000' })
  })

  test('U2: passes over what others have undone for me already', () => {
    const history = createUndoHistory()
    let scene = emptyScene
    for (const id of ['one', 'two']) {
      history.record(scene, add(buildStroke({ id })))
      scene = play([add(buildStroke({ id }))], scene)
    }
    scene = play([{ type: 'remove', ids: ['two'] }], scene, 'ben')
    expect(history.undo(scene)).toEqual([{ type: 'remove', ids: ['one'] }])
    expect(history.canUndo).toBe(false)
  })

  test('U2: takes a whole gesture: a stroke with its extensions, a drag from its first to its last place', () => {
    const history = createUndoHistory()
    let scene = emptyScene
    const perform = (one: Operation, gesture: string) => {
      history.record(scene, one, gesture)
      scene = play([one], scene)
    }
    perform(add(buildStroke({ done: false })), 'stroke')
    perform({ type: 'extend', id: 'stroke', from: 3, points: [9, 9, 0.5], done: true }, 'stroke')
    for (let x = 1; x <= 5; x++) perform({ type: 'change', id: 'stroke', change: { x } }, 'drag')
    expect(history.undo(scene)).toEqual([{ type: 'change', id: 'stroke', change: { x: 0 } }])
    scene = play([{ type: 'change', id: 'stroke', change: { x: 0 } }], scene)
    expect(history.undo(scene)).toEqual([{ type: 'remove', ids: ['stroke'] }])
  })
})

describe('a prompt that several people type in', () => {
  const edit = (from: string, to: string): Operation => ({ type: 'edit', id: 'frame', from, to })
  const promptOf = (scene: Scene) => (scene.elements.get('frame') as FrameElement).prompt
  const room = play([add(buildFrame({ prompt: 'a house' }))])

  test('A7: holds the words of both, in whichever order they come', () => {
    const jo = edit('a house', 'a red house')
    const mira = edit('a house', 'a house by the lake')
    expect(promptOf(play([jo, mira], room))).toBe('a red house by the lake')
    expect(promptOf(play([mira, jo], room))).toBe('a red house by the lake')
  })
  test('A7: loses nothing where both have typed in the same place', () => {
    const both = play([edit('a house', 'a house at dusk'), edit('a house', 'a house by the lake')], room)
    expect(promptOf(both)).toBe('a house at dusk by the lake')
  })
  test('U1: takes back my words alone', () => {
    const history = createUndoHistory()
    history.record(room, edit('a house', 'a red'), 'typing')
    let scene = play([edit('a house', 'a red')], room)
    history.record(scene, edit('a red', 'a red house'), 'typing')
    scene = play([edit('a red', 'a red house'), edit('a red house', 'a red house at dusk')], scene)
    scene = play(history.undo(scene), scene)
    expect(promptOf(scene)).toBe('a house at dusk')
    expect(promptOf(play(history.redo(scene), scene))).toBe('a red house at dusk')
  })
  test('A3: is refused where it would become too long', () => {
    const long = 'x'.repeat(limits.maxPromptCharacters - 3)
    expect(codeOf(play([edit('a house', long)], room), edit('a house', 'a house in the rain'))).toBe('prompt/long')
    expect(codeOf(play([add(buildStroke())]), { ...edit('', 'x'), id: 'stroke' } as Operation)).toBe('element/field')
  })
  test('A7: any two edits of any text give everybody one text, and my own alone is what I typed', () => {
    const text = fc.array(fc.constantFrom('a', 'red', 'house', ' ', ',', 'lake', '湖', '🏠'), { maxLength: 8 })
    fc.assert(
      fc.property(text, text, text, (base, theirs, mine) => {
        const [from, other, to] = [base.join(''), theirs.join(''), mine.join('')]
        expect(mergeText(from, from, to)).toBe(to)
        expect(mergeText(from, other, from)).toBe(other)
        const merged = mergeText(from, other, to)
        expect(mergeText(from, other, to)).toBe(merged)
        expect(/\p{Cs}/u.test(merged)).toBe(false)
      }),
    )
  })
})

describe('layers', () => {
  const frame = buildFrame({ width: 200, height: 200 })
  const drawn = play([add(frame), add(buildLayer()), add(buildStroke({ layer: 'layer' })), add(buildRectangle())])
  const change = (id: string, fields: object): Operation => ({ type: 'change', id, change: fields })
  const locked = play([change('layer', { locked: true })], drawn)

  test('A11: belong to a frame of the room, and no frame has more than it may', () => {
    expect(codeOf(drawn, add(buildLayer({ id: 'lost', frame: 'stroke' })))).toBe('frame/missing')
    const more = Array.from({ length: limits.maxLayersPerFrame }, (_, index) => add(buildLayer({ id: `l${index}` })))
    const full = play(more, drawn)
    expect([...full.elements.values()].filter(({ kind }) => kind === 'layer')).toHaveLength(limits.maxLayersPerFrame)
    expect(codeOf(full, add(buildLayer({ id: 'more' })))).toBe('layer/full')
    // What comes back counts like what is new.
    const swapped = play([{ type: 'remove', ids: ['layer'] }, add(buildLayer({ id: 'more' }))], full)
    expect(codeOf(swapped, { type: 'restore', ids: ['layer'] })).toBe('layer/full')
    expect(codeOf(swapped, add(buildLayer({ id: 'elsewhere', frame: 'other' })))).toBe('frame/missing')
  })

  test('A12: a locked one refuses what would add to it, change it or take from it', () => {
    const refused: Operation[] = [
      add(buildStroke({ id: 'new', layer: 'layer' })),
      change('stroke', { x: 5 }),
      change('stroke', { layer: null }),
      change('rectangle', { layer: 'layer' }),
      { type: 'arrange', changes: [{ id: 'stroke', change: { x: 5 } }] },
      { type: 'remove', ids: ['stroke', 'rectangle'] },
      { type: 'remove', ids: ['layer'] },
    ]
    for (const operation of refused) {
      expect(codeOf(locked, operation), JSON.stringify(operation)).toBe('layer/locked')
      expect(codeOf(drawn, operation)).toBeNull()
    }
    const taken: Operation[] = [
      add(buildStroke({ id: 'new' })),
      { type: 'extend', id: 'stroke', from: 3, points: [30, 30, 1], done: true },
      change('layer', { locked: false, hidden: true, opacity: 0.5, name: 'Sky', z: 'a5', unseen: true }),
      { type: 'remove', ids: ['frame'] },
    ]
    for (const operation of taken) expect(codeOf(locked, operation), JSON.stringify(operation)).toBeNull()
  })

  test('A12: what is locked goes where its frame goes', () => {
    const both = ['frame', 'stroke'].map(id => ({ id, change: { x: 40, y: 40 } }))
    const moved = play([{ type: 'arrange', changes: both }], locked)
    expect(strokeIn(moved, 'stroke').x).toBe(40)
  })

  test('U2: deleting one with its ink is one operation, and one press of undo takes it back', () => {
    const history = createUndoHistory()
    const deletion: Operation = { type: 'remove', ids: ['layer', 'stroke'] }
    history.record(drawn, deletion)
    const after = play([deletion], drawn)
    // Who has drawn on it meanwhile keeps the ink, on no layer, and has it on the layer again afterwards.
    const late = play([add(buildStroke({ id: 'late', layer: 'layer' }))], after, 'ben')
    expect(visibleElements(late).map(({ id }) => id)).toEqual(['late', 'rectangle', 'frame'])
    const back = play(history.undo(late), late)
    expect((back.elements.get('layer') as LayerElement).removed).toBe(false)
    expect(visibleElements(back).map(({ id }) => id)).toEqual(['late', 'stroke', 'rectangle', 'frame'])
  })

  test('U1: two people who change two things of one both have their way, and undo takes back one', () => {
    const history = createUndoHistory()
    history.record(drawn, change('layer', { hidden: true }))
    const scene = play([change('layer', { hidden: true })], drawn)
    const both = play([change('layer', { name: 'Sky' })], scene, 'ben')
    expect(play(history.undo(both), both).elements.get('layer')).toMatchObject({ hidden: false, name: 'Sky' })
  })

  test('U1: what was put onto a layer lies on none again', () => {
    const history = createUndoHistory()
    const put: Operation = { type: 'arrange', changes: [{ id: 'rectangle', change: { layer: 'layer' } }] }
    history.record(drawn, put)
    const scene = play([put], drawn)
    expect(scene.elements.get('rectangle')).toMatchObject({ layer: 'layer' })
    expect(play(history.undo(scene), scene).elements.get('rectangle')).toMatchObject({ layer: null })
  })
})

describe('arranging many at once', () => {
  const many = ['a', 'b', 'c']
  const room = play(many.map(id => add(buildRectangle({ id }))))
  const rectangle = (scene: Scene, id: string) => scene.elements.get(id) as ShapeElement
  const by = (dx: number): Operation => ({
    type: 'arrange',
    changes: many.map((id, index) => ({ id, change: { x: dx + index, z: `a${5 + index}` } })),
  })

  test('U2 A6: is one operation, and one press of undo takes it back', () => {
    const history = createUndoHistory()
    history.record(room, by(5), 'drag')
    let scene = play([by(5)], room)
    history.record(scene, by(50), 'drag')
    scene = play([by(50)], scene)
    expect(many.map(id => rectangle(scene, id).x)).toEqual([50, 51, 52])
    // What another has moved since stays there.
    scene = play([{ type: 'change', id: 'c', change: { x: 99 } }], scene, 'ben')
    const undo = history.undo(scene)
    expect(undo.map(({ type }) => type)).toEqual(['arrange'])
    scene = play(undo, scene)
    expect(many.map(id => [rectangle(scene, id).x, rectangle(scene, id).z])).toEqual([
      [0, 'a1'],
      [0, 'a1'],
      [99, 'a1'],
    ])
  })
  test('A6: leaves out what is gone, and is refused whole where it does not fit', () => {
    const gone: Operation = { type: 'arrange', changes: [{ id: 'nobody', change: { x: 1 } }] }
    expect(codeOf(room, gone)).toBe('element/missing')
    const some: Operation = { type: 'arrange', changes: [...gone.changes, { id: 'a', change: { x: 7 } }] }
    expect(play([some], room).elements.get('a')).toMatchObject({ x: 7 })
    const wrong: Operation = { type: 'arrange', changes: [...some.changes, { id: 'b', change: { scaleX: 2 } }] }
    expect(codeOf(room, wrong)).toBe('element/field')
  })
  test('passes the server’s door once for each element, and with nothing but places', () => {
    const check = (changes: unknown) => operationCheck.safeParse({ type: 'arrange', changes }).success
    expect(operationCheck.safeParse(by(3)).error).toBeUndefined()
    expect(
      check([
        { id: 'a', change: { x: 1 } },
        { id: 'a', change: { x: 2 } },
      ]),
    ).toBe(false)
    expect(check([{ id: 'a', change: { fill: '#ffffff' } }])).toBe(false)
    expect(check([])).toBe(false)
  })
})

describe('paper', () => {
  const paper = { kind: 'color', color: '#abcdef' } as const
  const set = (next: FrameElement['paper']): Operation => ({
    ...{ type: 'change', id: 'frame' },
    change: { paper: next ?? null },
  })
  test('is taken back to the white that was there before, and is not taken back twice', () => {
    const history = createUndoHistory()
    const before = play([add(buildFrame())])
    history.record(before, set(paper))
    const after = play([set(paper)], before)
    expect(after.elements.get('frame')).toMatchObject({ paper })
    // The same paper, however its fields are ordered, changes nothing.
    const same = { color: '#abcdef', kind: 'color' } as const
    expect(play([set(same)], after).elements.get('frame')).toBe(after.elements.get('frame'))
    expect(history.undo(after)).toEqual([set(null)])
    expect(history.canUndo).toBe(false)
    const white = play([set(null)], before)
    expect(white.elements.get('frame')).toMatchObject({ paper: null })
  })
  test('passes the server’s door as a colour, a gradient or a picture, and as nothing else', () => {
    const check = (next: unknown) =>
      operationCheck.safeParse({ type: 'change', id: 'f', change: { paper: next } }).success
    expect(check(null)).toBe(true)
    expect(check(paper)).toBe(true)
    expect(check({ kind: 'gradient', from: '#000000', to: '#ffffff80' })).toBe(true)
    expect(check({ kind: 'picture', file: 'a'.repeat(64) })).toBe(true)
    expect(check({ kind: 'picture', file: '../etc' })).toBe(false)
    expect(check({ kind: 'color', color: 'url(x)' })).toBe(false)
    expect(check({ kind: 'color', color: '#abcdef', file: 'x' })).toBe(false)
  })
})

describe('undo of what was cancelled', () => {
  const perform = (history: ReturnType<typeof createUndoHistory>, scene: Scene, one: Operation, gesture: string) => {
    history.record(scene, one, gesture)
    return play([one], scene)
  }

  test('U4: goes to the gesture before it, and brings nothing back', () => {
    const history = createUndoHistory()
    let scene = perform(history, emptyScene, add(buildStroke({ id: 'kept' })), 'one')
    scene = perform(history, scene, add(buildStroke({ id: 'pinched', done: false })), 'two')
    scene = perform(history, scene, { type: 'remove', ids: ['pinched'] }, 'two')
    expect(history.undo(scene)).toEqual([{ type: 'remove', ids: ['kept'] }])
    expect(history.canUndo).toBe(false)
  })

  test('forgets what was changed for it', () => {
    const paper = (color: string | null): Operation => ({
      ...{ type: 'change', id: 'frame' },
      change: { paper: color === null ? null : { kind: 'color', color } },
    })
    const history = createUndoHistory()
    let scene = perform(history, play([add(buildFrame())]), paper('#abcdef'), 'one')
    scene = perform(history, scene, add(buildStroke({ id: 'pinched', done: false })), 'one')
    scene = perform(history, scene, { type: 'remove', ids: ['pinched'] }, 'one')
    perform(history, scene, paper(null), 'one')
    expect(history.canUndo).toBe(false)
  })

  test('leaves nothing to undo when there was nothing else', () => {
    const history = createUndoHistory()
    let scene = perform(history, emptyScene, add(buildStroke({ id: 'pinched', done: false })), 'one')
    scene = perform(history, scene, { type: 'remove', ids: ['pinched'] }, 'one')
    expect(history.canUndo).toBe(false)
    expect(history.undo(scene)).toEqual([])
  })
})

test('U3: everything that undo sends passes the server’s door', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 12 }), operations => {
      const history = createUndoHistory()
      let scene = emptyScene
      for (const one of operations.filter(one => operationCheck.safeParse(one).success)) {
        history.record(scene, one)
        scene = play([one], scene)
      }
      while (history.canUndo) {
        for (const one of history.undo(scene)) {
          expect(operationCheck.safeParse(one).error).toBeUndefined()
          scene = play([one], scene)
        }
      }
    }),
  )
})

describe('options and styles of a frame', () => {
  const frameIn = (scene: Scene) => scene.elements.get('frame') as FrameElement
  const set = (scene: Scene, options: FrameOptions | null): Operation => ({
    ...{ type: 'change', id: 'frame', change: { options } },
    from: { options: frameIn(scene).options ?? null },
  })
  const style = (id: string, weight: number) => ({ style: id, weight })
  const region = (mask: string, prompt: string) => ({ mask, prompt })
  const room = play([add(buildFrame({ options: { negativePrompt: 'fog', maskBlur: 2 } }))])

  test('A13: two people who change different ones at once both have their way', () => {
    const mine = set(room, { negativePrompt: 'rain', maskBlur: 2 })
    const theirs = set(room, { negativePrompt: 'fog', isFiner: true })
    const both = { negativePrompt: 'rain', isFiner: true }
    expect(frameIn(play([theirs, mine], room)).options).toEqual(both)
    expect(frameIn(play([mine, theirs], room)).options).toEqual(both)
    // Without what was seen, all of them are replaced.
    const whole: Operation = { type: 'change', id: 'frame', change: { options: { maskBlur: 5 } } }
    expect(frameIn(play([theirs, whole], room)).options).toEqual({ maskBlur: 5 })
    // What takes the last one away leaves none.
    expect(frameIn(play([set(room, null)], room)).options).toBeNull()
  })

  test('A13: regions are merged by their masks, and styles one by one', () => {
    const regions = [region('a', 'sky'), region('b', 'sea')]
    const parted = play([set(room, { regions })], room)
    const mine = set(parted, { regions: [region('a', 'night sky'), region('b', 'sea'), region('c', 'a boat')] })
    const theirs = set(parted, {
      regions: [region('a', 'sky'), { ...region('b', 'a calm sea'), weight: 2 }, region('d', 'sun')],
    })
    expect(frameIn(play([theirs, mine], parted)).options?.regions).toEqual([
      region('a', 'night sky'),
      { ...region('b', 'a calm sea'), weight: 2 },
      region('c', 'a boat'),
      region('d', 'sun'),
    ])
    const styled = play([add(buildFrame({ styles: [style('one', 1), style('two', 1)] }))])
    const weigh = (...styles: readonly FrameStyle[]): Operation => ({
      ...{ type: 'change', id: 'frame', change: { styles } },
      from: { styles: frameIn(styled).styles ?? [] },
    })
    const weighed = play([weigh(style('one', 0.5), style('two', 1)), weigh(style('one', 1), style('three', 1))], styled)
    expect(frameIn(weighed).styles).toMatchObject([style('one', 0.5), style('three', 1)])
  })

  test('A13: what two people add to one frame must fit into it', () => {
    const regions = (letter: string) =>
      Array.from({ length: limits.maxRegions / 2 + 1 }, (_, index) => region(`${letter}${index}`, 'x'))
    const some = play([set(room, { regions: regions('a') })], room)
    expect(codeOf(some, set(room, { regions: regions('b') }))).toBe('region/many')
  })

  test('U1 A13: undo takes back my part of them', () => {
    const history = createUndoHistory()
    const mine = set(room, { negativePrompt: 'rain', maskBlur: 2 })
    history.record(room, mine)
    const after = play([mine], room)
    const both = play([set(after, { ...frameIn(after).options, isFiner: true })], after, 'ben')
    const undone = play(history.undo(both), both)
    expect(frameIn(undone).options).toEqual({ negativePrompt: 'fog', maskBlur: 2, isFiner: true })
    expect(frameIn(play(history.redo(undone), undone)).options).toMatchObject({ negativePrompt: 'rain', isFiner: true })
  })
})
