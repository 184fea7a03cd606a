import { type ReactElement, useEffect } from 'react'
import type { Board } from '../../canvas/board.ts'
import { Face } from '../../controls/face.tsx'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import './followBar.css'

/** Whose view I follow, and who follows mine: both as long as it lasts. */
export function FollowBar({ board }: { board: Board }): ReactElement {
  const { session } = board
  const people = useStore(session.people)
  const following = useStore(session.following)
  const followers = useStore(session.followers)
  const followed = people.find(({ id }) => id === following?.person)
  const [first] = people.filter(({ id }) => followers.includes(id))
  useShowView(board, followers)
  useFollowedView(board)
  return (
    <>
      {followed && (
        <div className="follow-edge" style={{ '--color': followed.color } as React.CSSProperties} aria-hidden="true" />
      )}
      <div className="follow-bar" role="status">
        {followed && (
          <div className="panel">
            <Face person={followed} />
            <span>{t('together.following', { name: followed.name })}</span>
            <button type="button" className="button" data-chrome onClick={() => session.follow(null)}>
              {t('together.stop')}
            </button>
          </div>
        )}
        {first && (
          <div className="panel quiet">
            <Face person={first} />
            <span>
              {followers.length > 1
                ? t('together.followers', { name: first.name, count: followers.length - 1 })
                : t('together.follower', { name: first.name })}
            </span>
          </div>
        )}
      </div>
    </>
  )
}

/** As long as somebody follows me, they are told what I look at: at once, and whenever it moves. */
function useShowView({ session, viewport }: Board, followers: readonly string[]): void {
  useEffect(() => {
    if (followers.length === 0) return
    const show = () => session.showView(viewport.visible())
    show()
    const stops = [viewport.view.subscribe(show), viewport.size.subscribe(show)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [session, viewport, followers])
}

/** Goes where the other goes, until I move by myself: then I follow no more. */
function useFollowedView({ session, viewport }: Board): void {
  const following = useStore(session.following)
  const view = following?.view
  useEffect(() => {
    if (view) viewport.fit(view, { padding: { top: 0, right: 0, bottom: 0, left: 0 }, maxZoomTo: Number.MAX_VALUE })
  }, [viewport, view])
  const isFollowing = following !== null
  useEffect(() => {
    if (!isFollowing) return
    const stopAt = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== 'Escape') return
      if (event.target instanceof Element && event.target.closest('.follow-bar')) return
      session.follow(null)
    }
    const stop = new AbortController()
    const { signal } = stop
    addEventListener('pointerdown', stopAt, { signal, capture: true })
    addEventListener('wheel', stopAt, { signal, capture: true, passive: true })
    addEventListener('keydown', stopAt, { signal, capture: true })
    return () => stop.abort()
  }, [session, isFollowing])
}
