import { type ReactElement, useEffect, useEffectEvent, useRef, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { useStore } from '../store/store.ts'
import { examplesOf } from './emptyRoom.tsx'
import { unknownWords } from './vocabulary.ts'

/** A pause in typing after which the words are sent, and painted. */
const typingPauseMs = 250
const maxExamples = 3

export function Prompt(props: {
  board: Board
  frame: FrameElement
  canEdit: boolean
  onChange: (prompt: string) => void
}): ReactElement {
  const { board, frame, canEdit, onChange } = props
  const field = useRef<HTMLTextAreaElement>(null)
  /** What is being typed; null: what everybody sees. */
  const [draft, setDraft] = useState<string | null>(null)
  const wanted = useStore(board.promptWanted)
  const lastWanted = useRef(0)
  const vocabulary = useStore(board.session.entered)?.model.vocabulary ?? null
  const text = draft ?? frame.prompt
  const unknown = vocabulary ? unknownWords(text, vocabulary.words) : []

  useEffect(() => {
    if (wanted > lastWanted.current) field.current?.focus()
    lastWanted.current = wanted
  }, [wanted])

  function send() {
    if (draft !== null && draft !== frame.prompt) onChange(draft)
  }
  // Only typing starts the pause anew: a live frame is shown again and again meanwhile.
  const sendAfterPause = useEffectEvent(send)
  useEffect(() => {
    if (draft === null) return
    const timer = setTimeout(() => sendAfterPause(), typingPauseMs)
    return () => clearTimeout(timer)
  }, [draft])

  function leave() {
    send()
    setDraft(null)
  }

  return (
    <div className="prompt">
      <label className="visually-hidden" htmlFor="prompt">
        What this frame shall become
      </label>
      <textarea
        id="prompt"
        ref={field}
        className="field"
        rows={3}
        placeholder="What shall it become?"
        maxLength={limits.maxPromptCharacters}
        readOnly={!canEdit}
        value={text}
        aria-describedby="prompt-hint"
        onChange={event => setDraft(event.target.value)}
        onBlur={leave}
        onKeyDown={event => {
          if (event.key === 'Escape') event.currentTarget.blur()
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          event.currentTarget.blur()
          if (!frame.live) board.session.paint(frame.id)
        }}
      />
      <p id="prompt-hint" className="hint" role="status">
        {unknown.length > 0 && (
          <>
            This model does not know <b>{listWords(unknown)}</b>. It paints the rest.
          </>
        )}
      </p>
      {canEdit && text.trim() === '' && (
        <div className="examples">
          {examplesOf(board)
            .slice(0, maxExamples)
            .map(example => (
              <button key={example} type="button" className="chip" onClick={() => onChange(example)}>
                {example}
              </button>
            ))}
        </div>
      )}
    </div>
  )
}

function listWords(words: readonly string[]): string {
  const quoted = words.slice(0, 4).map(word => `“${word}”`)
  if (words.length > 4) quoted.push(`${words.length - 4} more`)
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(quoted)
}
