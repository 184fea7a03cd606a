import { type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { StyleShown, StyleVersionShown } from '../../../protocol/styles.ts'
import { keyOf } from '../../browser/keys.ts'
import type { Board } from '../../canvas/board.ts'
import { Switch } from '../../controls/controls.tsx'
import { Face } from '../../controls/face.tsx'
import { Icon } from '../../controls/icons.tsx'
import { ReportButton } from '../../controls/report.tsx'
import { useTask } from '../../controls/task.ts'
import { me } from '../../room/account.ts'
import { messageFor } from '../../room/http.ts'
import { changeStyle, deleteStyle, filePathOf, isLearning, loadStyle, shownStyles } from '../../room/styles.ts'
import { assessmentText } from '../../room/styleTexts.ts'
import { useStore } from '../../store/store.ts'
import { notify } from '../../store/toasts.ts'
import { errorMessage, t } from '../../text/t.ts'
import { Compare } from './compare.tsx'
import { Curve } from './curve.tsx'
import { addStyle, frameOf, styledFrame, wears } from './frame.ts'
import { LearningProgress } from './learning.tsx'
import { stylesPage } from './page.ts'
import { StylePictures } from './pictures.tsx'
import { SharingChoice } from './sharing.tsx'
import { Versions } from './versions.tsx'
import './style.css'

/** One style: how it learns or what it paints, what its owner may do with it, and what it was made of. */
export function StylePage(props: {
  id: string
  board: Board | null
  onFiles: (files: readonly File[]) => void
}): ReactElement {
  const { id, board, onFiles } = props
  const style = useStore(shownStyles).get(id)
  const task = useTask()
  const { run } = task
  const load = useEffectEvent((opened: string) => run(() => loadStyle(opened)))
  useEffect(() => void load(id), [id])
  useExamples(style)
  const problem = (
    <p className="problem" role="alert">
      {task.problem}
    </p>
  )
  if (!style) return problem
  const version = style.versions.find(one => one.isInUse)
  return (
    <>
      {problem}
      {style.learning && isLearning(style) ? (
        <LearningProgress style={id} name={style.name} learning={style.learning} estimate={style.learnEstimate} />
      ) : (
        <Painted style={style} version={version} />
      )}
      {version && (
        <div className="styles-actions">
          {board && <UseInFrame board={board} style={style} />}
          {style.isMine && (
            <a className="button" href={filePathOf(id)} download>
              <Icon name="download" size={18} />
              {t('style.export')}
            </a>
          )}
          {!style.isMine && (
            <span className="by push">
              <Face person={style.owner} /> {t('style.by', { name: style.owner.name })}
            </span>
          )}
        </div>
      )}
      {version && (
        <div className="settings">
          {style.isMine && <SharingChoice style={style} run={run} />}
          <div>
            <span className="label">
              {t('style.default')}
              <small>{t('style.defaultHint')}</small>
            </span>
            <Switch
              label={t(style.isDefault ? 'style.on' : 'style.off')}
              checked={style.isDefault}
              onChange={isDefault => run(() => changeStyle(id, { isDefault }))}
            />
          </div>
        </div>
      )}
      {!style.isMine && <ReportButton kind="style" subject={id} />}
      <OperatorSwitch style={style} run={run} />
      {style.isMine && <StylePictures style={style} run={run} onFiles={onFiles} />}
      {version && version.curve.length > 1 && (
        <details className="fold">
          <summary>
            <Icon name="chevron" size={18} />
            {t('style.curve')}
            <span className="hint">{t('style.steps', { count: version.curve.at(-1)?.step ?? 0 })}</span>
          </summary>
          <Curve points={version.curve} steps={version.curve.at(-1)?.step ?? 0} />
        </details>
      )}
      <Versions style={style} run={run} />
      {style.isMine && <Delete style={style} />}
    </>
  )
}

/** The style's name; its owner writes over it. */
export function StyleTitle({ id }: { id: string }): ReactElement {
  const style = useStore(shownStyles).get(id)
  const [written, setWritten] = useState<string | null>(null)
  if (!style?.isMine) return <h2>{style?.name ?? ''}</h2>
  function commit() {
    const name = written?.trim()
    if (name && name !== style?.name)
      changeStyle(id, { name }).catch((error: unknown) => notify(messageFor(error), 'bad'))
    setWritten(null)
  }
  return (
    <input
      className="title-field"
      aria-label={t('teach.name')}
      maxLength={limits.maxStyleNameCharacters}
      value={written ?? style.name}
      onChange={event => setWritten(event.target.value)}
      onBlur={commit}
      onKeyDown={event => keyOf(event.nativeEvent) === 'Enter' && event.currentTarget.blur()}
    />
  )
}

/** What the version in use paints and what was found of it; or why there is none. */
function Painted({ style, version }: { style: StyleShown; version: StyleVersionShown | undefined }): ReactElement {
  const { learning } = style
  const failure = learning?.error ? errorMessage(learning.error) : null
  // Whoever can do something about it reads below what to do.
  const error = style.isMine && style.error?.code === 'style/unlearned' ? null : style.error
  const text =
    (error && errorMessage(error)) ??
    (version?.assessment ? assessmentText(version.assessment) : version ? examplesText(version) : null)
  return (
    <>
      {version && (
        <Compare name={style.name} before={version.before} after={version.after} prompts={style.examplePrompts} />
      )}
      {failure && <Assessment isGood={false} text={failure} />}
      {text && !failure && (
        <Assessment isGood={!style.error && (version?.assessment?.outcome ?? 'better') === 'better'} text={text} />
      )}
      {!version && !failure && style.isMine && (
        <p className="hint">{t(style.pictures === 0 ? 'style.noPictures' : 'style.unlearned')}</p>
      )}
    </>
  )
}

function examplesText({ after }: StyleVersionShown): string {
  return t(after.length > 0 ? 'style.imported' : 'style.importing')
}

/** Examples of a style that came as a file are painted when nobody else waits: asks for them, ever more rarely. */
function useExamples(style: StyleShown | undefined): void {
  const version = style?.versions.find(one => one.isInUse)
  const isWaiting = version?.origin === 'imported' && version.fits && version.after.length === 0 && !style?.isDisabled
  const id = style?.id
  useEffect(() => {
    if (!isWaiting || id === undefined) return
    const opened = id
    let pause = 1_000
    let timer = setTimeout(look, pause)
    function look() {
      // What did not come now comes with a later look.
      loadStyle(opened).catch((error: unknown) => console.error(messageFor(error)))
      pause = Math.min(pause * 1.5, 15_000)
      timer = setTimeout(look, pause)
    }
    return () => clearTimeout(timer)
  }, [isWaiting, id])
}

function Assessment({ isGood, text }: { isGood: boolean; text: string }): ReactElement {
  return (
    <p className="assessment" data-better={isGood}>
      <Icon name={isGood ? 'check' : 'warn'} />
      {text}
    </p>
  )
}

function UseInFrame({ board, style }: { board: Board; style: StyleShown }): ReactElement | null {
  const frames = useStore(board.session.frames)
  const active = useStore(board.frameViews.active)
  const frame = frameOf(frames, active)
  if (!frame || !board.session.canEdit()) return null
  const part = styledFrame(board, frame)
  const isUsed = wears(part, style.id)
  return (
    <button
      type="button"
      className="button primary"
      disabled={isUsed || style.error !== null}
      onClick={() => {
        if (!addStyle(part, style.id)) return
        board.frameViews.active.set(frame.id)
        stylesPage.set(null)
      }}
    >
      <Icon name="frame" size={18} />
      {t(isUsed ? 'style.inFrame' : 'style.use')}
    </button>
  )
}

type Run = (work: () => Promise<unknown>) => Promise<void>

function OperatorSwitch({ style, run }: { style: StyleShown; run: Run }): ReactElement | null {
  const isOperator = useStore(me)?.isOperator ?? false
  if (!isOperator) return null
  return (
    <div className="settings">
      <div>
        <span className="label">
          {t('style.disabled')}
          <small>{t('style.disabledHint')}</small>
        </span>
        <Switch
          label={t(style.isDisabled ? 'style.on' : 'style.off')}
          checked={style.isDisabled}
          onChange={isDisabled => run(() => changeStyle(style.id, { isDisabled }))}
        />
      </div>
    </div>
  )
}

/** Asked twice: it cannot be undone. */
function Delete({ style }: { style: StyleShown }): ReactElement {
  const [isConfirming, setConfirming] = useState(false)
  const task = useTask()
  if (!isConfirming) {
    return (
      <div className="styles-actions">
        <button type="button" className="button quiet danger" onClick={() => setConfirming(true)}>
          <Icon name="trash" size={18} />
          {t('style.delete')}
        </button>
      </div>
    )
  }
  return (
    <div
      className="confirm"
      role="alertdialog"
      aria-label={t('style.deleteNamed', { name: style.name })}
      aria-describedby="delete-warning"
    >
      <p id="delete-warning">{task.problem ?? t('style.deleteWarning')}</p>
      {/* biome-ignore lint/a11y/noAutofocus: the question has just been asked for, and the harmless answer takes the focus. */}
      <button type="button" className="button" autoFocus onClick={() => setConfirming(false)}>
        {t('style.keep')}
      </button>
      <button
        type="button"
        className="button danger sure"
        disabled={task.isBusy}
        onClick={() =>
          task.run(async () => {
            await deleteStyle(style.id)
            stylesPage.set({ type: 'list' })
            notify(t('style.isDeleted', { name: style.name }))
          })
        }
      >
        {t('style.deleteNow')}
      </button>
    </div>
  )
}
