/** The profile `cluster` of compose.yaml, by its own commands, settings and health checks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isHere } from '../support/need.ts'
import { patient } from '../support/patience.ts'
import { enterRoom } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle, canonical } from '../support/scenes.ts'
import { newGuest, newRoom } from '../support/server.ts'
import { temporaryFolder } from '../support/studio.ts'
import { type Composed, canCompose, fromSource, openComposed, type Program, services } from './support/composed.ts'
import { buildImage } from './support/image.ts'

/** Whoever sets it has minutes, and npm's registry. */
const buildsImage = isHere(
  ['FOURSTROKE_IMAGE', 'FOURSTROKE_REQUIRE_ALL'].some(name => process.env[name] === '1'),
  'tests of what the image holds take minutes: set FOURSTROKE_IMAGE=1.',
)
const { folder, remove } = temporaryFolder()
afterAll(remove)

describe.runIf(canCompose()).each([
  ['from its source', true, () => fromSource],
  ['as the image holds it', buildsImage, () => buildImage(folder)],
] as const)('the profile `cluster`, %s', (_, isWanted, prepare) => {
  let program: Program
  let composed: Composed

  beforeAll(async () => {
    if (!isWanted) return
    program = prepare()
    composed = await openComposed(program)
  }, patient(600_000))
  afterAll(() => composed?.close())

  it.runIf(isWanted)(
    'draws on two servers, paints by its engine, keeps pictures in the bucket, and stops when it is told to',
    async () => {
      composed.startRedis()
      // `depends_on`: the others start once these are healthy.
      await expect.poll(composed.isRedisHealthy).toBe(true)
      expect(composed.isPostgresHealthy()).toBe(true)
      const containers = await Promise.all((['server', 'server', 'engine'] as const).map(name => composed.start(name)))
      const [one, other] = [containers[0]!, containers[1]!]
      const health = () =>
        containers.map(({ isHealthy, child, printed }) => isHealthy() || (child.exitCode !== null && printed()))
      await expect.poll(health, { timeout: patient(60_000), interval: 1_000 }).toEqual([true, true, true])
      if (program !== fromSource) {
        const page = await (await fetch(one.url)).text()
        const script = /<script[^>]* src="([^"]+)"/.exec(page)?.[1]
        expect((await fetch(new URL(script ?? 'missing', other.url))).status).toBe(200)
      }

      const [ada, ben] = [await newGuest(one.url), await newGuest(other.url)]
      const { edit } = await newRoom(one.url, ada)
      const first = await enterRoom({ url: one.url, secret: edit, cookie: ada })
      const second = await enterRoom({ url: other.url, secret: edit, cookie: ben })
      first.operate(add(buildRectangle({ id: 'hers' })))
      second.operate(add(buildRectangle({ id: 'his' })))
      second.operate(add(buildFrame({ id: 'frame', live: false, prompt: 'a red house' })))
      await expect.poll(() => [first, second].map(({ sync }) => sync.scene.elements.size)).toEqual([3, 3])
      await expect.poll(() => new Set([first, second].map(({ sync }) => canonical(sync.scene))).size).toBe(1)

      await second.ask(answer => second.socket.emit('frame:paint', { frameId: 'frame' }, answer))
      const kept = () => [first, second].map(page => page.kept.length)
      await expect.poll(kept, { timeout: patient(60_000) }).toEqual([1, 1])
      // Kept at one server, in the bucket, it is shown by the other.
      const shown = await fetch(`${other.url}/files/${first.kept[0]!.file}`, { headers: { cookie: ben } })
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png'])
      for (const page of [first, second]) page.close()

      const graceMs = Number.parseInt(services.server.stop_grace_period!, 10) * 1000
      for (const { child } of containers) child.kill('SIGTERM')
      const late = new Promise<string>(resolve => setTimeout(resolve, patient(graceMs), 'was killed'))
      const ends = await Promise.all(containers.map(({ ended }) => Promise.race([ended, late])))
      expect(ends).toEqual([0, 0, 0])
    },
  )
})
