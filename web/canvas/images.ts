/** Decoded images of the room by file hash; each is fetched once. */
export interface Images {
  get(file: string): HTMLImageElement | undefined
  /** Calls back whenever an image has come; returns what stops it. */
  subscribe(listener: () => void): () => void
}

export const fileUrl = (file: string): string => `/files/${encodeURIComponent(file)}`

export function createImages(): Images {
  const listeners = new Set<() => void>()
  const images = new Map<string, HTMLImageElement>()
  const ready = new Set<string>()
  return {
    get(file) {
      const known = images.get(file)
      if (known) return ready.has(file) ? known : undefined
      const image = new Image()
      images.set(file, image)
      image.src = fileUrl(file)
      image.decode().then(
        () => {
          ready.add(file)
          for (const listener of listeners) listener()
        },
        () => {
          // Forgotten, so that the next redraw after a reconnect asks again.
          images.delete(file)
        },
      )
      return undefined
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
