import type { ReactElement } from 'react'
import type { LearnEstimate, StyleLearning } from '../../../protocol/styles.ts'
import { useTask } from '../../controls/task.ts'
import { learnings } from '../../room/learnings.ts'
import { cancelLearning } from '../../room/styles.ts'
import { estimateText } from '../../room/styleTexts.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { Curve } from './curve.tsx'
import { StrokesProgress, timeLeftLabel } from './progress.tsx'
import './learning.css'

/** How learning goes: the steps, what it paints by now, and the curve; with a way out. */
export function LearningProgress(props: {
  style: string
  name: string
  learning: StyleLearning
  estimate: LearnEstimate | null
}): ReactElement {
  const { style, name, learning, estimate } = props
  const view = useStore(learnings).get(learning.id)
  const task = useTask()
  const step = view?.step ?? learning.step
  const steps = view?.steps ?? learning.steps
  return (
    <section className="learning" aria-label={t('learning.label')}>
      <Quartet pictures={view?.pictures ?? []} earlier={view?.earlier ?? []} name={name} />
      <div className="style-section">
        <div className="learning-text">
          <strong>{stateText(view?.ahead ?? null, step, steps)}</strong>
          <span>{view?.secondsLeft == null ? '' : timeLeftLabel(view.secondsLeft)}</span>
        </div>
        <StrokesProgress label={t('card.learning', { name })} done={step / Math.max(steps, 1)} />
      </div>
      {estimate !== null && view?.secondsLeft == null && <p className="hint">{estimateText(estimate)}</p>}
      {view && <Curve points={view.curve} steps={steps} />}
      <div className="styles-actions">
        <span className="hint">{t('learning.close')}</span>
        <button
          type="button"
          className="button push"
          disabled={task.isBusy}
          onClick={() => task.run(() => cancelLearning(style))}
        >
          {t('cancel')}
        </button>
      </div>
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </section>
  )
}

function stateText(ahead: number | null, step: number, steps: number): string {
  if (ahead) return t('learning.waiting', { count: ahead })
  return step === 0 ? t('learning.looking') : t('learning.step', { step, steps })
}

/** Four pictures of the same prompts and seeds, ever more in the style; each new one fades in over the one before. */
function Quartet(props: { pictures: readonly string[]; earlier: readonly string[]; name: string }): ReactElement {
  return (
    <div className="quartet">
      {[0, 1, 2, 3].map(index => {
        const [now, before] = [props.pictures[index], props.earlier[index]]
        return (
          <div key={index} data-waiting={now === undefined || undefined}>
            {before && <img src={before} alt="" />}
            {now && <img key={now} src={now} alt={t('learning.sample', { name: props.name, number: index + 1 })} />}
          </div>
        )
      })}
    </div>
  )
}
