import { type ReactElement, useEffect, useRef, useState } from 'react'
import { saveBlob } from '../../browser/features.ts'
import { type ClipProgress, makeClip, NoWebpError } from '../../canvas/replay/clip.ts'
import type { Replay } from '../../canvas/replay/replay.ts'
import { Icon } from '../../controls/icons.tsx'
import { useTask } from '../../controls/task.ts'
import { durationText, percentText } from '../../text/format.ts'
import { t } from '../../text/t.ts'

/** Pixels of a clip's longer side. */
const maxSide = 720

/** Makes the animated WebP here in the browser, says how long it will take, and can be stopped. */
export function ClipButton(props: { replay: Replay; seconds: number; name: string }): ReactElement {
  const { replay, seconds, name } = props
  const task = useTask()
  const [progress, setProgress] = useState<ClipProgress | null>(null)
  const making = useRef<AbortController | null>(null)
  useEffect(() => () => making.current?.abort(), [])

  function save(): void {
    const stopping = new AbortController()
    making.current = stopping
    void task.run(async () => {
      try {
        const source = replay.clipSource(maxSide)
        const clip = await makeClip(source, { seconds, signal: stopping.signal, onProgress: setProgress })
        saveBlob(clip, `${fileName(name)}-${seconds}s.webp`)
      } catch (error) {
        if (stopping.signal.aborted) return
        if (error instanceof NoWebpError) return task.showError(t('replay.noWebp'))
        throw error
      } finally {
        setProgress(null)
      }
    })
  }

  if (!task.isBusy) {
    return (
      <div className="replay-clip">
        <button type="button" className="button primary" onClick={save}>
          <Icon name="download" size={18} />
          {t('replay.save')}
        </button>
        {task.problem && (
          <p className="problem" role="alert">
            {task.problem}
          </p>
        )}
      </div>
    )
  }
  return (
    <div className="replay-clip" aria-busy>
      <progress max={1} value={progress?.share ?? 0} aria-label={t('replay.save')} />
      <span className="hint">{progressText(progress)}</span>
      <button type="button" className="button" onClick={() => making.current?.abort()}>
        {t('replay.cancel')}
      </button>
    </div>
  )
}

function progressText(progress: ClipProgress | null): string {
  if (!progress || progress.leftMs === null) return t('replay.measuring')
  return t('replay.making', { percent: percentText(progress.share), left: durationText(progress.leftMs) })
}

const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60) || 'fourstroke'
