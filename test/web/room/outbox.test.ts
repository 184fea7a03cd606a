import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OperationBatch, OperationsStored, Reply } from '../../../protocol/events.ts'
import { createOutbox } from '../../../web/room/outbox.ts'

/** An outbox over a queue of batches; what it emits is answered by the test. */
function open(...waiting: OperationBatch[]) {
  const emitted: { batch: OperationBatch; answer: (reply: Reply<OperationsStored>) => void }[] = []
  const rejected: string[] = []
  const line = { isConnected: true, answers: 0 }
  const outbox = createOutbox(
    {
      nextBatch: () => waiting.shift() ?? null,
      answered(batch, reply) {
        if (reply.ok) return { retry: false, rejected: reply.value.rejected.map(({ error }) => error) }
        waiting.unshift(batch)
        return { retry: true, rejected: [] }
      },
    },
    {
      isConnected: () => line.isConnected,
      emit: (batch, answer) => emitted.push({ batch, answer }),
      onRejected: message => rejected.push(message),
      onAnswered: () => {
        line.answers++
      },
    },
  )
  return { outbox, emitted, rejected, line, waiting }
}
const batch = (seq: number): OperationBatch => ({ seq, operations: [] })
const done: Reply<OperationsStored> = { ok: true, value: { clock: 1, rejected: [] } }
const seqs = (emitted: readonly { batch: OperationBatch }[]) => emitted.map(({ batch }) => batch.seq)

describe('the outbox', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('sends all that may go, and goes on when one batch is answered', () => {
    const { outbox, emitted, waiting, line } = open(batch(1), batch(2))
    outbox.send()
    expect(seqs(emitted)).toEqual([1, 2])
    waiting.push(batch(3))
    emitted[0]!.answer(done)
    expect(seqs(emitted)).toEqual([1, 2, 3])
    expect(line.answers).toBe(1)
  })

  test('lets ink gather for a moment before it goes', () => {
    const { outbox, emitted, waiting } = open(batch(1))
    outbox.sendSoon()
    outbox.sendSoon()
    waiting.push(batch(2))
    expect(emitted).toEqual([])
    vi.advanceTimersByTime(40)
    expect(seqs(emitted)).toEqual([1, 2])
  })

  test('sends again, after a pause, what could not be stored for the moment', () => {
    const { outbox, emitted } = open(batch(1))
    outbox.send()
    emitted[0]!.answer({ ok: false, error: { code: 'room/fast', message: 'Slower.' } })
    expect(emitted).toHaveLength(1)
    vi.advanceTimersByTime(500)
    expect(seqs(emitted)).toEqual([1, 1])
  })

  test('says what the server did not take', () => {
    const { outbox, emitted, rejected } = open(batch(1))
    outbox.send()
    emitted[0]!.answer({
      ok: true,
      value: { clock: 1, rejected: [{ index: 0, error: { code: 'element/full', message: 'The room is full.' } }] },
    })
    expect(rejected).toEqual(['The room is full.'])
  })

  test('holds everything back while the line is down, and after it is closed', () => {
    const { outbox, emitted, line, waiting } = open(batch(1))
    line.isConnected = false
    outbox.send()
    expect(waiting).toHaveLength(1)
    line.isConnected = true
    outbox.sendSoon()
    outbox.dispose()
    vi.advanceTimersByTime(1_000)
    expect(emitted).toEqual([])
  })
})
