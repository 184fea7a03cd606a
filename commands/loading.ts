import { describeLoading, type LoadingProgress } from '../engine/index.ts'

/** What takes less is not worth a word. */
const briefSeconds = 5

/** Says on standard error how far a model is loaded: each part on a line, or all on one line of a terminal. */
export function createLoadingLines(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr): {
  readonly onLoading: (progress: LoadingProgress) => void
  readonly end: () => void
} {
  let [isLong, hasLine] = [false, false]
  return {
    onLoading(progress) {
      isLong ||=
        ['resting', 'searching'].includes(progress.type) ||
        (progress.type === 'part' && progress.secondsLeft >= briefSeconds)
      if (!isLong) return
      const text = describeLoading(progress)
      const line = `${text[0]!.toUpperCase()}${text.slice(1)} …`
      hasLine = stream.isTTY
      stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    },
    end() {
      if (hasLine) stream.write('\r\x1b[K')
      hasLine = false
    },
  }
}
