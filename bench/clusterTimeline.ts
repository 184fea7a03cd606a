import type { RoomClient } from '../test/support/roomClient.ts'

/** What happened to the lines of pages, by when: it tells where the time went after a kill. */
export interface Timeline {
  /** Of each page that had trouble since then, a line: what happened so many milliseconds after it. */
  since(at: number): string[]
  close(): void
}

/** So many entries are kept of each page. */
const kept = 200

export function watchLines(pages: readonly { readonly name: string; readonly client: RoomClient }[]): Timeline {
  const entries = pages.map(() => [] as { readonly at: number; readonly what: string }[])
  const timers = pages.map(({ client }, index) => {
    const note = (what: string) => {
      entries[index]!.push({ at: performance.now(), what })
      if (entries[index]!.length > kept) entries[index]!.shift()
    }
    const { socket } = client
    socket.on('connect', () => note('connected'))
    socket.on('disconnect', reason => note(`lost its line (${reason})`))
    socket.on('connect_error', error => {
      const { data } = error as Error & { data?: { readonly code: string } }
      note(data ? `was refused (${data.code})` : 'found nobody')
    })
    socket.onAnyOutgoing((event: string) => {
      if (event === 'room:enter') note('asked to enter')
    })
    let { welcome } = client
    return setInterval(() => {
      if (client.welcome !== welcome) note('entered')
      welcome = client.welcome
    }, 10)
  })
  return {
    since: at =>
      pages.flatMap(({ name }, index) => {
        const later = entries[index]!.filter(entry => entry.at > at)
        return later.length === 0 ? [] : [`${name}: ${joined(later, at)}`]
      }),
    close: () => timers.forEach(clearInterval),
  }
}

/** The same several times in a row is said once, with how often and until when. */
function joined(entries: readonly { readonly at: number; readonly what: string }[], since: number): string {
  const runs: { what: string; count: number; first: number; last: number }[] = []
  for (const { what, at } of entries) {
    const last = runs.at(-1)
    if (last?.what === what) Object.assign(last, { count: last.count + 1, last: at })
    else runs.push({ what, count: 1, first: at, last: at })
  }
  const ms = (at: number) => Math.round(at - since)
  return runs
    .map(({ what, count, first, last }) =>
      count === 1 ? `${what} ${ms(first)}` : `${what} ${count} times ${ms(first)} to ${ms(last)}`,
    )
    .join(', ')
}
