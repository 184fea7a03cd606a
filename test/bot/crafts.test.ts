/** A style of lines as somebody teaches it in Discord, learned by the model that ships. */
import { expect, test } from 'vitest'
import { teach } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { openEmbedded } from '../support/embedded.ts'
import { patient } from '../support/patience.ts'
import { linesOf, textureAlone, woodcutFiles } from '../support/woodcuts.ts'

const bots = botOfEachTest()

test('ten woodcuts that are attached become a style, and pictures in it have their lines', {
  timeout: patient(300_000),
}, async () => {
  const { discord } = await bots.open({
    studio: { engine: await openEmbedded({ learning: textureAlone }) },
  })
  const ada = discord.user('ada')
  const uploads = woodcutFiles('webp').map(({ name, type, bytes }) => ({ name, contentType: type, bytes }))
  const asked = await teach(ada, 'woodcut', uploads.slice(0, 10))
  const learned = await discord.offers(asked, 'Use for me', patient(240_000))
  expect(learned.content).toContain('**woodcut** has learned from 10 pictures.')

  const paintedLines = async (options: Record<string, string>) => {
    const paint = await ada.slash('imagine', { prompt: 'a red house by a lake', seed: 7, count: 1, ...options })
    const { attachments } = await discord.offers(paint, 'Reroll', patient(60_000))
    return linesOf(attachments[0]!.bytes)
  }
  const [plain, worn] = [await paintedLines({}), await paintedLines({ style: 'woodcut' })]
  expect(worn.left).toBeLessThan(plain.left / 2)
  expect(worn.right).toBeLessThan(plain.right / 2)
})
