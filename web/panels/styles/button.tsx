import type { ReactElement } from 'react'
import { IconButton } from '../../controls/controls.tsx'
import { learnings } from '../../room/learnings.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { stylesPage } from './page.ts'
import './button.css'

/** Opens the styles; a dot says that one is being learned. */
export function StylesButton({ onOpen }: { onOpen?: () => void }): ReactElement {
  const isAnyLearning = useStore(learnings).size > 0
  return (
    <span className="styles-button">
      <IconButton
        icon="style"
        label={t(isAnyLearning ? 'styles.learning' : 'styles.button')}
        aria-haspopup="dialog"
        onClick={() => {
          onOpen?.()
          stylesPage.set({ type: 'list' })
        }}
      />
      {isAnyLearning && <i className="learning-dot" />}
    </span>
  )
}
