import { existsSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Config } from '../config.ts'
import { describeLearning, foreignFile, notLora, tellingBytes } from '../engine/index.ts'
import { errorText, UserError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import type {
  Learning,
  LearningEvent,
  LearningId,
  NewStylePicture,
  Person,
  Studio,
  Style,
  StyleDetail,
  StyleVersion,
} from '../studio/studio.ts'
import { findOwn } from '../studio/styles/styleNames.ts'
import { checkOutput, type NamedFile, readNamed, readStart, writeNamed } from './files.ts'
import { onInterrupt } from './interrupt.ts'
import { withStudio } from './opened.ts'
import { progressBar } from './progressBar.ts'

export interface LearnOptions {
  readonly method?: string
  readonly steps?: number
  readonly prior?: number
  readonly size?: number
  readonly json?: boolean
}

/**
 * `npx fourstroke style learn NAME PICTURE…`: makes a style, or gives one of that name the pictures, and learns it. A
 * text file beside a picture (`house.txt` beside `house.png`) is its caption.
 */
export async function learn(
  name: string,
  files: readonly string[],
  { method, steps, prior, size, json }: LearnOptions,
  config: Config,
): Promise<void> {
  const chosen = methodOf(method)
  const pictures = await Promise.all(files.map(readPicture))
  const learnStyle = async ({ styles }: Studio, { id: by }: Person) => {
    const known = await findOwn(styles, by, name)
    if (!known && !pictures.length)
      throw new UserError('options/invalid', `Name the pictures that "${name}" is to learn from.`)
    if (known && pictures.length) await styles.addPictures(by, known.id, pictures)
    const style = known ?? (await styles.create(by, { name, pictures }))
    const learning = await styles.learn(by, style.id, {
      ...(chosen && { method: chosen }),
      ...(steps !== undefined && { steps }),
      ...(prior !== undefined && { priorPictures: prior }),
      ...(size !== undefined && { size }),
    })
    const { learnEstimate } = await styles.show(by, style.id)
    if (learnEstimate !== null && !json) console.error(describeLearning(learnEstimate))
    const forget = onInterrupt(() => styles.cancel(by, style.id))
    const ended = await follow(styles, learning.id).finally(() => {
      forget()
      progressBar(null)
    })
    if (ended.state !== 'finished') {
      throw new UserError('style/unlearned', ended.summary ?? 'Cancelled; what there was before stays.')
    }
    const shown = await styles.show(by, style.id)
    if (json) return print(shown)
    if (ended.summary) console.log(ended.summary)
    console.log(`npx fourstroke imagine "…" --style ${quoted(shown.name)}`)
  }
  await withStudio(config, learnStyle, { warmUp: true })
}

function methodOf(method: string | undefined): 'exact' | 'anchored' | 'tint' | undefined {
  if (method === undefined || method === 'exact' || method === 'anchored' || method === 'tint') return method
  throw new UserError('options/invalid', `--method: expected "exact", "anchored" or "tint", got "${method}".`)
}

/** Resolves with how it ended; on a terminal a bar says how far it is. */
function follow(styles: Studio['styles'], learning: LearningId): Promise<Learning> {
  return new Promise(resolve => {
    const stop = styles.watch(learning, onEvent)
    function onEvent(event: LearningEvent): void {
      if (event.type === 'stepped') {
        const { step, steps, loss, secondsLeft } = event
        progressBar(step / steps, `loss ${loss.toFixed(4)}, ${Math.round(secondsLeft)} s left`)
      } else if (event.type === 'ended') {
        // `watch` may tell of the end before it has returned.
        queueMicrotask(() => stop())
        resolve(event.learning)
      }
    }
  })
}

async function readPicture(file: string): Promise<NewStylePicture> {
  const bytes = await readNamed(file, pictureFile)
  const captionFile = `${file.slice(0, file.length - extname(file).length)}.txt`
  if (!existsSync(captionFile)) return { bytes }
  const caption = Buffer.from(await readNamed(captionFile, captionOfPicture))
    .toString('utf8')
    .trim()
  return { bytes, ...(caption && { caption }) }
}

const pictureFile: NamedFile = {
  code: 'image/broken',
  hint: 'name a PNG, JPEG or WebP file',
  maxBytes: limits.maxUploadBytes,
}
const captionOfPicture: NamedFile = { code: 'options/invalid', hint: 'write the caption into it', maxBytes: 65_536 }
const styleFile: NamedFile = {
  code: 'style/file',
  hint: 'name a .safetensors file',
  maxBytes: limits.maxStyleFileBytes,
}
const peftConfigFile: NamedFile = {
  code: 'style/file',
  hint: 'move it away, or let it be what peft wrote beside its adapter',
  maxBytes: 2 ** 20,
}

/** `npx fourstroke style list` */
export async function list({ json }: { json?: boolean }, config: Config): Promise<void> {
  await withStudio(config, async ({ styles }, { id }) => {
    const all = await styles.list(id)
    if (json) print(all)
    else if (!all.length) console.log('No styles yet: npx fourstroke style learn NAME PICTURE… teaches one.')
    else for (const style of all) console.log(lineOf(style))
  })
}

function lineOf({ name, owner, isMine, version, pictures, sharing, error }: Style): string {
  return [
    name,
    ...(isMine ? [] : [`by ${owner.name}`]),
    version === null ? 'not learned yet' : `version ${version}`,
    ...(isMine ? [`${pictures} pictures`, sharing] : []),
    ...(error && version !== null ? [errorText(error)] : []),
  ].join('  ')
}

/** `npx fourstroke style show NAME` */
export async function show(name: string, { json }: { json?: boolean }, config: Config): Promise<void> {
  await withStudio(config, async ({ styles }, { id }) => {
    const style = await styles.show(id, (await styles.find(id, name)).id)
    if (json) return print(style)
    console.log(lineOf(style))
    for (const version of style.versions) console.log(versionLine(version))
  })
}

function versionLine({ number, createdAt, isInUse, origin, pictures, recipe, rank, bytes, assessment }: StyleVersion) {
  const parts = [
    `${isInUse ? '*' : ' '} version ${number}`,
    createdAt.toISOString().slice(0, 16).replace('T', ' '),
    origin === 'imported' ? 'imported' : `${pictures} pictures`,
    ...(recipe ? [`${recipe.method}, ${recipe.steps} steps`] : []),
    `rank ${rank}, ${bytes} bytes`,
    ...(assessment ? [assessment.summary] : []),
  ]
  return parts.join('  ')
}

/** `npx fourstroke style export NAME FILE` */
export async function exportStyle(name: string, file: string, config: Config): Promise<void> {
  await checkOutput(file)
  await withStudio(config, async ({ styles }, { id }) => {
    const { bytes } = await styles.exportFile(id, (await styles.find(id, name)).id)
    await writeNamed(file, bytes)
    console.log(`${file}  ${bytes.length} bytes`)
  })
}

/** `npx fourstroke style import FILE [NAME]`: a new style, or the next version of one of that name. */
export async function importStyle(
  file: string,
  name: string | undefined,
  { json }: { json?: boolean },
  config: Config,
): Promise<void> {
  // What a file is matters before its size does: a whole checkpoint is too large as well.
  const foreign = foreignFile(await readStart(file, styleFile, tellingBytes))
  if (foreign) throw notLora(foreign, file)
  const bytes = await readNamed(file, styleFile)
  const peftConfig = await readPeftConfig(file)
  await withStudio(config, async ({ styles }, { id }) => {
    const called = name ?? basename(file, extname(file))
    const known = await findOwn(styles, id, called)
    const style = await styles.importFile(id, {
      bytes,
      ...peftConfig,
      ...(known ? { style: known.id } : { name: called }),
    })
    if (json) return print(style)
    console.log(lineOf(style))
    if (style.notes) console.log(style.notes)
  })
}

/** What peft writes beside its `adapter_model.safetensors`; of another file it says nothing. */
async function readPeftConfig(file: string): Promise<{ peftConfig?: string }> {
  const config = join(dirname(file), 'adapter_config.json')
  if (basename(file) !== 'adapter_model.safetensors' || !existsSync(config)) return {}
  const bytes = await readNamed(config, peftConfigFile)
  return { peftConfig: new TextDecoder().decode(bytes) }
}

/** `npx fourstroke style delete NAME`: asks first, on a terminal; elsewhere only `--yes` deletes. */
export async function remove(name: string, { yes }: { yes?: boolean }, config: Config): Promise<void> {
  await withStudio(config, async ({ styles }, { id }) => {
    const style = await styles.find(id, name)
    if (!yes && !(await confirmed(style))) return console.log('Kept.')
    await styles.remove(id, style.id)
    console.log(`Deleted ${style.name}: its pictures, all versions and everything learned.`)
  })
}

async function confirmed({ name, pictures }: Style): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError('options/invalid', `Deleting "${name}" cannot be undone: say so with --yes.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const question = `Delete "${name}", its ${pictures} pictures, all versions and everything learned? [y/N] `
  const answer = await terminal.question(question).finally(() => terminal.close())
  return /^y(es)?$/i.test(answer.trim())
}

function print(value: Style | StyleDetail | readonly Style[]): void {
  console.log(JSON.stringify(value))
}

const quoted = (name: string) => (/^[\w.-]+$/.test(name) ? name : JSON.stringify(name))
