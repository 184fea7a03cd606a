/** The thread of one student (`studentThread.ts`): opens it, computes gradients one after the other, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { readModelFolder } from '../pipeline/modelFolder.ts'
import { createPaintContext } from '../pipeline/paintContext.ts'
import { openStudent } from './student.ts'
import type { FromStudent, StudentThreadData, ToStudent } from './studentThread.ts'

const { modelFolder, folderOptions, ...options } = workerData as StudentThreadData // it is started by that file alone
const answer = (message: FromStudent) => parentPort!.postMessage(message)

const folder = await readModelFolder(modelFolder, folderOptions)
const { scheduler } = createPaintContext(folder)
const student = await openStudent({ ...options, folder, scheduler })

// An error is thrown on, out of this thread, to whoever waits for the answer.
parentPort!.on('message', async (message: ToStudent) => {
  if (message.type === 'release') {
    await student.release()
    answer({ type: 'released' })
  } else {
    const { samples, targets, adapter } = message
    answer({ type: 'gradient', ...(await student.gradient(samples, targets, adapter)) })
  }
})
answer({ type: 'opened' })
