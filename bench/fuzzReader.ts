import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { importStyle } from '../engine/lora/styleFile.ts'
import { decodeModel, encodeModel } from '../onnx/codec.ts'
import { UserError } from '../protocol/errors.ts'
import { readImage } from '../studio/images/imageCodec.ts'
import { readLayout } from '../test/engine/lora/fixtures.ts'
import { createMutator } from './fuzzBytes.ts'

/** What a process of `fuzz.ts` is to read, and what it answers again and again. */
export type FuzzKind = 'safetensors' | 'onnx' | 'images'
export interface FuzzWork {
  readonly kind: FuzzKind
  readonly files: number
  readonly seed: number
}
export interface FuzzAnswer {
  readonly done: number
  readonly taken: number
  readonly refused: number
  /** Errors that nobody means for people, each once. */
  readonly bugs: readonly string[]
}

interface Reader {
  readonly whole: readonly Uint8Array[]
  read(bytes: Uint8Array): unknown
  isRefusal(error: unknown): boolean
}

const fixtures = join(import.meta.dirname, '..', 'test', 'fixtures')
const isUserError = (error: unknown) => error instanceof UserError
const answerEvery = 100

const readers: Record<FuzzKind, () => Promise<Reader>> = {
  async safetensors() {
    const layout = readLayout('layout.json')
    const names = ['peft', 'diffusers', 'kohya']
    const whole = names.map(name => readFileSync(join(fixtures, 'styles', `${name}.safetensors`)))
    return { whole, read: bytes => importStyle(bytes, layout), isRefusal: isUserError }
  },
  async onnx() {
    const file = join(fixtures, 'pipelines', 'today', 'vae_decoder', 'model.onnx')
    // Models are named by whoever runs the program: an error with a sentence of ours is as good as a refusal.
    const isSentence = (error: unknown) =>
      error instanceof Error && (error.constructor === Error || /^Expected /.test(error.message))
    return { whole: [readFileSync(file)], read: bytes => encodeModel(decodeModel(bytes)), isRefusal: isSentence }
  },
  async images() {
    const create = { width: 40, height: 30, channels: 4, background: '#20a0f080' } as const
    const picture = sharp({ create })
    const whole = [await picture.png().toBuffer(), await picture.jpeg().toBuffer(), await picture.webp().toBuffer()]
    return { whole, read: readImage, isRefusal: isUserError }
  },
}

process.once('message', async message => {
  // Sent by `fuzz.ts` alone.
  const { kind, files, seed } = message as FuzzWork
  const { whole, read, isRefusal } = await readers[kind]()
  const { choose, mutate } = createMutator(seed)
  const bugs = new Set<string>()
  let taken = 0
  let refused = 0
  for (let done = 1; done <= files; done++) {
    try {
      await read(mutate(choose(whole)))
      taken++
    } catch (error) {
      refused++
      if (!isRefusal(error)) bugs.add(String(error))
    }
    if (done % answerEvery === 0 || done === files) {
      await new Promise(resolve =>
        process.send!({ done, taken, refused, bugs: [...bugs] } satisfies FuzzAnswer, resolve),
      )
    }
  }
  process.disconnect()
})
