/** Time that passes from event to event, in milliseconds: nobody waits for it. */
export interface Clock {
  now(): number
  /** Of two at one moment, the one that was planned first happens first. */
  after(ms: number, happen: () => void): void
  /** Lets happen what is planned until then. */
  runUntil(ms: number): void
}

interface Event {
  readonly at: number
  readonly order: number
  happen(): void
}

export function createClock(): Clock {
  /** A binary heap: each is before those at twice its place and one further. */
  const heap: Event[] = []
  let [time, orders] = [0, 0]
  const isBefore = (a: Event, b: Event) => a.at - b.at || a.order - b.order

  function push(event: Event): void {
    let place = heap.push(event) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (isBefore(heap[parent]!, event) <= 0) break
      heap[place] = heap[parent]!
      place = parent
    }
    heap[place] = event
  }

  function pop(): Event {
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!) < 0) child++
      if (isBefore(last, heap[child]!) <= 0) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = last
    return first
  }

  return {
    now: () => time,
    after: (ms, happen) => push({ at: time + ms, order: orders++, happen }),
    runUntil(ms) {
      while (heap.length > 0 && heap[0]!.at <= ms) {
        const event = pop()
        time = event.at
        event.happen()
      }
      time = ms
    },
  }
}
