import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BucketLocation } from '../../studio/objects/index.ts'
import { freePort } from './freePort.ts'
import { isHere } from './need.ts'
import { patient } from './patience.ts'

/** A server that speaks S3, on a port of its own. */
export interface ObjectStorage {
  readonly endpoint: string
  /** A new, empty bucket. */
  newBucket(): Promise<BucketLocation>
  /** Stops to answer, without ending; `goOn` takes it up again with all that was there. */
  halt(): void
  goOn(): void
  stop(): void
}

/** moto's server (PyPI), where somebody has installed it. */
const motoServer = findServer()

/** Whether tests on a bucket can run here. */
export const hasObjectStorage = (): boolean =>
  isHere(
    motoServer !== null,
    'tests on a bucket need moto’s server. Install it: `python3 -m venv node_modules/.cache/moto && node_modules/.cache/moto/bin/pip install "moto[s3]" flask flask-cors`.',
  )

/** Starts one with an empty memory. */
export async function startObjectStorage(): Promise<ObjectStorage> {
  const port = await freePort()
  const server: ChildProcess = spawn(motoServer!, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  await untilItAnswers(endpoint, server)
  let buckets = 0
  return {
    endpoint,
    async newBucket() {
      const location: BucketLocation = {
        ...{ bucket: `test${++buckets}`, prefix: '', endpoint, region: 'us-east-1', pathStyle: true },
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      }
      const made = await fetch(`${endpoint}/${location.bucket}`, { method: 'PUT', headers: signedByAnybody })
      if (!made.ok) throw new Error(`No bucket was made: ${made.status} ${await made.text()}`)
      return location
    },
    halt: () => void server.kill('SIGSTOP'),
    goOn: () => void server.kill('SIGCONT'),
    stop: () => void server.kill('SIGKILL'),
  }
}

/** Says which service is meant; nobody checks the signature. */
const signedByAnybody = {
  authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
}

function findServer(): string | null {
  const own = join(import.meta.dirname, '../../node_modules/.cache/moto/bin/moto_server')
  if (existsSync(own)) return own
  try {
    execFileSync('moto_server', ['--help'], { stdio: 'ignore' })
    return 'moto_server'
  } catch {
    return null
  }
}

async function untilItAnswers(endpoint: string, server: ChildProcess): Promise<void> {
  const endsAt = performance.now() + patient(60_000)
  while (performance.now() < endsAt && server.exitCode === null) {
    if (
      await fetch(endpoint).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await sleep(100)
  }
  throw new Error(`moto’s server did not answer at ${endpoint}`)
}
