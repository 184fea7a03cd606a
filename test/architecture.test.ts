import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { circles, folderOf, forbiddenImports, type Import, importsIn, type Room } from './support/architecture.ts'

const limits = 'protocol/limits.ts'
const errors = 'protocol/errors.ts'
const durations = 'protocol/durations.ts'
const guard = 'protocol/guard.ts'
const logging = 'logging.ts'
const names = 'protocol/names.ts'
const vocabulary = 'protocol/vocabulary.ts'
const language = 'language'

/** Which folder may use which. What is not named here is forbidden, at any depth; circles are forbidden everywhere. */
const rooms: readonly Room[] = [
  row(
    'main.ts',
    ['config.ts', 'commands', limits, errors],
    'the command line loads commands, each when it is asked for',
  ),
  row('logging.ts', [], 'the log is told by everybody and knows nobody'),
  row('config.ts', [limits, errors], 'settings are read before anything else, from the environment alone'),
  row(
    'commands',
    [
      ...['config.ts', 'bot', 'server', 'studio', 'cluster', 'engine', 'training', 'prisma'],
      ...[limits, errors, durations, guard, logging, language],
    ],
    'commands wire the parts together and draw nothing themselves',
  ),
  row(
    'bot',
    ['studio', limits, errors, guard, logging, names, vocabulary, language],
    'the bot reaches everything through the studio',
  ),
  row(
    'server',
    ['studio', 'protocol', logging, language],
    'the server speaks the protocol and reaches the rest through the studio',
  ),
  row('web', ['protocol', language], 'a browser can load the protocol, the texts and nothing else of ours'),
  row(
    'studio',
    ['engine', 'prisma', limits, errors, guard, logging, names, vocabulary, language],
    'the studio is the domain: it knows the engine, and no face of it',
  ),
  row(
    'cluster',
    ['engine', limits, errors, guard, logging],
    'engines on other machines stand behind the interface of an engine: the cluster knows nobody who uses them',
  ),
  row('training', ['engine', 'onnx', limits, errors], 'what makes models knows ONNX and the engine, not who uses them'),
  row('engine', ['onnx', limits, errors, durations, guard, logging], 'the engine knows ONNX and nobody else'),
  row('onnx', [], 'graphs, sessions and gradients could be published alone'),
  row('language', [limits, errors], 'texts know what limits there are and what may go wrong, not where they are said'),
  row('protocol', [], 'browser and server load it, so it imports nothing of ours'),
  row('prisma', [], 'the database knows nobody'),

  row('bot/text', [], 'words and how they are escaped know no message'),
  row('bot/messages', ['bot/text'], 'a message is made from results, wherever it goes'),
  row('bot/delivery', ['bot/messages', 'bot/text'], 'delivering knows messages, not who asked for them'),
  row('bot/gateway', ['bot/delivery'], 'the connection brings interactions and knows nothing of them'),
  row(
    'bot/interactions',
    ['bot/delivery', 'bot/messages', 'bot/text'],
    'what all commands and buttons stand on knows none of them',
  ),
  row(
    'bot/posts',
    ['bot/interactions', 'bot/delivery', 'bot/messages', 'bot/text'],
    'what the page sends knows no command and no connection',
  ),
  row(
    'bot/commands',
    ['bot/interactions', 'bot/delivery', 'bot/messages', 'bot/text'],
    'a command knows no button and no connection',
  ),
  row(
    'bot/buttons',
    ['bot/commands', 'bot/interactions', 'bot/delivery', 'bot/messages', 'bot/text'],
    'a button may do what a command does, and knows no connection',
  ),

  row('engine/diffusion', [], 'schedule, noise and guidance are formulas'),
  row('engine/types', ['engine/diffusion'], 'what an engine can be asked says nothing about how it is done'),
  row('engine/lora', ['engine/types'], 'a style is added to what paints; it knows neither learning nor processes'),
  row(
    'engine/pipeline',
    ['engine/types', 'engine/diffusion', 'engine/lora'],
    'one picture is painted without knowing of others',
  ),
  row(
    'engine/batching',
    ['engine/types', 'engine/lora', 'engine/pipeline'],
    "everybody's pictures are painted together, not learned from",
  ),
  row(
    'engine/lcf',
    ['engine/types', 'engine/diffusion', 'engine/lora', 'engine/pipeline'],
    'learning knows styles and how to paint, not in which process',
  ),
  row(
    'engine/estimate',
    ['engine/types', 'engine/lora', 'engine/lcf'],
    'an estimate follows from measurements and the request alone',
  ),
  row(
    'engine/process',
    ['engine/types', 'engine/estimate', 'engine/lora', 'engine/pipeline', 'engine/batching', 'engine/lcf'],
    'the process holds what paints and what learns',
  ),
  row('onnx/inference', ['onnx'], 'shapes and types follow from the graph alone'),
  row('onnx/tape', ['onnx', 'onnx/inference'], 'a tape writes graphs, whatever they are for'),
  row('onnx/autograd', ['onnx', 'onnx/tape', 'onnx/inference'], 'gradients are written over graphs'),
  row('onnx/optim', ['onnx', 'onnx/tape'], 'optimisers are graphs too, and know no gradients'),
  row('onnx/linalg', ['onnx', 'onnx/optim'], 'matrices of numbers need no graph'),
  row('training/world', ['training/world/scenes', 'training/world/drawing'], 'the world is drawn without a network'),
  row('training/world/scenes', [], 'a scene is a record, whatever draws it'),
  row('training/world/drawing', ['training/world/scenes'], 'a drawing knows the scene, not its caption'),
  row('training/networks', [], 'a network knows neither its stage nor its figures'),
  row('training/solvers', [], 'a solver is a formula'),
  row('training/loop', ['training/networks'], 'the loop trains any network on any data'),
  row(
    'training/workspace',
    ['training/loop', 'training/networks', 'training/solvers', 'training/world'],
    'a workspace is a recipe, its pictures and captions, and the folder that all stages share',
  ),
  row(
    'training/stages',
    ['training/loop', 'training/networks', 'training/solvers', 'training/workspace', 'training/world'],
    'a stage trains, and knows no figures',
  ),
  row(
    'training/distilling',
    ['training/loop', 'training/networks', 'training/solvers'],
    'distilling a given model needs none of our stages, nor our world',
  ),
  row('training/evaluation/networks', ['training/networks', 'training/world'], 'a network knows not what it measures'),
  row('language/errors', ['language'], 'errors are told alike wherever they are met'),
  row('language/chat', ['language'], 'chat says nothing that the page says'),
  row('language/page', ['language'], 'the page says nothing that chat says'),
  row('web/browser', ['web/text'], 'what a browser can do is asked of it alone'),
  row('web/text', ['web/store'], 'a text is said by whoever needs it, and knows nobody'),
  row('web/store', [], 'the page keeps its state without drawing it'),
  row('web/room', ['web/browser', 'web/store', 'web/text'], 'the session with the server draws nothing'),
  row('web/controls', ['web/browser', 'web/store', 'web/text', 'web/room'], 'a button knows no panel and no canvas'),
  row(
    'web/canvas',
    ['web/browser', 'web/store', 'web/text', 'web/room'],
    'the board knows the session, not the tools that act on it',
  ),
  row(
    'web/canvas/regions',
    ['web/canvas', 'web/browser', 'web/store', 'web/text', 'web/room'],
    'a region knows the board, not how it is chosen',
  ),
  row(
    'web/canvas/tools',
    ['web/canvas', 'web/canvas/regions', 'web/browser', 'web/store', 'web/text', 'web/room'],
    'a tool acts on the board',
  ),
  row(
    'web/stage',
    ['web/canvas', 'web/browser', 'web/store', 'web/text', 'web/room'],
    'the stage brings pointers to the tools',
  ),
  row(
    'web/panels',
    ['web/canvas', 'web/controls', 'web/browser', 'web/store', 'web/text', 'web/room'],
    'panels know the board, not the stage nor the page that they stand on',
  ),
]

/**
 * What still breaks a row or closes a circle: from file to file, or from folder to folder. This table only shrinks; an
 * entry that is needed no more fails.
 */
const open: readonly string[] = []

const sources = new Map(
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter(file => rooms.some(({ room }) => file === room || file.startsWith(`${room}/`)))
    .map(file => [file, readFileSync(file, 'utf8')]),
)

describe('the arrows between the folders', () => {
  const imports = importsIn(sources)
  const kept = imports.filter(link => !open.some(exception => covers(exception, link)))

  it('are those of the table, at any depth', () => {
    expect([...forbiddenImports(kept, rooms).values()]).toEqual([])
  })

  it('lead in no circle, neither of files nor of folders', () => {
    expect(circles(kept, file => file)).toEqual([])
    expect(circles(kept, folderOf)).toEqual([])
  })

  it('have no exception that is not needed any more', () => {
    const needless = open.filter(exception => {
      const covered = imports.filter(link => covers(exception, link))
      return problems([...kept, ...covered]).length === 0
    })
    expect(needless).toEqual([])
  })
})

describe('a planted import', () => {
  const plant = (files: Record<string, string>) => problems(importsIn(new Map(Object.entries(files))))

  it.each([
    ['engine/paint.ts', "import { x } from '../studio/x.ts'", 'studio/x.ts: the engine knows ONNX and nobody else'],
    ['training/stages/deep/leak.ts', "export * from '../../../studio/x.ts'", 'studio/x.ts: what makes models knows'],
    ['onnx/autograd/rules/deep/a.ts', "import('../../../../engine/x.ts')", 'engine/x.ts: graphs, sessions and'],
    ['onnx/optim/x.ts', "import type { X } from '../autograd/x.ts'", 'onnx/autograd/x.ts: optimisers are graphs too'],
    ['engine/lora/deep/x.ts', "import '../../lcf/x.ts'", 'engine/lcf/x.ts: a style is added to what paints'],
    ['web/x.tsx', "let x: import('../studio/x.ts').X", 'studio/x.ts: a browser can load the protocol'],
    ['studio/x.ts', "import { scene } from '../protocol/scene.ts'", 'protocol/scene.ts: the studio is the domain'],
    ['bot/a/b.ts', "import {\n  x,\n} from '../../server/x.ts'", 'server/x.ts: the bot reaches everything'],
  ])('of %s is found and explained', (file, text, message) => {
    expect(plant({ [file]: text })).toEqual([expect.stringContaining(`${file} imports ${message}`)])
  })

  it('that a row allows, and what stands in a comment, is let be', () => {
    expect(plant({ 'engine/lora/x.ts': "import '../types/x.ts'\nimport '../../onnx/autograd/x.ts'" })).toEqual([])
    expect(plant({ 'studio/x.ts': "import '../protocol/limits.ts'\n// import '../bot/x.ts'" })).toEqual([])
  })

  it('that closes a circle of files or of folders is found', () => {
    const files = {
      'bot/a.ts': "import './b.ts'",
      'bot/b.ts': "import './c.ts'",
      'bot/c.ts': "import type A from './a.ts'",
    }
    expect(plant(files)).toEqual(['circle: bot/a.ts, bot/b.ts, bot/c.ts'])
    const folders = { 'web/p/a.ts': "import '../q/b.ts'", 'web/q/c.ts': "import '../p/d.ts'", 'web/p/d.ts': '' }
    expect(plant(folders)).toEqual(['circle: web/p, web/q'])
  })

  it("of a folder's own files by its index.ts closes none", () => {
    expect(plant({ 'bot/x/index.ts': "import './a.ts'", 'bot/b.ts': "import './x/index.ts'" })).toEqual([])
    expect(plant({ 'bot/index.ts': "import './x/a.ts'", 'bot/x/a.ts': "import '../b.ts'", 'bot/b.ts': '' })).toEqual([])
  })
})

it('ids get their types in studio/shared/ids.ts alone', () => {
  const cast = /\bas (?:Person|Job|Picture|Room|Style|StylePicture|Learning)Id\b|\bas FileHash\b/
  const found = [...sources].filter(([file, text]) => file !== 'studio/shared/ids.ts' && cast.test(text))
  expect(found.map(([file]) => file)).toEqual([])
})

describe('a listener, timer or callback that is handed to a library', () => {
  /** What it says, as an arrow function on the spot; a guarded one stands in the guard's own parentheses. */
  const inline =
    /(?:\.(?:on|once|addListener|addEventListener)\(\s*[\w.'"]+,|\bset(?:Timeout|Interval|Immediate)\(|\bprocess\.nextTick\(|\bqueueMicrotask\()\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*=>/
  /** Files that hand out one without a guard, and why that can end nothing; one that is not needed fails. */
  const unguarded: Readonly<Record<string, string>> = {
    'bot/delivery/watchUntil.ts': 'stops to listen to our own emitter',
    'bot/start.ts': 'only rejects a promise',
    'commands/imagine.ts': 'a command that does one thing',
    'commands/processErrors.ts': 'the net under everything',
    'commands/style.ts': 'a command that does one thing',
    'engine/lcf/studentWorker.ts': 'a thread whose errors are its answers',
    'engine/lora/importer.ts': 'a process that may die',
    'engine/lora/importing.ts': 'only settles a promise',
    'engine/process/process.ts': 'a process that may die',
    'prisma/postgresqlTools.ts': 'only settles a promise',
    'studio/pictures/watchJob.ts': 'our own emitter guards it',
    'studio/storage/incoming.ts': 'only rejects a promise',
    'studio/styles/watchLearning.ts': 'our own emitter guards it',
  }

  it('goes through the guard of protocol/guard.ts in whatever serves people', () => {
    const serving = /^(?:bot|cluster|commands|engine|prisma|server|studio)\//
    const found = [...sources].filter(([file, text]) => serving.test(file) && inline.test(text)).map(([file]) => file)
    expect(found.toSorted()).toEqual(Object.keys(unguarded))
  })

  it('is found where it is not', () => {
    for (const text of ["socket.on('data', async () => 1)", 'setTimeout(() => 1, 5)', 'setInterval(async x => 1)']) {
      expect(text).toMatch(inline)
    }
    expect("socket.on('data', guard('It failed', async () => 1))").not.toMatch(inline)
  })
})

it('models/ stays below 40 MB, because every clone carries it', () => {
  const files = execFileSync('git', ['ls-files', '-z', 'models'], { encoding: 'utf8' }).split('\0').filter(Boolean)
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(40_000_000)
})

function row(room: string, mayImport: readonly string[], because: string): Room {
  return { room, mayImport, because }
}

function problems(imports: readonly Import[]): string[] {
  const found = [...circles(imports, file => file), ...circles(imports, folderOf)]
  return [...forbiddenImports(imports, rooms).values(), ...found.map(circle => `circle: ${circle.join(', ')}`)]
}

function covers(exception: string, { from, to }: Import): boolean {
  return [`${from} → ${to}`, `${folderOf(from)} → ${folderOf(to)}`].includes(exception)
}
