import { type ReactElement, useRef } from 'react'
import type { StyleSummary } from '../../../protocol/styles.ts'
import { Icon } from '../../controls/icons.tsx'
import { useTask } from '../../controls/task.ts'
import { forgetDefaultStyle, me } from '../../room/account.ts'
import { styles } from '../../room/styles.ts'
import { useStore } from '../../store/store.ts'
import { errorMessage, t } from '../../text/t.ts'
import { StyleCard } from './card.tsx'
import { stylesPage } from './page.ts'
import { FannedSheets } from './tray.tsx'
import './list.css'

/** My styles and those that others share; where there is none yet, how to come by one. */
export function StyleList({ onFiles }: { onFiles: (files: readonly File[]) => void }): ReactElement {
  const all = useStore(styles)
  const error = useStore(me)?.stylesError ?? null
  const maxOwn = useStore(me)?.limits.stylesPerPerson
  const mine = all?.filter(style => style.isMine) ?? []
  const shared = all?.filter(style => !style.isMine) ?? []
  if (error) {
    return (
      <div className="styles-empty">
        <FannedSheets />
        <h3>{t('styles.none')}</h3>
        <p>{errorMessage(error)}</p>
      </div>
    )
  }
  return (
    <>
      <LostDefault />
      {all && mine.length === 0 ? (
        <div className="styles-empty">
          <FannedSheets />
          <h3>{t('styles.invitation')}</h3>
          <p>{t('styles.invitationText')}</p>
          <Beginnings onFiles={onFiles} />
        </div>
      ) : (
        <>
          <div className="styles-actions">
            <Beginnings onFiles={onFiles} />
            {all && maxOwn !== undefined && (
              <span className="hint push">{t('styles.count', { count: mine.length, max: maxOwn })}</span>
            )}
          </div>
          <Section title={t('styles.yours')} styles={mine} />
        </>
      )}
      <Section title={t('styles.shared')} styles={shared} />
    </>
  )
}

/** Said until they choose another, or none. */
function LostDefault(): ReactElement | null {
  const problem = useStore(me)?.defaultStyleProblem
  const task = useTask()
  if (!problem) return null
  return (
    <div className="lost-default" role="status">
      <p>
        {problem.name === null
          ? t('styles.lostDefault', { problem: errorMessage(problem.error) })
          : t('styles.lostDefaultNamed', { name: problem.name, problem: errorMessage(problem.error) })}
      </p>
      <button type="button" className="button" onClick={() => task.run(forgetDefaultStyle)}>
        {t('styles.noDefault')}
      </button>
      {task.problem}
    </div>
  )
}

function Section({ title, styles }: { title: string; styles: readonly StyleSummary[] }): ReactElement | null {
  if (styles.length === 0) return null
  return (
    <section className="style-section" aria-label={title}>
      <h3>{title}</h3>
      <ul className="style-grid">
        {styles.map(style => (
          <li key={style.id}>
            <StyleCard style={style} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Beginnings({ onFiles }: { onFiles: (files: readonly File[]) => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className="styles-actions">
      <button type="button" className="button primary" onClick={() => stylesPage.set({ type: 'create' })}>
        <Icon name="plus" />
        {t('styles.teach')}
      </button>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <Icon name="upload" size={18} />
        {t('styles.import')}
      </button>
      <input
        ref={input}
        type="file"
        aria-label={t('styles.importFile')}
        accept=".safetensors"
        hidden
        onChange={event => {
          const files = [...(event.target.files ?? [])]
          event.target.value = ''
          onFiles(files)
        }}
      />
    </div>
  )
}
