import { type ReactElement, useRef, useState } from 'react'
import { saveBlob } from '../../browser/features.ts'
import type { Board } from '../../canvas/board.ts'
import { type Excerpt, pngOf, scaleFor, svgOf } from '../../canvas/drawingExport.ts'
import { contactSheetOf } from '../../canvas/exporting/contactSheet.ts'
import { type ExportScope, excerptFor, frameFor } from '../../canvas/exporting/excerpts.ts'
import { openDrawing } from '../../canvas/exporting/openDrawing.ts'
import { drawingAsJson } from '../../canvas/exporting/saveDrawing.ts'
import { Sheet } from '../../controls/controls.tsx'
import { Icon } from '../../controls/icons.tsx'
import { RadioGroup } from '../../controls/radioGroup.tsx'
import { useTask } from '../../controls/task.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import './sheet.css'

/** Pixels on a scene unit. */
const scales = [1, 2, 4] as const

/** A frame, what is selected, or the whole room as a file; and such a file back into this room. */
export function ExportSheet(props: { board: Board; canEdit: boolean; onClose: () => void }): ReactElement {
  const { board, canEdit, onClose } = props
  const { session } = board
  const frame = frameFor(board)
  const selected = useStore(board.selection.ids).size
  const [scope, setScope] = useState<ExportScope>(selected > 1 ? 'selection' : frame ? 'frame' : 'room')
  const task = useTask()
  const allResults = useStore(session.results)
  const results = (frame && allResults.get(frame.id)) ?? []
  const roomName = useStore(session.name)
  const name = fileName(scope === 'frame' && frame ? frame.prompt || frame.name : roomName)

  function save(make: (excerpt: Excerpt) => Promise<Blob> | Blob, ending: string): void {
    void task.run(async () => {
      const excerpt = excerptFor(board, scope)
      if (!excerpt) return task.showError(t('export.nothing'))
      saveBlob(await make(excerpt), `${name}.${ending}`)
    })
  }
  function savePng(excerpt: Excerpt, wanted: number): Promise<Blob> {
    const scale = scaleFor(excerpt.box, wanted)
    if (scale < wanted) task.showError(t('export.smaller', { scale }))
    return pngOf(board, excerpt, scale)
  }

  const scopes: readonly { scope: ExportScope; label: string; isThere: boolean }[] = [
    { scope: 'frame', label: t(frame ? 'export.thisFrame' : 'export.frame'), isThere: frame !== null },
    { scope: 'selection', label: t('export.selection'), isThere: selected > 0 },
    { scope: 'room', label: t('export.room'), isThere: true },
  ]
  return (
    <Sheet title={t('export.title')} onClose={onClose} className="export-sheet">
      <RadioGroup label={t('export.scope')} className="export-scopes">
        {scopes.map(one => (
          // biome-ignore lint/a11y/useSemanticElements: a choice is a button that belongs to a radio group
          <button
            key={one.scope}
            type="button"
            className="button"
            role="radio"
            aria-checked={one.scope === scope}
            disabled={!one.isThere}
            onClick={() => setScope(one.scope)}
          >
            {one.label}
          </button>
        ))}
      </RadioGroup>
      <div className="export-kinds" aria-busy={task.isBusy}>
        {scales.map(scale => (
          <SaveButton
            key={scale}
            label={`PNG ${scale}×`}
            isBusy={task.isBusy}
            onSave={() => save(one => savePng(one, scale), 'png')}
          />
        ))}
        <SaveButton
          label="SVG"
          isBusy={task.isBusy}
          onSave={() => save(one => new Blob([svgOf(board, one)], { type: 'image/svg+xml' }), 'svg')}
        />
        <SaveButton label="JSON" isBusy={task.isBusy} onSave={() => save(one => drawingAsJson(board, one), 'json')} />
        {results.length > 0 && (
          <SaveButton
            label={t('export.contactSheet')}
            isBusy={task.isBusy}
            onSave={() =>
              void task.run(async () =>
                saveBlob(await contactSheetOf(results), `${fileName(frame!.prompt)}-history.png`),
              )
            }
          />
        )}
      </div>
      <p className="hint">{t(frame ? 'export.ofThisFrame' : 'export.ofAFrame')}</p>
      <p className="problem" role="alert">
        {task.problem}
      </p>
      {canEdit && <OpenButton board={board} onOpened={onClose} />}
    </Sheet>
  )
}

function SaveButton(props: { label: string; isBusy: boolean; onSave: () => void }): ReactElement {
  return (
    <button type="button" className="button" disabled={props.isBusy} onClick={props.onSave}>
      <Icon name="download" size={18} />
      {props.label}
    </button>
  )
}

function OpenButton({ board, onOpened }: { board: Board; onOpened: () => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className="export-open">
      <button type="button" className="button quiet" onClick={() => input.current?.click()}>
        <Icon name="upload" size={18} />
        {t('export.open')}
      </button>
      <span className="hint">{t('export.drop')}</span>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        onChange={event => {
          const [file] = event.target.files ?? []
          event.target.value = ''
          if (file) void openDrawing(board, file).then(onOpened)
        }}
      />
    </div>
  )
}

const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60) || 'fourstroke'
