import { setTimeout as sleep } from 'node:timers/promises'
import { buttonsOf, type Discord, type Interaction, openDiscord } from '../test/support/discord/index.ts'

/** People who request pictures in two channels of a loopback Discord, each of another shard, until all is over. */
export interface Chatting {
  readonly discord: Discord
  /** Of those who were answered so far, when they asked. */
  readonly answeredAt: readonly number[]
  /** Ends the requests; resolves when each message that was promised says what came of it, or after `ms`. */
  end(ms: number): Promise<ChatFigures>
}

export interface ChatFigures {
  /** Requests, and those of them that Discord was told of in time. What it was not told of, nobody has promised. */
  readonly asked: number
  readonly acknowledged: number
  readonly finished: number
  readonly failedInWords: number
  /** Messages that still promise something. */
  readonly unfinished: number
  /** Messages with more than one picture, or more than one message for a request. */
  readonly paintedTwice: number
  /** Messages whose final form was written once more by whoever took them over. */
  readonly writtenAgain: number
  /** How often the commands were written at Discord. */
  readonly registered: number
}

/** `everyMs`: between two requests. Edits are not limited: what is looked at is that each message is finished. */
export async function startChatting(everyMs: number, shards = 2): Promise<Chatting> {
  const many = { requests: 10_000, windowMs: 1_000 }
  const discord = await openDiscord({ shards, webhookEdits: many, channelEdits: many, global: many })
  const answered: Interaction[] = []
  const answeredAt: number[] = []
  let asked = 0
  let isOver = false

  async function ask(): Promise<void> {
    const number = asked++
    const at = performance.now()
    const where = number % 2 ? discord.general : discord.next
    const actor = discord.user(`person${number % 12}`)
    // Nobody heard of it: Discord says so to whoever asked.
    const interaction = await actor.slash('imagine', { prompt: 'a red house', seed: number }, where).catch(() => null)
    if (!interaction) return
    answered.push(interaction)
    answeredAt.push(at)
  }
  const asking = (async () => {
    while (!isOver) {
      // Before the first program has registered the commands there is nothing to ask by.
      if (discord.world.commands.length > 0) void ask()
      await sleep(everyMs)
    }
  })()
  /** What stands there for a request: an error is told in private, and what was promised is deleted. */
  const messagesOf = ({ original, followUps }: Interaction) =>
    [...(original ? [original] : []), ...followUps].filter(({ deleted }) => !deleted)
  const offers = (one: Interaction, label: string) =>
    messagesOf(one).some(message => buttonsOf(message).some(button => button.label === label))
  const picturesOf = (one: Interaction) => messagesOf(one).reduce((sum, { attachments }) => sum + attachments.length, 0)
  const isFinished = (one: Interaction) => offers(one, 'Reroll')
  const isFailed = (one: Interaction) =>
    offers(one, 'Retry') ||
    (messagesOf(one).length > 0 &&
      messagesOf(one).every(message => message.content !== '' && buttonsOf(message).length === 0))

  return {
    discord,
    answeredAt,
    async end(ms) {
      isOver = true
      await asking
      const endsAt = performance.now() + ms
      const unfinished = () => answered.filter(one => !isFinished(one) && !isFailed(one))
      while (unfinished().length > 0 && performance.now() < endsAt) await sleep(200)
      for (const one of unfinished()) {
        const stands = messagesOf(one).map(message => ({
          ...{ content: message.content, buttons: buttonsOf(message).map(({ label }) => label) },
          written: message.history.map(({ buttons }) => buttons),
        }))
        const afterS = Math.round((answeredAt[answered.indexOf(one)]! - answeredAt[0]!) / 1000)
        console.error(`A message of ${afterS} s after the first is not finished: ${JSON.stringify(stands)}`)
      }
      const finalsOf = ({ original }: Interaction) =>
        original?.history.filter(({ buttons }) => buttons.includes('Reroll')).length ?? 0
      const figures = {
        ...{ asked, acknowledged: answered.length },
        finished: answered.filter(isFinished).length,
        failedInWords: answered.filter(one => !isFinished(one) && isFailed(one)).length,
        unfinished: unfinished().length,
        paintedTwice: answered.filter(one => picturesOf(one) > 1).length,
        writtenAgain: answered.filter(one => finalsOf(one) > 1).length,
        registered: discord.requests.filter(({ route }) => route === 'commands.put').length,
      }
      return figures
    },
  }
}
