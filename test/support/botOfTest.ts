import { afterEach } from 'vitest'
import { buildBot, type TestBot, type TestBotOptions } from './bot.ts'

/** The bot that a test of a file has open. */
export interface BotOfTest {
  /** @throws Error where none is open */
  readonly current: TestBot
  open(options?: TestBotOptions): Promise<TestBot>
  restart(): Promise<TestBot>
}

/** Whatever bot a test opens by it is closed after that test. `usual`: options that hold unless a test says others. */
export function botOfEachTest(usual: TestBotOptions = {}): BotOfTest {
  let world: TestBot | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  const current = () => {
    if (!world) throw new Error('Expected a bot, which `open` starts.')
    return world
  }
  return {
    get current() {
      return current()
    },
    async open(options = {}) {
      world = await buildBot({ ...usual, ...options })
      return world
    },
    async restart() {
      world = await current().restart()
      return world
    },
  }
}
