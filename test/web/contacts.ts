import type { Person } from './person.ts'

/** A point of the window, in CSS pixels. */
export type OnScreen = readonly [x: number, y: number]

/** What touches the glass: any number of fingers and a pen, each at its own time. */
export interface Contacts {
  /** `points`: every finger that touches the glass afterwards, always in the same order; none with `touchEnd`. */
  touch(type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: readonly OnScreen[]): Promise<void>
  pen(type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', point: OnScreen): Promise<void>
}

/** Through Chromium's own input, which sends them as a device would. */
export async function openContacts({ page, context }: Person): Promise<Contacts> {
  const devices = await context.newCDPSession(page)
  return {
    async touch(type, ...points) {
      // As large as the side of a hand.
      const touchPoints = points.map(([x, y], id) => ({ x, y, id, radiusX: 30, radiusY: 40 }))
      await devices.send('Input.dispatchTouchEvent', { type, touchPoints })
    },
    async pen(type, [x, y]) {
      await devices.send('Input.dispatchMouseEvent', {
        ...{ type, x, y, button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 },
        ...{ pointerType: 'pen', force: 0.8 },
      })
    },
  }
}
