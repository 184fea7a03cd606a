import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/studio.ts'

const root = join(import.meta.dirname, '..', '..')

test('the runtime tells nobody what it does, and leaves nothing in the temporary folder', () => {
  const { folder, remove } = temporaryFolder()
  const program = `
    import { createSession } from ${JSON.stringify(join(root, 'onnx/session.ts'))}
    await createSession(${JSON.stringify(join(root, 'test/fixtures/pipelines/today/vae_decoder/model.onnx'))})`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program]
  // Whatever this machine says about it, the program says it itself.
  const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env
  execFileSync(process.execPath, args, { env: { ...environment, TMPDIR: folder } })
  expect(readdirSync(folder).filter(name => !name.startsWith('tsx-'))).toEqual([])
  remove()
})
