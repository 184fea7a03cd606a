/** The server of `npm run dev`, which starts again whenever a file that it loads changes. Its argument says where its engine is kept. */
import { start } from '../../commands/start.ts'
import { readConfig } from '../../config.ts'
import { errorText, UserError } from '../../protocol/errors.ts'
import { connectEngine } from './keptEngine.ts'

const [, , address] = process.argv
try {
  await start(
    {
      warmUp: false,
      forkEngine: () => connectEngine(address!),
      // It ends with each change of its files.
      restart: { maxCrashes: Number.POSITIVE_INFINITY, maxDelayMs: 200 },
    },
    readConfig(),
  )
} catch (error) {
  console.error(error instanceof UserError ? errorText(error) : error)
  process.exit(1)
}
