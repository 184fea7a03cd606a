import sharp from 'sharp'
import { expect, it } from 'vitest'
import { UserError } from '../../../protocol/errors.ts'
import { openTestEngine } from '../../support/engine.ts'
import { buildStudio } from '../../support/studio.ts'

const figures = { ms: 22 * 3600_000, bytes: 18e9, wantsGpu: true, ways: [] }

it('what learning takes is said to its owner before it begins, and nothing is begun that cannot succeed', async () => {
  const error = new UserError('learn/cost', 'This style cannot be learned on this device: it needs 18 GB.').payload
  const engine = openTestEngine({ estimateOf: pictures => ({ figures, error: pictures > 1 ? error : null }) })
  const { studio, close } = await buildStudio({ engine })
  const { styles } = studio
  const by = (await studio.people.fromDiscord({ discordId: '1', name: 'Ada' })).id
  const bytes = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#20ff20' } })
    .png()
    .toBuffer()
  const { id } = await styles.create(by, { name: 'Greens', pictures: [{ bytes }, { bytes, caption: 'again' }] })
  expect(await styles.show(by, id)).toMatchObject({ learnEstimate: figures })
  expect(styles.estimateLearning(10)).toEqual(figures)
  await expect(styles.learn(by, id)).rejects.toMatchObject({ code: 'learn/cost' })
  expect(engine.learnAsks).toHaveLength(0)
  expect(await styles.show(by, id)).toMatchObject({ learning: null })

  const [first] = (await styles.show(by, id)).stylePictures
  await styles.removePicture(by, id, first!.id)
  expect(await styles.learn(by, id, { method: 'tint', size: 64, priorPictures: 8 })).toMatchObject({ state: 'queued' })
  const ben = (await studio.people.fromDiscord({ discordId: '2', name: 'Ben' })).id
  await styles.share(by, id, 'everyone')
  expect(await styles.show(ben, id)).toMatchObject({ learnEstimate: null })
  await close()
})
