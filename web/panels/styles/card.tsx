import type { ReactElement } from 'react'
import type { Me, StyleSummary } from '../../../protocol/styles.ts'
import { Icon } from '../../controls/icons.tsx'
import { me } from '../../room/account.ts'
import { type LearningView, learnings } from '../../room/learnings.ts'
import { isLearning } from '../../room/styles.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { stylesPage } from './page.ts'
import { StrokesProgress, timeLeftLabel } from './progress.tsx'
import { sharingLabel } from './sharing.tsx'
import { FannedSheets } from './tray.tsx'
import './card.css'

/** A style in the list: what it paints, its name, and what is to be known of it at a glance. */
export function StyleCard({ style }: { style: StyleSummary }): ReactElement {
  const view = useStore(learnings).get(style.learning?.id ?? '')
  const who = useStore(me)
  const learning = isLearning(style) ? style.learning : null
  const covers = view && view.pictures.length > 0 ? view.pictures : style.after
  const count = covers.length >= 4 ? 4 : Math.min(covers.length, 1)
  return (
    <button type="button" className="style-card" onClick={() => stylesPage.set({ type: 'style', id: style.id })}>
      <span className="style-cover" data-count={count}>
        {covers.slice(0, count).map(url => (
          <img key={url} src={url} alt="" loading="lazy" draggable={false} />
        ))}
        {count === 0 && <FannedSheets />}
        {learning && (
          <StrokesProgress
            label={t('card.learning', { name: style.name })}
            done={(view?.step ?? learning.step) / Math.max(view?.steps ?? learning.steps, 1)}
          />
        )}
      </span>
      <strong>{style.name}</strong>
      <small>
        {!style.isMine && <i className="dot" style={{ '--color': style.owner.color } as React.CSSProperties} />}
        {style.isDefault && <Icon name="check" size={15} />}
        <span className="style-note">{noteOf(style, view, who)}</span>
      </small>
    </button>
  )
}

function noteOf(style: StyleSummary, view: LearningView | undefined, who: Me | null): string {
  if (isLearning(style)) {
    if (view?.ahead) return t('card.ahead', { count: view.ahead })
    return view?.secondsLeft == null ? t('card.isLearning') : timeLeftLabel(view.secondsLeft)
  }
  if (style.isDisabled) return t('card.disabled')
  if (style.version === null) return t('card.unlearned')
  if (style.error) return t('card.unusable')
  const sharing = style.isMine ? sharingLabel(style.sharing, who) : style.owner.name
  return style.isDefault ? t('card.default', { sharing }) : sharing
}
