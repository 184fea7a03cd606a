import { Command, InvalidArgumentError } from 'commander'
import { readConfig, SettingError } from './config.ts'
import { EngineRefusal } from './engine/engine.ts'
import { Refusal } from './studio/refusals.ts'

/** Wires everything together; commands are loaded when they are asked for, so that `--help` is instant. */
const program = new Command('fourstroke')
  .description('Paint together with a latent consistency model, four steps a picture.')
  .configureHelp({ showGlobalOptions: true })

program
  .command('start', { isDefault: true })
  .description('start the engine, the canvas server and, with DISCORD_TOKEN, the bot')
  .action(async () => (await import('./commands/start.ts')).start(readConfig()))

program
  .command('imagine')
  .description('paint a picture from the command line')
  .argument('<prompt>', 'what to paint')
  .option('--seed <number>', 'the same seed paints the same picture', toNumber)
  .option('--steps <number>', '1 to 50; the model is made for 4', toNumber)
  .option('--size <width>x<height>', 'in pixels', toSize)
  .option('--guidance <number>', 'how strictly to follow the prompt', toNumber)
  .option('--image <file>', 'paint over this picture')
  .option('--strength <number>', 'how much of the picture may change, 0 to 1', toNumber)
  .option('--count <number>', '1 to 4 pictures', toNumber)
  .option('--out <file>', 'where to write the PNG', 'out.png')
  .option('--previews <folder>', "write every step's preview here")
  .option('--json', 'print one JSON object about what was painted and how')
  .action(async (prompt: string, options) =>
    (await import('./commands/imagine.ts')).imagine(prompt, options, readConfig()),
  )

program
  .command('doctor')
  .description('say what was found: providers, model parts, database, bot')
  .option('--json', 'print one JSON object')
  .action(async options => {
    const healthy = await (await import('./commands/doctor.ts')).doctor(options, readConfig())
    if (!healthy) process.exitCode = 1
  })

try {
  await program.parseAsync()
} catch (error) {
  const mendable = error instanceof SettingError || error instanceof Refusal || error instanceof EngineRefusal
  console.error(mendable ? error.message : error)
  process.exit(1)
}

function toNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('Expected a number.')
  return number
}

function toSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text) ?? []
  if (!width || !height) throw new InvalidArgumentError('Expected <width>x<height>, such as 128x128.')
  return { width: Number(width), height: Number(height) }
}
