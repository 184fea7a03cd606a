/** A bar on a terminal, nothing elsewhere; null wipes it. `done` is a share, 0 … 1. */
export function progressBar(done: number | null, label = ''): void {
  if (!process.stderr.isTTY) return
  const width = 28
  const filled = Math.round((done ?? 0) * width)
  const bar =
    done === null ? '' : `  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${Math.round(done * 100)} %  ${label}`
  process.stderr.write(`\r\x1b[K${bar}`)
}
