/** Decoded images of the room by file hash; each is fetched once. */
export interface Images {
  get(file: string): HTMLImageElement | undefined
  /** Whether it could be fetched. */
  load(file: string): Promise<boolean>
  /** Calls back whenever an image has come; returns what stops it. */
  subscribe(listener: () => void): () => void
}

export const fileUrl = (file: string): string => `/files/${encodeURIComponent(file)}`

export function createImages(): Images {
  const listeners = new Set<() => void>()
  const ready = new Map<string, HTMLImageElement>()
  const loading = new Map<string, Promise<boolean>>()

  function fetchImage(file: string): Promise<boolean> {
    const image = new Image()
    image.src = fileUrl(file)
    return image.decode().then(
      () => {
        ready.set(file, image)
        for (const listener of listeners) listener()
        return true
      },
      () => {
        // Forgotten, so that the next redraw after a reconnect asks again.
        loading.delete(file)
        return false
      },
    )
  }

  const images: Images = {
    get(file) {
      const image = ready.get(file)
      if (!image) void images.load(file)
      return image
    },
    load(file) {
      const known = loading.get(file) ?? fetchImage(file)
      loading.set(file, known)
      return known
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return images
}
