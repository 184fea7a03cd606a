import { type ReactElement, Suspense } from 'react'
import type { Board } from '../../canvas/board.ts'
import { later } from '../../controls/later.ts'
import { useStore } from '../../store/store.ts'
import { stylesPage } from './page.ts'

const Sheet = later(async () => (await import('./sheet.tsx')).StylesSheet)

/** The sheet about styles, loaded when somebody opens it. */
export function StylesSheet({ board }: { board: Board | null }): ReactElement | null {
  const page = useStore(stylesPage)
  return (
    page && (
      <Suspense>
        <Sheet board={board} />
      </Suspense>
    )
  )
}
