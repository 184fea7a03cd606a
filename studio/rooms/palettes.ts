import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { RoomId } from '../shared/ids.ts'

/** The colours of rooms, as rows of the database. */
export interface Palettes {
  /** Stores what `change` makes of a room's palette, and answers with it; changes of one room are made one by one. */
  change(room: RoomId, change: (palette: readonly string[]) => readonly string[]): Promise<readonly string[]>
}

export function createPalettes(client: PrismaClient): Palettes {
  const changing = new Map<RoomId, Promise<unknown>>()

  async function store(room: RoomId, change: Parameters<Palettes['change']>[1]): Promise<readonly string[]> {
    const row = await client.room.findUnique({ where: { id: room }, select: { palette: true } })
    if (!row) throw new UserError('room/missing')
    const palette = change(readPalette(row.palette))
    await client.room.update({ where: { id: room }, data: { palette: [...palette] } })
    return palette
  }

  return {
    change(room, change) {
      const stored = (changing.get(room) ?? Promise.resolve()).catch(() => undefined).then(() => store(room, change))
      changing.set(room, stored)
      const forget = () => {
        if (changing.get(room) === stored) changing.delete(room)
      }
      stored.then(forget, forget)
      return stored
    },
  }
}

/** A palette with one colour more, oldest first; one that is there already stays where it is. */
export function addColor(palette: readonly string[], color: string): readonly string[] {
  if (palette.includes(color)) return palette
  if (palette.length >= limits.maxPaletteColors) throw new UserError('room/palette')
  return [...palette, color]
}

/** A palette as the database has it. */
export const readPalette = (stored: unknown): readonly string[] =>
  Array.isArray(stored) ? stored.filter(color => typeof color === 'string') : []
