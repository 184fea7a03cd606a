import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { ClientToServer, Reply } from '../../protocol/events.ts'
import { enterRoom, type RoomClient } from './roomClient.ts'
import { buildServer, type TestServer } from './server.ts'

/** A room and who is in it: Ada owns it; Ben has come by the link to draw, and Cy by the one to watch. */
export interface OpenedRoom {
  readonly cookies: Readonly<Record<'ada' | 'ben' | 'cy', string>>
  readonly secrets: { readonly edit: string; readonly view: string }
  readonly ada: RoomClient
  readonly ben: RoomClient
  readonly cy: RoomClient
}

/**
 * One server for all tests of a file. Pages that have entered are closed after each test, and a server that has logged a fault
 * of its own fails it.
 */
export function serveEachTest() {
  let server: TestServer
  const here: RoomClient[] = []
  beforeAll(async () => {
    server = await buildServer()
  })
  afterEach(() => {
    for (const client of here.splice(0)) client.close()
    expect(server.faults).toEqual([])
  })
  afterAll(() => server.close())

  async function enter(secret: string, cookie: string): Promise<RoomClient> {
    const client = await enterRoom({ url: server.url, secret, cookie })
    here.push(client)
    return client
  }
  return {
    get server() {
      return server
    },
    enter,
    async openRoom(): Promise<OpenedRoom> {
      const cookies = { ada: await server.newGuest(), ben: await server.newGuest(), cy: await server.newGuest() }
      const secrets = await server.newRoom(cookies.ada)
      const ada = await enter(secrets.edit, cookies.ada)
      const [ben, cy] = [await enter(secrets.edit, cookies.ben), await enter(secrets.view, cookies.cy)]
      return { cookies, secrets, ada, ben, cy }
    },
  }
}

export const idOf = (client: RoomClient): string => client.welcome!.you.id

/** What a page asks for by this message, and the answer. */
export const ask = <E extends keyof ClientToServer>(
  { socket }: RoomClient,
  event: E,
  message: Parameters<ClientToServer[E]>[0],
): Promise<Reply<unknown>> => new Promise(resolve => (socket.emit as CallableFunction)(event, message, resolve))
