import { type ReactElement, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import { understand } from '../../protocol/vocabulary.ts'
import type { Board } from '../canvas/board.ts'
import { Marked } from '../controls/marked.tsx'
import { loadOtherWords, otherWords } from '../room/otherWords.ts'
import { useStore } from '../store/store.ts'
import { listText } from '../text/format.ts'
import { t } from '../text/t.ts'
import { examplesOf } from './emptyRoom.tsx'
import { followPrompt, moveCaret, type PromptDraft } from './promptDraft.ts'
import { promptKey } from './promptKeys.ts'
import './prompt.css'

/** A pause in typing after which the prompt is sent, and painted. */
const typingPauseMs = 250
const maxExamples = 3

export function Prompt(props: { board: Board; frame: FrameElement; canEdit: boolean }): ReactElement {
  const { board, frame, canEdit } = props
  const field = useRef<HTMLTextAreaElement>(null)
  /** What is being typed; null: what everybody sees. */
  const [draft, setDraft] = useState<PromptDraft | null>(null)
  /** Where the caret goes when the field shows what others have typed. */
  const caret = useRef<{ readonly at: number; readonly text: string } | null>(null)
  /** Whether an input method is putting a word together: what stands in the field is not meant yet. */
  const [isComposing, setComposing] = useState(false)
  const wanted = useStore(board.promptFocus)
  const lastWanted = useRef(0)
  const vocabulary = useStore(board.session.entered)?.model.vocabulary ?? null
  const text = draft?.text ?? frame.prompt
  const table = useStore(otherWords)
  const isKnown = vocabulary !== null && table !== undefined
  const { text: understood = null, unknown = [] } = isKnown
    ? understand(text, { words: vocabulary.words, otherWords: table ?? undefined })
    : {}

  useEffect(() => {
    if (vocabulary) void loadOtherWords()
  }, [vocabulary])
  useEffect(() => {
    if (wanted > lastWanted.current) field.current?.focus()
    lastWanted.current = wanted
  }, [wanted])

  function edit(from: string, to: string) {
    if (from !== to) board.session.operate([{ type: 'edit', id: frame.id, from, to }], `${frame.id} prompt`)
  }
  function send() {
    if (draft !== null) edit(draft.base, draft.text)
  }
  // Others' words come into what I am typing, but not into a word that an input method is putting together.
  useLayoutEffect(() => {
    if (draft === null || isComposing) return
    const followed = followPrompt(draft, frame.prompt)
    if (followed === draft) return
    const at = field.current?.selectionStart ?? draft.text.length
    caret.current = { at: moveCaret(at, draft.text, followed.text), text: followed.text }
    setDraft(followed)
  }, [draft, isComposing, frame.prompt])
  useLayoutEffect(() => {
    if (caret.current?.text !== text) return
    field.current?.setSelectionRange(caret.current.at, caret.current.at)
    caret.current = null
  }, [text])
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
        {t('prompt.label')}
      </label>
      <textarea
        id="prompt"
        ref={field}
        className="field"
        rows={3}
        placeholder={t('prompt.placeholder')}
        maxLength={limits.maxPromptCharacters}
        readOnly={!canEdit}
        value={text}
        aria-describedby="prompt-hint"
        onChange={event => setDraft({ base: draft?.base ?? frame.prompt, text: event.target.value })}
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
      <Typing board={board} frame={frame} />
      <p id="prompt-hint" className="hint" role="status">
        {understood && (
          <>
            <Marked>{t('prompt.understood', { prompt: understood })}</Marked>{' '}
          </>
        )}
        {unknown.length > 0 && <Marked>{unknownText(unknown)}</Marked>}
      </p>
      {canEdit && text.trim() === '' && (
        <div className="examples">
          {examplesOf(board)
            .slice(0, maxExamples)
            .map(example => (
              <button key={example} type="button" className="chip" onClick={() => edit(frame.prompt, example)}>
                {example}
              </button>
            ))}
        </div>
      )}
    </div>
  )
}

const namedAtOnce = 4

function unknownText(words: readonly string[]): string {
  const quoted = words.slice(0, namedAtOnce).map(word => t('styles.quoted', { name: word }))
  if (words.length > namedAtOnce) quoted.push(t('prompt.moreWords', { count: words.length - namedAtOnce }))
  return t('prompt.unknown', { words: listText(quoted, 'disjunction') })
}

/** Somebody who has typed within this time is said to be typing. */
const typingMs = 3_000

/** Who else types in this prompt right now. */
function Typing({ board, frame }: { board: Board; frame: FrameElement }): ReactElement | null {
  const typed = useStore(board.session.typed).get(frame.id)
  const people = useStore(board.session.people)
  const [isOver, setOver] = useState(true)
  useEffect(() => {
    if (!typed) return
    const left = typed.at + typingMs - Date.now()
    setOver(left <= 0)
    if (left <= 0) return
    const timer = setTimeout(() => setOver(true), left)
    return () => clearTimeout(timer)
  }, [typed])
  const person = people.find(({ id }) => id === typed?.person)
  if (isOver || !person) return null
  return (
    <p className="typing" role="status">
      <i className="dot" style={{ '--color': person.color } as React.CSSProperties} />
      {t('prompt.typing', { name: person.name })}
    </p>
  )
}
