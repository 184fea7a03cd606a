import type { ReactElement } from 'react'
import type { FrameElement, Paper } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { Icon } from '../controls/icons.tsx'
import { RadioGroup } from '../controls/radioGroup.tsx'
import { t } from '../text/t.ts'
import './paperRow.css'

const sky = { kind: 'gradient', from: '#9cc4ee', to: '#f3e3c3' } as const
const sand = { kind: 'color', color: '#e9dcc3' } as const

/** What a frame is painted on, below its ink. */
export function PaperRow({ board, frame }: { board: Board; frame: FrameElement }): ReactElement {
  const { paper = null } = frame
  const set = (next: Paper | null) => board.paper.set(frame, next)
  return (
    <div className="paper-row">
      <span className="paper-label">{t('paper.label')}</span>
      <RadioGroup className="papers" label={t('paper.choices')}>
        <PaperChoice
          label={t('paper.white')}
          background="#ffffff"
          isChosen={paper === null}
          onChoose={() => set(null)}
        />
        <PaperChoice
          label={t('paper.color')}
          background={(paper?.kind === 'color' ? paper : sand).color}
          isChosen={paper?.kind === 'color'}
          onChoose={() => paper?.kind !== 'color' && set(sand)}
        />
        <PaperChoice
          label={t('paper.gradient')}
          background={gradientOf(paper?.kind === 'gradient' ? paper : sky)}
          isChosen={paper?.kind === 'gradient'}
          onChoose={() => paper?.kind !== 'gradient' && set(sky)}
        />
        {paper?.kind === 'picture' && (
          <PaperChoice
            label={t('paper.picture')}
            background={`center / cover url(/files/${paper.file})`}
            isChosen
            onChoose={() => undefined}
          />
        )}
      </RadioGroup>
      {paper?.kind === 'color' && (
        <ColorField label={t('paper.its')} color={paper.color} onPick={color => set({ ...paper, color })} />
      )}
      {paper?.kind === 'gradient' && (
        <>
          <ColorField label={t('paper.top')} color={paper.from} onPick={from => set({ ...paper, from })} />
          <ColorField label={t('paper.bottom')} color={paper.to} onPick={to => set({ ...paper, to })} />
        </>
      )}
      <IconButton
        icon="bake"
        className="small bake"
        label={t('paper.bake')}
        shortcut="B"
        onClick={() => void board.paper.bake(frame)}
      />
    </div>
  )
}

function PaperChoice(props: {
  label: string
  background: string
  isChosen: boolean
  onChoose: () => void
}): ReactElement {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a choice is a button that belongs to a radio group
    <button
      type="button"
      className="paper-choice"
      role="radio"
      aria-checked={props.isChosen}
      aria-label={props.label}
      data-tip={props.label}
      style={{ '--paper': props.background } as React.CSSProperties}
      onClick={props.onChoose}
    >
      {props.isChosen && <Icon name="check" size={14} />}
    </button>
  )
}

function ColorField(props: { label: string; color: string; onPick: (color: string) => void }): ReactElement {
  return (
    <label className="color-field" style={{ '--color': props.color } as React.CSSProperties}>
      <span className="visually-hidden">{props.label}</span>
      <input type="color" value={props.color.slice(0, 7)} onChange={event => props.onPick(event.target.value)} />
    </label>
  )
}

const gradientOf = ({ from, to }: Extract<Paper, { kind: 'gradient' }>): string => `linear-gradient(${from}, ${to})`
