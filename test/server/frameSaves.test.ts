import { expect, test } from 'vitest'
import type { PendingSave } from '../../server/frameReducer.ts'
import { createFrameSaves, maxWaitingSaves } from '../../server/frameSaves.ts'
import type { Picture, Studio } from '../../studio/studio.ts'

test('pictures that come faster than they are saved do not gather: the first and the newest are saved, in order', async () => {
  const saved: string[] = []
  let goOn: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    goOn = resolve
  })
  const live = {
    async save(_by: string, request: object) {
      await held
      saved.push((request as { id: string }).id)
      return { id: saved.at(-1) } as unknown as Picture
    },
  } as unknown as Studio['live']
  const failures: unknown[] = []
  const saves = createFrameSaves({
    studio: { live },
    frameId: 'frame',
    dispatch: () => undefined,
    failed: (_, cause) => failures.push(cause),
  })
  const names = Array.from({ length: 10 }, (_, index) => `picture ${index}`)
  saves.save({ request: { id: names[0] } } as unknown as PendingSave)
  await Promise.resolve()
  for (const id of names.slice(1)) saves.save({ request: { id } } as unknown as PendingSave)
  goOn()
  await saves.done()
  expect(saved).toEqual([names[0], ...names.slice(-maxWaitingSaves)])
  expect(failures).toEqual([])
})
