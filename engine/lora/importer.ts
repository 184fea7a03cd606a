import { UserError } from '../../protocol/errors.ts'
import type { ImportResult, ImportWork } from './importing.ts'
import { importStyle } from './styleFile.ts'

// Sent by `importStyleAside` alone.
process.once('message', message => process.send!(answerTo(message as ImportWork)))

function answerTo({ bytes, layout, peftConfig }: ImportWork): ImportResult {
  try {
    return { type: 'imported', style: importStyle(bytes, layout, peftConfig) }
  } catch (error) {
    if (error instanceof UserError) return { type: 'failed', error: error.payload }
    throw error
  }
}
