import { type ReactElement, useEffect, useState } from 'react'
import { Switch } from '../controls/controls.tsx'
import { Marked } from '../controls/marked.tsx'
import { useTask } from '../controls/task.ts'
import { joinMyThings, loadMe, me, signInPath, signOut } from '../room/account.ts'
import { messageFor } from '../room/http.ts'
import { recentRooms } from '../store/preferences.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './account.css'

/** Who I am beyond this browser: signing in with Discord where that is set up, and out again. */
export function Account(): ReactElement | null {
  const who = useStore(me)
  const hasRooms = useStore(recentRooms).length > 0
  const [bring, setBring] = useState(true)
  const task = useTask()
  useEffect(() => {
    if (!me.get()) loadMe().catch((error: unknown) => console.error(messageFor(error)))
  }, [])
  if (!who) return null
  if (who.account === 'guest' && !who.canSignIn) return null
  return (
    <section className="account" aria-label={t('account.label')}>
      {who.account === 'guest' ? (
        <>
          <a className="button discord" href={signInPath({ join: bring })}>
            {t('account.signIn')}
          </a>
          {hasRooms && <Switch label={t('account.bring')} checked={bring} onChange={setBring} />}
        </>
      ) : (
        <>
          <div className="account-row">
            <span>
              <Marked>{t('account.signedIn', { name: who.person.name })}</Marked>
            </span>
            <button type="button" className="button quiet" disabled={task.isBusy} onClick={() => task.run(signOut)}>
              {t('account.signOut')}
            </button>
          </div>
          {who.canJoin && (
            <>
              <p className="hint">{t('account.wasGuest')}</p>
              <button type="button" className="button" disabled={task.isBusy} onClick={() => task.run(joinMyThings)}>
                {t('account.join')}
              </button>
            </>
          )}
        </>
      )}
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </section>
  )
}
