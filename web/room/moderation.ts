import type { ReportShown, StopShown } from '../../protocol/http.ts'
import { createStore } from '../store/store.ts'
import { request } from './http.ts'

/** What operators see: open reports, oldest first, and what is stopped, newest first; null until they were asked for. */
export const reports = createStore<readonly ReportShown[] | null>(null)
export const stops = createStore<readonly StopShown[] | null>(null)

/** Tells the operators of this studio. */
export const report = (kind: ReportShown['kind'], subject: string, reason: string): Promise<null> =>
  request('POST', '/api/reports', { kind, subject, reason })

export async function loadModeration(): Promise<void> {
  const [open, standing] = await Promise.all([
    request<ReportShown[]>('GET', '/api/reports'),
    request<StopShown[]>('GET', '/api/stops'),
  ])
  reports.set(open)
  stops.set(standing)
}

type Stopped = Pick<StopShown, 'kind' | 'subject'>

export async function stop({ kind, subject }: Stopped, reason: string): Promise<void> {
  await request('POST', '/api/stops', { kind, subject, reason })
  await loadModeration()
}
export async function resume({ kind, subject }: Stopped): Promise<void> {
  await request('DELETE', '/api/stops', { kind, subject })
  await loadModeration()
}
export async function closeReport(id: string): Promise<void> {
  await request('DELETE', `/api/reports/${encodeURIComponent(id)}`)
  await loadModeration()
}
