import { type ReactElement, useRef } from 'react'
import { errorText } from '../../../protocol/errors.ts'
import type { StyleSummary } from '../../../protocol/styles.ts'
import { Icon } from '../../controls/icons.tsx'
import { useTask } from '../../controls/task.ts'
import { forgetDefaultStyle, me } from '../../room/account.ts'
import { styles } from '../../room/styles.ts'
import { useStore } from '../../store/store.ts'
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
        <h3>No styles with this model</h3>
        <p>{errorText(error)}</p>
      </div>
    )
  }
  return (
    <>
      <LostDefault />
      {all && mine.length === 0 ? (
        <div className="styles-empty">
          <FannedSheets />
          <h3>Paint in your own hand</h3>
          <p>
            Give a handful of pictures, and in a few minutes the model paints as they do: in your frames, and in chat
            where the bot is.
          </p>
          <Beginnings onFiles={onFiles} />
        </div>
      ) : (
        <>
          <div className="styles-actions">
            <Beginnings onFiles={onFiles} />
            {all && maxOwn !== undefined && (
              <span className="hint push">
                {mine.length} of {maxOwn} styles
              </span>
            )}
          </div>
          <Section title="Yours" styles={mine} />
        </>
      )}
      <Section title="Shared with you" styles={shared} />
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
        Your pictures in chat are painted without your default style
        {problem.name === null ? '' : ` “${problem.name}”`}: {errorText(problem.error)}
      </p>
      <button type="button" className="button" onClick={() => task.run(forgetDefaultStyle)}>
        Paint without a style
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
        Teach a style
      </button>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <Icon name="upload" size={18} />
        Import
      </button>
      <input
        ref={input}
        type="file"
        aria-label="Import a style file"
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
