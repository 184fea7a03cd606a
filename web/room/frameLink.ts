/** `/f/<room>/<frame>/<key>` */
export interface FrameLink {
  readonly room: string
  readonly frameId: string
  readonly key: string
}

export function readFrameLink(path: string): FrameLink | null {
  const [, room, frameId, key] = /^\/f\/([\w-]+)\/([\w-]+)\/([\w-]+)$/.exec(path) ?? []
  return room && frameId && key ? { room, frameId, key } : null
}
