import { UserError } from '../../protocol/errors.ts'
import type { ImportAnswer, ImportWork } from './importing.ts'
import { importStyle } from './styleFile.ts'

// Sent by `importStyleAside` alone.
process.once('message', message => process.send!(answerTo(message as ImportWork)))

function answerTo({ bytes, layout, peftConfig }: ImportWork): ImportAnswer {
  try {
    return { type: 'imported', style: importStyle(bytes, layout, peftConfig) }
  } catch (error) {
    if (error instanceof UserError) return { type: 'failed', error: error.payload }
    throw error
  }
}
