const slowness = Number(process.env['FOURSTROKE_SLOWNESS'] ?? 1)

/** How long to wait for something that takes at most `ms` on a quiet machine: as much longer as this one is slower now. */
export function patient(ms: number): number {
  return ms * slowness
}
