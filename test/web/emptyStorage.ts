/** Import before what remembers preferences: Node has no localStorage of a page. */
import { vi } from 'vitest'

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
