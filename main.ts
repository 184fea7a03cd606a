import { Command, InvalidArgumentError } from 'commander'
import { parseServices, services } from './commands/services.ts'
import { readConfig } from './config.ts'
import { errorText, UserError } from './protocol/errors.ts'
import { limits } from './protocol/limits.ts'

/** Wires everything together; commands are loaded when they are asked for, so that `--help` is instant. */
const program = new Command('fourstroke')
  .description('Paint together with a latent consistency model, four steps a picture.')
  .configureHelp({ showGlobalOptions: true })

program
  .command('start', { isDefault: true })
  .description('start the engine, the canvas server and, with DISCORD_TOKEN, the bot')
  .option('--no-warm-up', 'paint at once, without measuring first; for development')
  .option('--services <list>', `some of ${services.join(', ')}, between commas; all by default`, parseServices)
  .option('--inspect-engine <port>', 'let a debugger attach to the engine', toNumber)
  .action(async ({ warmUp, inspectEngine, services: chosen }) =>
    (await import('./commands/start.ts')).start(
      { warmUp, inspectPort: inspectEngine, ...(chosen && { services: chosen }) },
      readConfig(),
    ),
  )

program
  .command('imagine')
  .description('paint a picture from the command line')
  .argument('<prompt>', 'what to paint')
  .option('--seed <number>', 'the same seed paints the same picture', toNumber)
  .option('--steps <number>', `1 to ${limits.maxSteps}; the model is made for 4`, toNumber)
  .option('--size <width>x<height>', 'in pixels', toSize)
  .option('--guidance <number>', 'how strictly to follow the prompt', toNumber)
  .option('--image <file>', 'paint over this picture')
  .option('--strength <number>', 'how much of the picture may change, 0 to 1', toNumber)
  .option('--mask <file>', 'with --image: paint only where this picture is white')
  .option('--mask-blur <pixels>', `soften the edges of the mask, 0 to ${limits.maxMaskBlur}`, toNumber)
  .option('--outpaint <pixels>', 'with --image: paint around it; left,top,right,bottom', toNumbers)
  .option('--negative <prompt>', 'what to keep away from, with a model that has no guidance embedding')
  .option('--guidance-by-step <numbers>', 'one guidance for each step, between commas', toNumbers)
  .option('--timesteps <numbers>', 'noise levels in place of --steps, such as 999,749,499,249', toNumbers)
  .option('--variation <strength>', "how far to go towards another seed's noise, 0 to 1", toNumber)
  .option('--variation-seed <number>', 'the other seed', toNumber)
  .option(
    '--region <mask>=<prompt>',
    `a prompt for the white part of a mask, up to ${limits.maxRegions}; ` +
      'then " | guidance=4 | weight=2 | style=sepia | negative=…" if you like',
    (text: string, all: readonly string[] = []) => [...all, text],
  )
  .option('--from <file>', 'a PNG painted here, whose recipe holds for all that is not said')
  .option('--from-step <number>', 'with --from: go on from that step of it, as a branch', toNumber)
  .option('--end-step <number>', 'stop after this step: the picture that was believed then', toNumber)
  .option(
    '--upscale <strength>',
    `twice the side; 0 enlarges, up to ${limits.maxUpscaleStrength} paints details by tiles`,
    toNumber,
  )
  .option('--count <number>', `1 to ${limits.maxPicturesAtOnce} pictures`, toNumber)
  .option('--style <styles>', 'a style, with a weight or mixed if you like: sepia:0.7,chalk:0.5')
  .option('--out <file>', 'where to write the PNG', 'out.png')
  .option('--previews <folder>', "write every step's preview here")
  .option('--json', 'print one JSON object about what was painted and how')
  .action(async (prompt: string, options) =>
    (await import('./commands/imagine.ts')).imagine(prompt, options, readConfig()),
  )

const style = program.command('style').description('teach styles of your own from a handful of pictures')
style
  .command('learn')
  .description('make a style out of pictures, or give one more of them, and learn it')
  .argument('<name>', 'what it is called')
  .argument('[pictures...]', 'PNG, JPEG or WebP; a .txt beside a picture is its caption')
  .option('--method <name>', 'anchored (default), exact, as in the paper, or tint, the colours alone')
  .option('--steps <number>', 'how long to learn', toNumber)
  .option('--prior <number>', "how many of the model's own pictures it learns beside them", toNumber)
  .option('--size <pixels>', 'side of the pictures that it learns from', toNumber)
  .option('--json', 'print the style as one JSON object')
  .action(async (name: string, pictures: string[], options) =>
    (await import('./commands/style.ts')).learn(name, pictures, options, readConfig()),
  )
style
  .command('list')
  .description('the styles of the command line, and those shared with everyone')
  .option('--json', 'print one JSON array')
  .action(async options => (await import('./commands/style.ts')).list(options, readConfig()))
style
  .command('show')
  .description('a style and its versions')
  .argument('<name>')
  .option('--json', 'print one JSON object')
  .action(async (name: string, options) => (await import('./commands/style.ts')).show(name, options, readConfig()))
style
  .command('export')
  .description('write a style as a LoRA file that other programs read')
  .argument('<name>')
  .argument('<file>', 'such as sepia.safetensors')
  .action(async (name: string, file: string) =>
    (await import('./commands/style.ts')).exportStyle(name, file, readConfig()),
  )
style
  .command('import')
  .description('make a style from a LoRA file of this model: PEFT, diffusers or kohya')
  .argument('<file>', 'a .safetensors file')
  .argument('[name]', 'what to call it; the name of the file if left out')
  .option('--json', 'print the style as one JSON object')
  .action(async (file: string, name: string | undefined, options) =>
    (await import('./commands/style.ts')).importStyle(file, name, options, readConfig()),
  )
style
  .command('delete')
  .description('delete a style, its pictures and everything learned')
  .argument('<name>')
  .option('--yes', 'without asking')
  .action(async (name: string, options) => (await import('./commands/style.ts')).remove(name, options, readConfig()))

program
  .command('doctor')
  .description('say what was found: providers, model parts, database, bot')
  .option('--json', 'print one JSON object')
  .action(async options => {
    const healthy = await (await import('./commands/doctor.ts')).doctor(options, readConfig())
    if (!healthy) process.exitCode = 1
  })

program
  .command('backup')
  .description('write database and pictures into one file, while the program runs')
  .argument('<file>', 'a tar that does not exist yet')
  .option('--no-files', 'the database alone, where the files are kept safe in another way')
  .action(async (file: string, options: { files: boolean }) =>
    (await import('./commands/backup.ts')).backup(file, options, readConfig()),
  )

program
  .command('restore')
  .description('put a backup into an empty data folder')
  .argument('<file>', 'what `backup` has written')
  .action(async (file: string) => (await import('./commands/backup.ts')).restoreBackup(file, readConfig()))

const storage = program.command('storage').description('where images and the files of styles are')
storage
  .command('move')
  .description('copy them to another place, while the program runs')
  .argument('<to>', 'folder (the data folder) or s3://bucket?endpoint=https://…, as in STORAGE')
  .action(async (to: string) => (await import('./commands/storage.ts')).move(to, readConfig()))
storage
  .command('claim')
  .description('say that the bucket in STORAGE belongs to this database, whosever it was')
  .action(async () => (await import('./commands/storage.ts')).claim(readConfig()))

program
  .command('export')
  .description('write everything about a person into a folder')
  .argument('<person>', 'an id, a Discord id, or a name that only one person has')
  .argument('<folder>', 'a folder that is not there yet')
  .action(async (person: string, folder: string) =>
    (await import('./commands/person.ts')).exportPerson(person, folder, readConfig()),
  )

program
  .command('erase')
  .description('erase a person; what they drew in rooms of others stays, without a name')
  .argument('<person>', 'an id, a Discord id, or a name that only one person has')
  .option('--yes', 'without asking')
  .action(async (person: string, options) =>
    (await import('./commands/person.ts')).erase(person, options, readConfig()),
  )

program
  .command('train')
  .description('train the embedded model from nothing, or go on with it')
  .argument('<stage>', 'vae, text, teacher, guidance, lcd, decoder, critic, export or all')
  .option('--config <name>', 'quick, solo, full, garden or wide', 'full')
  .option('--quick', 'every stage on a tiny world, in minutes')
  .option('--folder <folder>', 'where checkpoints and sheets go')
  .option('--from <folder>', 'go on from a model folder, or from the checkpoints of another training')
  .option('--threads <number>', 'processor cores to use', toNumber)
  .option('--teacher <folder>', 'with lcd: distil this model, in the layout of diffusers and optimum')
  .option('--pictures <folder>', 'with --teacher: pictures, and a .txt with its caption beside each')
  .option('--out <folder>', 'with --teacher: where the student goes; beside the teacher if left out')
  .option('--learn <what>', 'with --teacher: adapters or all; all weights for networks up to 100 M')
  .option('--rank <number>', 'with --teacher: rank of the adapters, 64', toNumber)
  .option('--steps <number>', 'with --teacher: how long to learn, 1000', toNumber)
  .option('--batch <number>', 'with --teacher: pictures in a step, 4', toNumber)
  .option('--rate <number>', 'with --teacher: learning rate', toNumber)
  .option('--solver <name>', 'with lcd: how the teacher steps, ddim, dpm or dpm++; ddim')
  .option('--skip <number>', 'with lcd: timesteps of such a step, 20', toNumber)
  .option('--loss <name>', 'with lcd: huber or l2; huber')
  .action(async (stage: string, options) => (await import('./commands/train.ts')).train(stage, options))

program
  .command('eval')
  .description('measure the model: the tables of the paper, at our scale')
  .option('--config <name>', 'the recipe that it was trained by')
  .option('--quick', 'few pictures, nothing written into docs/')
  .option('--folder <folder>', 'checkpoints of the training')
  .option('--slice <name>', 'the part of the world that is painted: world, garden-only or that of a recipe')
  .option('--model <folder>', 'a model folder')
  .option('--tables <names>', 'which tables, between commas')
  .option('--n <number>', 'pictures for each row, a multiple of 64', toNumber)
  .option('--seed <number>', 'of the noise', toNumber)
  .option('--iterations <number>', 'of each distillation of table 3; as many as the recipe has if left out', toNumber)
  .option('--threads <number>', 'processor cores to use', toNumber)
  .option('--out <file>', 'the document that the figures go into')
  .action(async options => (await import('./commands/eval.ts')).evaluate(options, readConfig()))

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof UserError ? errorText(error) : error)
  process.exit(1)
}

function toNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('Expected a number.')
  return number
}

function toNumbers(text: string): number[] {
  return text.split(',').map(toNumber)
}

function toSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text) ?? []
  if (!width || !height) throw new InvalidArgumentError('Expected <width>x<height>, such as 128x128.')
  return { width: Number(width), height: Number(height) }
}
