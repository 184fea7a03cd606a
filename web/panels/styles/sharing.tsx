import type { ReactElement } from 'react'
import type { StyleShown } from '../../../protocol/styles.ts'
import { changeStyle } from '../../room/styles.ts'

/** Who may use a style. A Discord server can only be chosen where the server is, in chat; here it can be taken back. */
export function SharingChoice(props: {
  style: StyleShown
  run: (work: () => Promise<unknown>) => Promise<void>
}): ReactElement {
  const { style, run } = props
  const choices = [
    { sharing: 'private', label: 'Only me' },
    ...(style.sharing.startsWith('guild:') ? [{ sharing: style.sharing, label: 'A Discord server' }] : []),
    { sharing: 'everyone', label: 'Everyone' },
  ]
  return (
    <div className="choice" role="radiogroup" aria-label="Who may use it">
      {choices.map(({ sharing, label }) => (
        <label key={sharing}>
          <input
            type="radio"
            name="sharing"
            checked={style.sharing === sharing}
            onChange={() => run(() => changeStyle(style.id, { sharing }))}
          />
          <span>{label}</span>
        </label>
      ))}
    </div>
  )
}
