import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../logging.ts'
import type { HealthCheck } from '../studio/studio.ts'

/** Whether the program is of use now: a registry of checks that each part adds to. */
export interface Readiness {
  add(check: HealthCheck): void
  examine(): Promise<ReadinessReport>
}

/** What each check found: `ok`, or what is wrong, as a sentence. */
export interface ReadinessReport {
  readonly ok: boolean
  readonly checks: Readonly<Record<string, string>>
}

/** A check that takes longer than this does not hold. */
const patienceMs = 2_000

/** What changed since the last look is logged, so that the log says when something began to be wrong and when it ended. */
export function createReadiness(log: Log): Readiness {
  const checks: HealthCheck[] = []
  const last = new Map<string, string | null>()
  let examining: Promise<ReadinessReport> | null = null

  function note(name: string, problem: string | null): void {
    const before = last.get(name) ?? null
    last.set(name, problem)
    // Numbers in the sentence may move from one look to the next.
    if ((problem === null) === (before === null)) return
    if (problem === null) log.info({ check: name }, 'Well again')
    else log.error({ check: name, problem }, 'Not ready')
  }

  return {
    add: check => void checks.push(check),
    examine() {
      // Whoever asks while somebody is being answered gets the same answer: it may be strangers who ask.
      examining ??= examineNow().finally(() => {
        examining = null
      })
      return examining
    },
  }

  async function examineNow(): Promise<ReadinessReport> {
    const found: [string, string][] = []
    await Promise.all(
      checks.map(async ({ name, examine }, index) => {
        const problem = await problemOf(name, examine)
        note(name, problem)
        found[index] = [name, problem ?? 'ok']
      }),
    )
    return { ok: found.every(([, says]) => says === 'ok'), checks: Object.fromEntries(found) }
  }
}

/** What is wrong, or null. The message of an unexpected error may hold an address or a name, so it is not shown. */
async function problemOf(name: string, examine: HealthCheck['examine']): Promise<string | null> {
  const answered = new AbortController()
  const late = sleep(patienceMs, `The ${name} did not answer within ${patienceMs / 1000} s.`, {
    ref: false,
    signal: answered.signal,
  }).catch(() => null)
  try {
    return await Promise.race([examine(), late])
  } catch {
    return `The ${name} does not answer.`
  } finally {
    answered.abort()
  }
}
