/** Decoded images of the room by file hash; each is fetched once, and `onLoaded` redraws when it has come. */
export interface Images {
  get(file: string): HTMLImageElement | undefined
}

export const fileUrl = (file: string): string => `/files/${encodeURIComponent(file)}`

export function createImages(onLoaded: () => void): Images {
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
          onLoaded()
        },
        () => {
          // Forgotten, so that the next redraw after a reconnect asks again.
          images.delete(file)
        },
      )
      return undefined
    },
  }
}
