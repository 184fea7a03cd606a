import type { ReactElement } from 'react'
import type { FrameElement, Paper } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { Icon } from '../controls/icons.tsx'
import { RadioGroup } from '../controls/radioGroup.tsx'
import './paperRow.css'

const sky = { kind: 'gradient', from: '#9cc4ee', to: '#f3e3c3' } as const
const sand = { kind: 'color', color: '#e9dcc3' } as const

/** What a frame is painted on, below its ink. */
export function PaperRow({ board, frame }: { board: Board; frame: FrameElement }): ReactElement {
  const { paper = null } = frame
  const set = (next: Paper | null) => board.paper.set(frame, next)
  return (
    <div className="paper-row">
      <span className="paper-label">Paper</span>
      <RadioGroup className="papers" label="What the frame is painted on">
        <PaperChoice label="White" background="#ffffff" isChosen={paper === null} onChoose={() => set(null)} />
        <PaperChoice
          label="One colour"
          background={(paper?.kind === 'color' ? paper : sand).color}
          isChosen={paper?.kind === 'color'}
          onChoose={() => paper?.kind !== 'color' && set(sand)}
        />
        <PaperChoice
          label="Two colours, from top to bottom"
          background={gradientOf(paper?.kind === 'gradient' ? paper : sky)}
          isChosen={paper?.kind === 'gradient'}
          onChoose={() => paper?.kind !== 'gradient' && set(sky)}
        />
        {paper?.kind === 'picture' && (
          <PaperChoice
            label="A picture"
            background={`center / cover url(/files/${paper.file})`}
            isChosen
            onChoose={() => undefined}
          />
        )}
      </RadioGroup>
      {paper?.kind === 'color' && (
        <ColorField label="Colour of the paper" color={paper.color} onPick={color => set({ ...paper, color })} />
      )}
      {paper?.kind === 'gradient' && (
        <>
          <ColorField label="Colour at the top" color={paper.from} onPick={from => set({ ...paper, from })} />
          <ColorField label="Colour at the bottom" color={paper.to} onPick={to => set({ ...paper, to })} />
        </>
      )}
      <IconButton
        icon="bake"
        className="small bake"
        label="Bake: paint on from this picture"
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
