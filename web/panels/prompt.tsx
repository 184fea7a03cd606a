import { type ReactElement, useEffect, useEffectEvent, useRef, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { useStore } from '../store/store.ts'
import { examplesOf } from './emptyRoom.tsx'
import { listQuoted, promptKey } from './promptKeys.ts'
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
  /** Whether an input method is putting a word together: what stands in the field is not meant yet. */
  const [isComposing, setComposing] = useState(false)
  const wanted = useStore(board.promptFocus)
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
    if (draft === null || isComposing) return
    const timer = setTimeout(() => sendAfterPause(), typingPauseMs)
    return () => clearTimeout(timer)
  }, [draft, isComposing])

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
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={event => {
          const meaning = promptKey(event.nativeEvent)
          if (!meaning) return
          if (meaning === 'finish') event.preventDefault()
          event.currentTarget.blur()
          if (meaning === 'finish' && !frame.live) void board.session.paint(frame.id)
        }}
      />
      <p id="prompt-hint" className="hint" role="status">
        {unknown.length > 0 && (
          <>
            This model does not know <b>{listQuoted(unknown)}</b>. It paints the rest.
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
