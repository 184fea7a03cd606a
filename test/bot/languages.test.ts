import { expect, test } from 'vitest'
import { settingsPages } from '../../bot/messages/settingsReplies.ts'
import { createTranslations } from '../../bot/text/translate.ts'
import { fastEdits, type TestBotOptions } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import type { Actor, Interaction, Message } from '../support/discord/index.ts'

/** Which language is spoken to whom. */

const translations = createTranslations()
const [de, ja, fr] = [translations.in('de'), translations.in('ja'), translations.in('fr')]
const bots = botOfEachTest(fastEdits)
async function open(options: TestBotOptions = {}) {
  const { discord } = await bots.open(options)
  const olga = discord.user('olga', { locale: 'de' })
  olga.user.permissions.add('manageGuild')
  return { ...bots.current, olga, ada: discord.user('ada', { locale: 'fr' }), bob: discord.user('bob') }
}
const says = (interaction: Interaction, text: string) => bots.current.discord.says(interaction, text)

const turnTo = (actor: Actor, message: Message, label: string) => bots.current.discord.turnTo(actor, message, label)

test('what everybody sees is in the language of the server in Discord, and what one person sees in theirs', async () => {
  const { discord, ada, bob } = await open({ discord: { locale: 'de' } })
  const painted = await discord.offers(await bob.slash('imagine', { prompt: 'a red house' }), de('button.reroll'))
  expect(painted.content).toContain('4 Schritte')
  const refused = await discord.refusal(await ada.slash('imagine', { prompt: 'a', size: 'big' }))
  expect(refused.content).toBe('«\u00a0big\u00a0» n’est pas une taille. Écris largeur x hauteur, par exemple 128x128.')
  await says(await ada.slash('info'), '**Vie privée**')
  await says(await bob.slash('info'), '**Privacy**')
})

test('those who manage a server choose its language, and take it back', async () => {
  const { discord, olga, bob } = await open({ discord: { locale: 'de' } })
  const settings = await says(await olga.slash('studio settings'), 'Einstellungen von Workshop')
  await turnTo(olga, settings, de('settings.language.label'))
  await olga.choose(settings, '日本語')
  await discord.until(() => settings.content.includes('**Sprache**  日本語'), 'the change')
  await discord.offers(await bob.slash('imagine', { prompt: 'a pier' }), ja('button.reroll'))
  await says(await olga.slash('studio log'), '**Olga** hat Einstellungen geändert: 日本語'.replaceAll('*', ''))

  await olga.choose(settings, de('menu.serverLanguage', { language: 'Deutsch' }))
  await discord.until(() => settings.content.includes('wie der Server in Discord'), 'the change')
  await discord.offers(await bob.slash('imagine', { prompt: 'a pier' }), de('button.reroll'))
})

test('every page of the settings opens in every language', async () => {
  const { discord } = await open()
  for (const [language, locale] of [['ja', 'ja'] as const, ['es', 'es-419'] as const]) {
    const t = translations.in(language)
    const actor = discord.user(language, { locale })
    actor.user.permissions.add('manageGuild')
    const message = await says(await actor.slash('studio settings'), t('settings.title', { server: 'Workshop' }))
    for (const page of settingsPages) {
      await turnTo(actor, message, t(`settings.${page}.label`))
    }
  }
})

test('a picture goes on in its language after a restart, where Discord has the only word for it', async () => {
  const { discord, engine, ada } = await open()
  engine.hold()
  const direct = await ada.slash('imagine', { prompt: 'a lighthouse' }, ada.direct)
  await discord.offers(direct, fr('button.cancel'))
  const foreign = await ada.slash('imagine', { prompt: 'a lighthouse' }, discord.elsewhere)
  await discord.offers(foreign, 'Cancel')
  await bots.restart()
  await discord.offers(direct, fr('button.reroll'))
  await discord.offers(foreign, 'Reroll')
})

test('reports are told in the language of the server, and answered in that of whoever reports', async () => {
  const { discord, studio, ada, bob, olga } = await open({ discord: { locale: 'de' } })
  const staff = discord.channel('staff')
  await says(await olga.slash('me'), 'in diesem Studio')
  const by = (await studio.people.findDiscord(olga.user.id))!.id
  const guild = { id: discord.guild.id, isManager: true }
  await studio.guildOffice.settings.change(by, guild, () => ({ logChannel: staff.id }))
  const message = await discord.offers(await bob.slash('imagine', { prompt: 'a pier' }), de('button.reroll'))
  const form = await ada.menu('Report', message)
  expect(form.modal!.title).toBe(fr('report.title'))
  await says(await ada.submit(form, { reason: 'Non.' }), fr('report.posted'))
  const told = [...discord.world.messages.values()].filter(({ channelId }) => channelId === staff.id)
  expect(told.map(({ content }) => content)).toEqual([expect.stringContaining('**Gemeldet**: ein Bild')])
})

test('commands are mentioned as each reader knows them', async () => {
  const { discord, bob } = await open()
  const id = discord.world.commands.find(({ name }) => name === 'imagine')!['id']
  await says(await bob.slash('me'), `</imagine:${id}>`)
})
