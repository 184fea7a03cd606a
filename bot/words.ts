/** Every word that the bot says, apart from refusals, which all faces share (studio/refusals.ts). */
export const words = {
  labels: {
    vary: 'Vary',
    reroll: 'Reroll',
    edit: 'Edit prompt',
    canvas: 'Open on canvas',
    cancel: 'Cancel',
    delete: 'Delete',
    retry: 'Retry',
  },
  queued: (ahead: number, waitMs: number) =>
    ahead === 0 ? 'Next in the queue.' : `In the queue: ${ahead} ahead, ${about(waitMs)}.`,
  painting: (step: number, steps: number) =>
    `Painting: ${'▰'.repeat(step)}${'▱'.repeat(steps - step)} step ${step} of ${steps}`,
  paintingMany: (finished: number, count: number, percent: number) =>
    `Painting: ${percent} %, ${finished} of ${count} finished`,
  starting: 'Painting…',
  cancelled: 'Cancelled.',
  removed: 'These pictures are not here any more.',
  partly: (finished: number, count: number) => `${finished} of ${count} are finished.`,
  recipe: {
    seed: (first: number, last: number) => (first === last ? `seed ${first}` : `seeds ${first} to ${last}`),
    steps: (steps: number) => (steps === 1 ? '1 step' : `${steps} steps`),
    guidance: (guidance: number) => `guidance ${guidance}`,
    size: (width: number, height: number) => `${width} × ${height}`,
    strength: (strength: number) => `over an image, strength ${strength}`,
    time: (ms: number) => `${(ms / 1000).toFixed(1)} s`,
  },
  picture: (prompt: string) => `Painted: ${prompt}`,
  preview: (prompt: string) => `Still being painted: ${prompt}`,
  room: (name: string, link: string) => `**${name}** is open: ${link}\nEveryone with this link can draw.`,
  openedOnCanvas: (link: string) => `This picture is on a canvas: ${link}\nEveryone with this link can draw.`,
  roomOf: (person: string) => `${person}'s room`,
  edit: { title: 'Edit the prompt', prompt: 'What to paint', seed: 'Seed (empty: a new one)' },
  size: (said: string) => `"${said}" is not a size: write width x height, for example 128x128.`,
  sizes: { square: 'Square', wide: 'Wide', tall: 'Tall' },
  seed: (said: string) => `"${said}" is not a seed: use a whole number from 0 to 4294967295, or leave it empty.`,
  cannotAttach: 'I may not attach files in this channel: ask for the permission "Attach Files" for me.',
  oldButton: 'This button is not one that I know any more; use /imagine.',
  apology: 'Something went wrong on our side, and it has been noted. Please try again.',
} as const

function about(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  return seconds < 90 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`
}
