import type {
  FrameElement,
  LayerElement,
  NewElement,
  Operation,
  Scene,
  SceneElement,
  ShapeElement,
  StrokeElement,
} from '../../protocol/scene.ts'

type Fields<T> = Partial<Omit<T, 'author' | 'removed' | 'kind'>>
type New<T> = Omit<T, 'author' | 'removed'>

export function buildStroke(fields: Fields<StrokeElement> = {}): New<StrokeElement> {
  return {
    ...{ id: 'stroke', kind: 'stroke', z: 'a0', color: '#102030', size: 8, erases: false, pressure: false },
    ...{ points: [0, 0, 0.5, 10, 0, 0.5, 20, 5, 0.5], x: 0, y: 0, scaleX: 1, scaleY: 1, done: true },
    ...fields,
  }
}

export function buildRectangle(fields: Fields<ShapeElement> = {}): New<ShapeElement> {
  return {
    ...{ id: 'rectangle', kind: 'rectangle', z: 'a1', x: 0, y: 0, width: 40, height: 30 },
    ...{ stroke: '#000000', fill: '#ff0000', size: 2 },
    ...fields,
  }
}

export function buildFrame(fields: Fields<FrameElement> = {}): New<FrameElement> {
  return {
    ...{ id: 'frame', kind: 'frame', z: 'a2', x: 0, y: 0, width: 128, height: 128, name: '', prompt: 'a red house' },
    ...{ strength: 0.6, guidance: 8, steps: 4, seed: 7, seedLocked: true, live: true },
    ...fields,
  }
}

export function buildLayer(fields: Fields<LayerElement> = {}): New<LayerElement> {
  return {
    ...{ id: 'layer', kind: 'layer', z: 'a0', frame: 'frame', name: 'Layer' },
    ...{ hidden: false, locked: false, opacity: 1, unseen: false },
    ...fields,
  }
}

/** Elements as a scene holds them. */
export const byId = (elements: Iterable<SceneElement>): Map<string, SceneElement> =>
  new Map([...elements].map(element => [element.id, element]))

export const add = (element: NewElement): Operation => ({ type: 'add', element })

/** A scene as one comparable value: elements by id, fields in one order. */
export function canonical(scene: Scene): string {
  const elements = [...scene.elements.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return JSON.stringify(elements.map(element => Object.fromEntries(Object.entries(element).sort())))
}
