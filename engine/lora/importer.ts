/** The process of `importing.ts`: one file, one answer. */
import { EngineRefusal } from '../types/engine.ts'
import type { ImportAnswer, ImportWork } from './importing.ts'
import { importStyle } from './styleFile.ts'

// Sent by `importStyleAside` alone.
process.once('message', message => process.send!(answerTo(message as ImportWork)))

function answerTo({ bytes, layout }: ImportWork): ImportAnswer {
  try {
    return { type: 'imported', style: importStyle(bytes, layout) }
  } catch (error) {
    if (error instanceof EngineRefusal) return { type: 'refused', code: error.code, words: error.message }
    throw error
  }
}
