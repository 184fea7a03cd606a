import { type ReactElement, useEffect, useState } from 'react'
import type { DiscordPlaces, FrameResult } from '../../../protocol/events.ts'
import { newId } from '../../browser/ids.ts'
import { Sheet, Switch } from '../../controls/controls.tsx'
import { Icon } from '../../controls/icons.tsx'
import { OutsideLink } from '../../controls/outsideLink.tsx'
import { useTask } from '../../controls/task.ts'
import { loadMe, me, signInPath } from '../../room/account.ts'
import { messageFor } from '../../room/http.ts'
import type { RoomSession } from '../../room/session.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { type Choice, Places } from './places.tsx'
import './sheet.css'

/** Sends the picture that a frame shows to Discord: the very picture that stands here, once. */
export function SendSheet(props: { session: RoomSession; frameId: string; onClose: () => void }): ReactElement {
  const { session, frameId, onClose } = props
  const { result, places, problem } = useSending(session, frameId)
  return (
    <Sheet title={t('send.title')} onClose={onClose} className="send-sheet">
      {result && (
        <img
          className="send-picture"
          src={`/files/${result.file}`}
          width={result.width}
          height={result.height}
          alt={result.recipe.prompt}
        />
      )}
      {!problem && !(result && places) && <p role="status">{t('send.asking')}</p>}
      {places?.isGuest && <SignIn />}
      {result && places && !places.isGuest && <Form session={session} result={result} places={places} />}
      <p className="problem" role="alert">
        {problem}
      </p>
    </Sheet>
  )
}

/** What the frame shows, made durable, and where it may go. */
function useSending(session: RoomSession, frameId: string) {
  const [result, setResult] = useState<FrameResult | null>(null)
  const [places, setPlaces] = useState<DiscordPlaces | null>(null)
  const { run, problem } = useTask()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is sent is what the frame showed when the sheet opened.
  useEffect(() => {
    void run(async () => {
      const [saved, known] = await Promise.all([session.save(frameId), session.discord.places()])
      setPlaces(known)
      if (saved.ok) setResult(saved.value)
    })
  }, [frameId])
  const isEmpty = places !== null && !places.isGuest && result === null
  return { result, places, problem: problem ?? (isEmpty ? t('send.empty') : null) }
}

/** Nobody at Discord stands behind a guest, so nobody could say what they may do there. */
function SignIn(): ReactElement {
  const who = useStore(me)
  useEffect(() => {
    if (!me.get()) loadMe().catch((error: unknown) => console.error(messageFor(error)))
  }, [])
  return (
    <>
      <p>{t(who?.canSignIn ? 'send.guest' : 'send.guestElsewhere')}</p>
      {who?.canSignIn && (
        <a className="button discord" href={signInPath({ join: true })}>
          {t('account.signIn')}
        </a>
      )}
    </>
  )
}

function Form(props: { session: RoomSession; result: FrameResult; places: DiscordPlaces }): ReactElement {
  const { session, result, places } = props
  const { origin } = places
  const canReturn = origin !== null && origin.problem === null
  const [choice, setChoice] = useState<Choice>(canReturn ? { type: 'origin' } : null)
  const [drawing, setDrawing] = useState<boolean | null>(null)
  const [request, setRequest] = useState(newId)
  const [url, setUrl] = useState<string | null>(null)
  const task = useTask()
  // Who can read where the room came from has its link already.
  const mayDraw = drawing ?? choice?.type === 'origin'

  function choose(next: Choice) {
    setChoice(next)
    setUrl(null)
    task.showError(null)
  }

  async function send() {
    if (!choice) return
    const channel = choice.type === 'origin' ? null : choice.id
    const sent = await session.discord.send({
      ...{ frameId: result.frameId, picture: result.picture, channel, request, mayDraw },
    })
    setUrl(sent.url)
    // Sent once more, it is another message.
    setRequest(newId())
  }

  return (
    <>
      <Places session={session} places={places} choice={choice} onChoose={choose} />
      <Switch label={t('send.mayDraw')} checked={mayDraw} onChange={setDrawing} />
      <div className="send-end">
        <p className="hint" role="status">
          {url ? t('send.sent') : task.isBusy ? t('send.sending') : t('send.hint')}
        </p>
        {url && (
          <OutsideLink className="button primary" href={url}>
            {t('send.open')}
          </OutsideLink>
        )}
        {!url && (
          <button
            type="button"
            className="button primary"
            disabled={choice === null || task.isBusy}
            onClick={() => void task.run(send)}
          >
            <Icon name="send" size={18} />
            {t('send.send')}
          </button>
        )}
      </div>
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </>
  )
}
