/** Measures what the networks take while they work, and keeps it for the next start of the same model on this device. */
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LatentSize, Pipeline } from '../pipeline/pipeline.ts'
import { type Measurements, nothingMeasured, withDecode, withStep } from '../types/measurements.ts'

export interface Meter {
  /** What was measured in earlier runs of the same model on this device. */
  recall(earlier: Measurements): void
  /** A pipeline whose calls are measured. */
  measuring(pipeline: Pipeline): Pipeline
  /** The model is loaded, and nothing has been painted: what more there is in memory later is what calls need. */
  onLoaded(): void
  measurements(): Measurements
}

export function createMeter(): Meter {
  let known = nothingMeasured

  return {
    measurements: () => known,
    recall(earlier) {
      const isNew = (one: { pixels: number; rows?: number }, now: readonly { pixels: number; rows?: number }[]) =>
        !now.some(({ pixels, rows }) => pixels === one.pixels && rows === one.rows)
      const steps = earlier.steps.filter(one => isNew(one, known.steps))
      const decodes = earlier.decodes.filter(one => isNew(one, known.decodes))
      known = { ...known, steps: [...steps, ...known.steps], decodes: [...decodes, ...known.decodes] }
    },
    onLoaded() {
      forgetPeak()
      known = { ...known, loadedBytes: privateBytes()?.now ?? null }
    },
    measuring(pipeline) {
      const pixelsOf = ({ width, height }: LatentSize) => width * height * pipeline.folder.spatialFactor ** 2
      return {
        ...pipeline,
        async predict(rows, size, batch) {
          const began = performance.now()
          const outputs = await pipeline.predict(rows, size, batch)
          const ms = performance.now() - began
          const call = { pixels: pixelsOf(size), rows: Math.max(rows.length, batch), ms }
          known = withStep(known, { ...call, bytes: gainedBytes(known.loadedBytes) })
          return outputs
        },
        async decode(latents, size, batch) {
          const began = performance.now()
          const pictures = await pipeline.decode(latents, size, batch)
          const rows = Math.max(latents.length, batch)
          known = withDecode(known, { pixels: pixelsOf(size), ms: (performance.now() - began) / rows })
          return pictures
        },
      }
    },
  }
}

/** The most that this process has had for itself, beyond what the model takes. */
function gainedBytes(loadedBytes: number | null): number | null {
  const bytes = privateBytes()
  return bytes === null || loadedBytes === null ? null : Math.max(0, bytes.most - loadedBytes)
}

/** Memory of this process's own in bytes, without the files that it maps: now, and at most. Linux alone tells. */
function privateBytes(): { readonly now: number; readonly most: number } | null {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    const bytesOf = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024
    const now = bytesOf('RssAnon')
    return { now, most: Math.max(now, bytesOf('VmHWM') - bytesOf('RssFile')) }
  } catch {
    return null
  }
}

/** The most that there was so far was of loading. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Then too much is expected of the calls rather than too little.
  }
}

/** What is kept beside the cache's other files: of each model and device, by what they are. */
export interface MeasurementFile {
  read(key: string): Promise<Measurements>
  write(key: string, measurements: Measurements): Promise<void>
}

const maxModels = 20

export function openMeasurementFile(folder: string): MeasurementFile {
  const file = join(folder, 'measurements.json')
  const readAll = async (): Promise<Record<string, Measurements>> => {
    try {
      // Only `write` below writes it.
      return JSON.parse(await readFile(file, 'utf8')) as Record<string, Measurements>
    } catch {
      return {} // none yet, or damaged: it is measured again
    }
  }
  return {
    read: async key => (await readAll())[key] ?? nothingMeasured,
    async write(key, measurements) {
      try {
        const others = Object.entries(await readAll()).filter(([name]) => name !== key)
        const latest = Object.fromEntries([...others, [key, measurements]].slice(-maxModels))
        const unfinished = `${file}.${process.pid}`
        await writeFile(unfinished, JSON.stringify(latest))
        await rename(unfinished, file)
      } catch {
        // It is measured again next time.
      }
    },
  }
}
