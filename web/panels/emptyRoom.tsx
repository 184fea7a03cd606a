import { type ReactElement, useSyncExternalStore } from 'react'
import type { Board } from '../canvas/board.ts'
import { usualFrameSide } from '../canvas/tools/frame.ts'
import { Icon } from '../controls/icons.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './emptyRoom.css'

/** For models that take any prompt. */
const usualExamples = [
  'a lighthouse at dusk, watercolour',
  'a fox asleep in tall grass, ink and wash',
  'a red house by a lake, morning mist',
  'a paper boat on a stormy sea',
]
const maxExamples = 4

export const examplesOf = (board: Board): readonly string[] =>
  board.session.entered.get()?.model.vocabulary?.examples ?? usualExamples

/** An empty desk invites: one click lays down a sheet and starts painting. */
export function EmptyRoom({ board, canEdit }: { board: Board; canEdit: boolean }): ReactElement | null {
  const isEmpty = useSyncExternalStore(board.session.onChange, () => board.session.elements.length === 0)
  useStore(board.session.entered)
  if (!isEmpty) return null
  if (!canEdit) return <div className="empty-room">{t('empty.watching')}</div>

  function begin(prompt: string) {
    const visible = board.viewport.visible()
    const box = {
      x: visible.x + visible.width / 2 - usualFrameSide / 2,
      y: visible.y + visible.height / 2 - usualFrameSide / 2,
      width: usualFrameSide,
      height: usualFrameSide,
    }
    board.insert.frame(box, { prompt })
    board.camera.showFrame(box)
    if (!prompt) board.promptFocus.update(count => count + 1)
  }

  return (
    <div className="empty-room">
      <div className="empty-sheet">
        <h2>{t('empty.title')}</h2>
        <p>{t('empty.hint')}</p>
        <div className="examples">
          {examplesOf(board)
            .slice(0, maxExamples)
            .map(prompt => (
              <button key={prompt} type="button" className="chip" onClick={() => begin(prompt)}>
                {prompt}
              </button>
            ))}
        </div>
        <button type="button" className="button primary" onClick={() => begin('')}>
          <Icon name="frame" />
          {t('empty.frame')}
        </button>
      </div>
    </div>
  )
}
