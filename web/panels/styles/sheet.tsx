import { type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import type { Board } from '../../canvas/board.ts'
import { IconButton, Sheet } from '../../controls/controls.tsx'
import { Icon } from '../../controls/icons.tsx'
import { useTask } from '../../controls/task.ts'
import { loadMe } from '../../room/account.ts'
import { forget, readPictures } from '../../room/pictures.ts'
import { addPictures, importStyle, loadStyles, shownStyles } from '../../room/styles.ts'
import { useStore } from '../../store/store.ts'
import { listText } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import { LearnStyle } from './learnStyle.tsx'
import { StyleList } from './list.tsx'
import { draft, stylesPage } from './page.ts'
import { StylePage, StyleTitle } from './style.tsx'
import './section.css'
import './sheet.css'

/** Everything about personal styles: mine and those shared with me, teaching a new one, and one style by itself. */
export function StylesSheet({ board }: { board: Board | null }): ReactElement | null {
  const page = useStore(stylesPage)
  const task = useTask()
  const isOpen = page !== null
  const { showError } = task
  useEffect(() => stylesPage.subscribe(() => showError(null)), [showError])

  const start = useEffectEvent(() => task.run(() => Promise.all([loadMe(), loadStyles()])))
  useEffect(() => {
    if (isOpen) void start()
  }, [isOpen])

  /** Pictures are something to learn from, a style file is a style, wherever on the sheet they come. */
  const take = (files: readonly File[]) =>
    task.run(async () => {
      const file = files.find(one => /\.safetensors$/i.test(one.name))
      if (file) return stylesPage.set({ type: 'style', id: (await importStyle(file)).id })
      const { pictures, unusable } = await readPictures(files)
      if (page?.type === 'style') {
        if (shownStyles.get().get(page.id)?.isMine)
          await addPictures(page.id, pictures).finally(() => pictures.forEach(forget))
      } else {
        const known = new Set(draft.get().pictures.map(one => one.key))
        const fresh = pictures.filter(one => !known.has(one.key))
        for (const twice of pictures) if (!fresh.includes(twice)) forget(twice)
        draft.update(before => ({ ...before, pictures: [...before.pictures, ...fresh] }))
        if (pictures.length > 0) stylesPage.set({ type: 'create' })
      }
      if (unusable.length > 0) task.showError(unusableText(unusable))
    })
  const isOver = useFiles(isOpen, take)

  if (!page) return null
  const close = () => stylesPage.set(null)
  const back = <IconButton icon="left" label={t('styles.all')} onClick={() => stylesPage.set({ type: 'list' })} />
  return (
    <Sheet
      title={t('styles.title')}
      className="styles-dialog"
      page={page.type === 'style' ? page.id : page.type}
      onClose={close}
      lead={
        <div className="sheet-lead">
          {page.type !== 'list' && back}
          {page.type === 'style' ? <StyleTitle key={page.id} id={page.id} /> : <h2>{t(titles[page.type])}</h2>}
        </div>
      }
    >
      <div className="styles-page" key={page.type}>
        <p className="problem" role="alert">
          {task.problem}
        </p>
        {page.type === 'list' && <StyleList onFiles={take} />}
        {page.type === 'create' && <LearnStyle onFiles={take} />}
        {page.type === 'style' && <StylePage key={page.id} id={page.id} board={board} onFiles={take} />}
      </div>
      {isOver && (
        <div className="styles-drop">
          <Icon name="download" size={32} />
          {t(page.type === 'style' ? 'styles.dropOnStyle' : 'styles.drop')}
        </div>
      )}
    </Sheet>
  )
}

const titles = { list: 'styles.title', create: 'styles.teach' } as const

function unusableText(names: readonly string[]): string {
  const listed = listText(names.slice(0, 3).map(name => t('styles.quoted', { name })))
  if (names.length <= 3) return t('styles.unreadable', { names: listed })
  return t('styles.unreadableMore', { names: listed, count: names.length - 3 })
}

/** Files that are dropped anywhere or pasted while the sheet is open; says whether some hang in the air. */
function useFiles(isOpen: boolean, onFiles: (files: readonly File[]) => void): boolean {
  const [isOver, setOver] = useState(false)
  const receive = useEffectEvent((data: DataTransfer | null) => {
    const files = [...(data?.files ?? [])]
    if (files.length > 0) onFiles(files)
  })
  useEffect(() => {
    if (!isOpen) return
    const stop = new AbortController()
    const { signal } = stop
    const over = (event: DragEvent) => {
      event.preventDefault()
      setOver(event.dataTransfer?.types.includes('Files') ?? false)
    }
    addEventListener('dragover', over, { signal })
    addEventListener('dragleave', event => event.relatedTarget === null && setOver(false), { signal })
    const drop = (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      receive(event.dataTransfer)
    }
    addEventListener('drop', drop, { signal })
    addEventListener('paste', event => receive(event.clipboardData), { signal })
    return () => stop.abort()
  }, [isOpen])
  return isOver
}
