import { createHash } from 'node:crypto'
import { extname, join } from 'node:path'
import type { Config } from '../config.ts'
import type { Rgb } from '../engine/types/engine.ts'
import { describeDuration } from '../protocol/durations.ts'
import { errorText, UserError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import type { Picture, PictureEvent, PictureId, Studio } from '../studio/studio.ts'
import { checkOutput, checkOutputFolder, writeNamed } from './files.ts'
import { type ImagineOptions, type NamedImages, readImages, readOptions } from './imagineOptions.ts'
import { onInterrupt } from './interrupt.ts'
import { withStudio } from './opened.ts'
import { progressBar } from './progressBar.ts'

/** Paints from the command line, through the same studio as everyone else, and writes PNG files that carry their recipe. */
export async function imagine(prompt: string, options: ImagineOptions, config: Config): Promise<void> {
  // What cannot be read or written is known before the engine starts.
  const images = await readImages(options)
  const { out, count = 1, previews } = options
  for (let index = 0; index < Math.min(count, limits.maxPicturesAtOnce); index++) {
    await checkOutput(outFile(out, index, count))
  }
  if (previews !== undefined) await checkOutputFolder(previews)
  await withStudio(config, async studio => {
    const pictures = await paint(studio, prompt, { ...options, images })
    const reports = await Promise.all(
      pictures.map(async picture => {
        const { png, report } = await save(studio, picture, outFile(options.out, picture.index, pictures.length))
        if (options.previews) await writeNamed(stepFile(options.previews, picture.index, picture.recipe.steps), png)
        return report
      }),
    )
    if (options.json) console.log(JSON.stringify({ ...reports[0], pictures: reports }))
    else
      for (const report of reports) console.log(`${report.out}  seed ${report.seed}  ${Math.round(report.totalMs)} ms`)
  })
}

async function paint(
  studio: Studio,
  prompt: string,
  options: ImagineOptions & { readonly images: NamedImages },
): Promise<Picture[]> {
  const { previews } = options
  const person = await studio.people.fromCommandLine()
  const picture = await readOptions(studio, person.id, prompt, options)

  const { job, pictures } = await studio.pictures.request(person.id, 'commandLine', picture)
  await sayUnderstood(studio, pictures[0]!)
  const forget = onInterrupt(() => studio.pictures.cancel(job, person.id))
  try {
    return await follow(studio, job, pictures, previews)
  } finally {
    forget()
    progressBar(null)
  }
}

function follow(studio: Studio, job: Picture['job'], pictures: readonly Picture[], previews: string | undefined) {
  const index = new Map<PictureId, number>(pictures.map(picture => [picture.id, picture.index]))
  const stepsDone = new Map<PictureId, number>()
  const ended: Picture[] = []
  const writing: Promise<unknown>[] = []
  return new Promise<Picture[]>((resolve, reject) => {
    const stop = studio.pictures.watch(job, onEvent, { previews: previews !== undefined })
    function onEvent(event: PictureEvent): void {
      // What is behind the first one in the queue is told of it too.
      if (event.type === 'started' && stepsDone.size === 0) sayHowLong(event.leftMs * pictures.length)
      if (event.type === 'started') stepsDone.set(event.picture, 0)
      if (event.type === 'stepped') {
        stepsDone.set(event.picture, event.step)
        const share = [...stepsDone.values()].reduce((sum, step) => sum + step, 0) / (event.steps * pictures.length)
        const left =
          pictures.length > 1 || event.leftMs < briefMs ? undefined : `about ${describeDuration(event.leftMs)} left`
        progressBar(share, left)
        // The last step is the picture itself, which the engine does not send twice.
        if (previews && event.preview && event.step < event.steps) {
          writing.push(writePng(stepFile(previews, index.get(event.picture)!, event.step), event.preview))
        }
      } else if (event.type === 'ended') {
        ended.push(event.picture)
        if (ended.length < pictures.length) return
        // `watch` may tell of the last end before it has returned.
        queueMicrotask(() => stop())
        const lost = ended.find(picture => picture.state !== 'finished')
        if (lost)
          reject(
            new UserError(
              'picture/unfinished',
              lost.failure ? errorText(lost.failure) : 'Cancelled; nothing was written.',
            ),
          )
        else Promise.all(writing).then(() => resolve(ended.sort((a, b) => a.index - b.index)), reject)
      }
    }
  })
}

/** What the model makes of the prompt, where that is something else, and what of it nothing. */
async function sayUnderstood({ readPrompt }: Studio, { recipe }: Picture): Promise<void> {
  const { unknownWords, unread } = await readPrompt(recipe.prompt)
  if (recipe.understoodAs) console.error(`Understood as “${recipe.understoodAs}”.`)
  const quoted = unknownWords.map(word => `“${word}”`).join(', ')
  if (quoted) console.error(`This model does not know ${quoted}. It paints the rest.`)
  if (unread) console.error(`The prompt is longer than the model reads: it leaves out “${unread}”.`)
}

/** What takes less is not worth a word. */
const briefMs = 5_000

function sayHowLong(ms: number): void {
  if (ms >= briefMs) console.error(`About ${describeDuration(ms)} here.`)
}

/** sharp is loaded when it is needed, so that the engine starts before it. */
async function writePng(file: string, { data, width, height }: Rgb): Promise<void> {
  const { default: sharp } = await import('sharp')
  const raw = { width, height, channels: 3 } as const
  await writeNamed(file, await sharp(data, { raw }).png().toBuffer())
}

/** Writes one picture, and tells what `--json` says of it. `sha256` is over the raw RGB bytes, row by row. */
async function save(studio: Studio, picture: Picture, out: string) {
  const png = picture.file && (await studio.pictures.files.read(picture.file))
  if (!png || !picture.output) throw new UserError('picture/missing')
  await writeNamed(out, png)
  const { default: sharp } = await import('sharp')
  const rgb = await sharp(png).removeAlpha().raw().toBuffer()
  const { recipe, output } = picture
  const report = {
    out,
    ...recipe,
    timesteps: output.timesteps,
    sha256: createHash('sha256').update(rgb).digest('hex'),
    device: output.device,
    encodeMs: output.encodeMs,
    stepMs: output.stepMs,
    decodeMs: output.decodeMs,
    totalMs: output.totalMs,
    peakRssBytes: output.peakRssBytes,
  }
  return { png, report }
}

function stepFile(folder: string, index: number, step: number): string {
  return join(folder, `${index}-step${step}.png`)
}

/** `out.png` for one picture; `out-1.png`, `out-2.png`, … for several. */
function outFile(out: string, index: number, count: number): string {
  if (count === 1) return out
  const ending = extname(out)
  return `${out.slice(0, out.length - ending.length)}-${index + 1}${ending}`
}
