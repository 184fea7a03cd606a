import type { Welcome } from '../../protocol/events.ts'
import type { Person } from '../../protocol/person.ts'
import type { FrameElement, StrokeElement } from '../../protocol/scene.ts'

/** A stroke of 100 units from left to right. */
export const buildStroke = (over: Partial<StrokeElement> = {}): StrokeElement => ({
  ...{ id: 'stroke', author: 'mira', z: 'a0', removed: false, kind: 'stroke', color: '#000000', size: 10 },
  ...{ erases: false, pressure: true, points: [0, 0, 1, 100, 0, 1], x: 0, y: 0, scaleX: 1, scaleY: 1, done: true },
  ...over,
})

/** A square of 200 units at the origin. */
export const buildFrame = (over: Partial<FrameElement> = {}): FrameElement => ({
  ...{ id: 'frame', author: 'mira', z: 'a1', removed: false, kind: 'frame', x: 0, y: 0, width: 200, height: 200 },
  ...{ name: 'Frame 1', prompt: '', strength: 0.6, guidance: 4, steps: 4, seed: 1, seedLocked: true, live: true },
  ...over,
})

export const mira: Person = { id: 'mira', name: 'Mira', color: '#d64534', role: 'owner' }
export const jo: Person = { id: 'jo', name: 'Jo', color: '#3b82d6', role: 'editor' }

/** What the server says to Mira, who enters her empty room. */
export const buildWelcome = (over: Partial<Welcome> = {}): Welcome => ({
  room: { id: 'r', name: 'Lake' },
  you: mira,
  isGuest: true,
  people: [mira, jo],
  addresses: [],
  canSend: false,
  isLocked: false,
  links: { edit: '/r/e', view: '/r/v' },
  clock: 0,
  seq: 0,
  scene: { type: 'all', elements: [] },
  newer: [],
  frames: [],
  styles: [],
  palette: [],
  model: {
    name: 'ten nodes',
    device: 'cpu',
    size: { width: 64, height: 64 },
    sides: { min: 32, max: 128, multiple: 8 },
    takesNegativePrompt: false,
    defaults: { steps: 4, guidance: 4, strength: 0.6 },
    vocabulary: null,
  },
  ...over,
})
