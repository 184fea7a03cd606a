import { type ReactElement, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { type Board, createBoard } from '../canvas/board.ts'
import { type ToolName, toolNames } from '../canvas/toolNames.ts'
import { Mark } from '../controls/icons.tsx'
import { later } from '../controls/later.ts'
import { Toasts } from '../controls/toasts.tsx'
import { Cursors } from '../panels/cursors.tsx'
import { EmptyRoom } from '../panels/emptyRoom.tsx'
import { exportOpen, recipeOffer } from '../panels/exporting/open.ts'
import { FrameCaption } from '../panels/frameCaption.tsx'
import { FrameList } from '../panels/frameList.tsx'
import { ownerSheetOpen } from '../panels/owners/open.ts'
import { replayOpen } from '../panels/replay/open.ts'
import { listenToKeys } from '../panels/shortcuts.ts'
import { StatusBanner } from '../panels/status.tsx'
import { StylesSheet } from '../panels/styles/later.tsx'
import { Toolbar } from '../panels/toolbar.tsx'
import { TopBar } from '../panels/topBar.tsx'
import { ViewBar } from '../panels/viewBar.tsx'
import type { RoomSession } from '../room/session.ts'
import { type Connection, canEdit } from '../room/state.ts'
import { Stage } from '../stage/stage.tsx'
import { type FirstRoom, firstRoom, hasHints } from '../store/firstSteps.ts'
import { createStore, useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import '../panels/dock.css'
import './room.css'

export function RoomPage({ session }: { session: RoomSession }): ReactElement {
  const [board] = useState(() => openBoard(session))
  return <Room board={board} />
}

const RegionsOverlay = later(async () => (await import('../panels/regions/overlay.tsx')).RegionsOverlay)
const Lasers = later(async () => (await import('../panels/together/lasers.tsx')).Lasers)
const FollowBar = later(async () => (await import('../panels/together/followBar.tsx')).FollowBar)
const WhoDrew = later(async () => (await import('../panels/together/whoDrew.tsx')).WhoDrew)
const SelectionBar = later(async () => (await import('../panels/selectionBar.tsx')).SelectionBar)
const RegionBar = later(async () => (await import('../panels/regions/bar.tsx')).RegionBar)
const FirstSteps = later(async () => (await import('../panels/firstSteps/hints.tsx')).FirstSteps)
const ExportSheet = later(async () => (await import('../panels/exporting/sheet.tsx')).ExportSheet)
const ReplaySheet = later(async () => (await import('../panels/replay/sheet.tsx')).ReplaySheet)
const RecipeBar = later(async () => (await import('../panels/exporting/recipeBar.tsx')).RecipeBar)

/** A link from chat may name the tool that it is about, or the frame. */
function openBoard(session: RoomSession): Board {
  const board = createBoard(session)
  const named = new URLSearchParams(location.search)
  const tool = toolNames.find(name => name === named.get('tool'))
  board.frameViews.active.set(named.get('frame'))
  if (tool) board.tools.current.set(tool)
  return board
}

const FramePanel = later(async () => (await import('../panels/framePanel.tsx')).FramePanel)
const OwnerSheet = later(async () => (await import('../panels/owners/sheet.tsx')).OwnerSheet)
const HelpSheet = later(async () => (await import('../panels/help.tsx')).HelpSheet)
const helpOpen = createStore(false)
/** With these in hand ink says who has drawn it. */
const looksAround: ReadonlySet<ToolName> = new Set(['select', 'hand'])

function Room({ board }: { board: Board }): ReactElement {
  const { session } = board
  const connection = useStore(session.connection)
  const entered = useStore(session.entered)
  const isLocked = useStore(session.isLocked)
  const name = useStore(session.name)
  const hasRegions = useRegions(board)
  const isForeseen = useStore(session.foreseen) !== null
  const isPointing = usePointing(board)
  const isInkDrawn = useInkDrawn(entered !== null)

  useEffect(() => {
    document.title = name ? `${name} · Fourstroke` : 'Fourstroke'
  }, [name])
  useEffect(() => warnBeforeLosing(session), [session])

  if (connection.type === 'closed')
    return <Closed title={closedTitle(connection.code, entered !== null)} message={connection.message} />
  return (
    <div className="room">
      {/* It stands ready before the room is known, so that ink is drawn as soon as it comes. */}
      <Stage board={board} renderCaption={frame => <FrameCaption key={frame.id} board={board} frame={frame} />}>
        <Cursors session={session} />
        <Suspense>{isPointing && <Lasers board={board} />}</Suspense>
        <Suspense>{hasRegions && <RegionsOverlay board={board} />}</Suspense>
      </Stage>
      {entered
        ? isInkDrawn && <Panels board={board} canEdit={canEdit({ entered, isLocked })} />
        : (!isForeseen || connection.type === 'offline') && <Opening message={openingMessage(connection)} />}
    </div>
  )
}

/** Whether the first picture of a room has been drawn since it was entered: panels wait for it. */
function useInkDrawn(isEntered: boolean): boolean {
  const [isDrawn, setDrawn] = useState(false)
  useEffect(() => {
    if (!isEntered) return
    // Behind the drawing, which has asked for this frame before. At once: in slices, between those of a large drawing,
    // the panels would come last.
    const waiting = requestAnimationFrame(() => setDrawn(true))
    return () => cancelAnimationFrame(waiting)
  }, [isEntered])
  return isDrawn
}

function Panels({ board, canEdit }: { board: Board; canEdit: boolean }): ReactElement {
  const { session } = board
  const isHelpOpen = useStore(helpOpen)
  const isExportOpen = useStore(exportOpen)
  const isReplayOpen = useStore(replayOpen)
  const offer = useStore(recipeOffer)
  const following = useStore(session.following)
  const followers = useStore(session.followers)
  const tool = useStore(board.tools.current)
  const isOwnerOpen = useStore(ownerSheetOpen)
  const hasRegions = useRegions(board)
  const room = useFirstRoom(board)
  useEffect(() => {
    if (!canEdit) board.selection.clear()
  }, [board, canEdit])
  useEffect(() => listenToKeys(board, () => helpOpen.update(open => !open)), [board])
  return (
    <>
      <EmptyRoom board={board} canEdit={canEdit} />
      <TopBar board={board} onHelp={() => helpOpen.set(true)}>
        <StatusBanner session={session} canEdit={canEdit}>
          <Suspense>{canEdit && room && <FirstSteps board={board} room={room} />}</Suspense>
        </StatusBanner>
      </TopBar>
      <div className="dock">
        <Suspense>{canEdit && tool === 'select' && <SelectionBar board={board} />}</Suspense>
        <Suspense>{canEdit && hasRegions && <RegionBar board={board} />}</Suspense>
        <Suspense>{canEdit && offer && <RecipeBar board={board} offer={offer} />}</Suspense>
        {canEdit && <Toolbar board={board} />}
      </div>
      <ViewBar board={board} canEdit={canEdit} />
      <ActiveFrame board={board} canEdit={canEdit} />
      <Suspense>{(following || followers.length > 0) && <FollowBar board={board} />}</Suspense>
      <Suspense>{looksAround.has(tool) && <WhoDrew board={board} />}</Suspense>
      <FrameList board={board} />
      <Toasts />
      <StylesSheet board={board} />
      <Suspense>
        {isExportOpen && <ExportSheet board={board} canEdit={canEdit} onClose={() => exportOpen.set(false)} />}
      </Suspense>
      <Suspense>{isReplayOpen && <ReplaySheet session={session} onClose={() => replayOpen.set(false)} />}</Suspense>
      <Suspense>{isOwnerOpen && <OwnerSheet session={session} onClose={() => ownerSheetOpen.set(false)} />}</Suspense>
      <Suspense>{isHelpOpen && <HelpSheet onClose={() => helpOpen.set(false)} />}</Suspense>
    </>
  )
}

/** How far its newcomer is in this room: null where it is not somebody's first, nothing lies in it yet, or all is done. */
function useFirstRoom({ session }: Board): FirstRoom | null {
  const room = useStore(firstRoom)
  const isEmpty = useSyncExternalStore(session.onChange, () => session.elements.length === 0)
  return hasHints(room, session.secret) && !isEmpty ? room : null
}

/** Whether anybody has pointed at something: what shows it stays, so that the next trail begins at once. */
function usePointing(board: Board): boolean {
  const tool = useStore(board.tools.current)
  const cursors = useStore(board.session.cursors)
  const [has, setHas] = useState(false)
  const isNow = tool === 'laser' || [...cursors.values()].some(cursor => cursor.isPointing)
  useEffect(() => {
    if (isNow) setHas(true)
  }, [isNow])
  return has || isNow
}

/** Whether a part of a frame has words of its own, or is about to be chosen. */
function useRegions(board: Board): boolean {
  const tool = useStore(board.tools.current)
  const frames = useStore(board.session.frames)
  return tool === 'region' || frames.some(({ options }) => (options?.regions?.length ?? 0) > 0)
}

/** The panel of the frame that is worked on, loaded when there is one for the first time. */
function ActiveFrame({ board, canEdit }: { board: Board; canEdit: boolean }): ReactElement | null {
  const active = useStore(board.frameViews.active)
  if (active === null) return null
  return (
    <Suspense>
      <FramePanel board={board} canEdit={canEdit} />
    </Suspense>
  )
}

const openingMessage = ({ type }: Connection): string => t(type === 'offline' ? 'room.unreachable' : 'room.opening')

/** Asks before the page closes over ink that is not stored yet. */
function warnBeforeLosing(session: RoomSession): () => void {
  const warn = (event: BeforeUnloadEvent) => {
    // Where the page was turned away there is nothing to wait for.
    if (session.unsent.get() > 0 && session.connection.get().type !== 'closed') event.preventDefault()
  }
  addEventListener('beforeunload', warn)
  return () => removeEventListener('beforeunload', warn)
}

export function Opening({ message }: { message: string }): ReactElement {
  return (
    <main className="opening cover" aria-live="polite">
      <span className="opening-mark">
        <Mark size={44} />
      </span>
      <p>{message}</p>
    </main>
  )
}

/** What a page that was turned away says first. `wasInside`: it had entered the room. */
function closedTitle(code: string, wasInside: boolean): string {
  if (code === 'room/deleted') return t('room.deleted')
  return t(wasInside ? 'room.ended' : 'room.closed')
}

export function Closed({ title, message }: { title: string; message: string }): ReactElement {
  return (
    <main className="opening">
      <Mark size={44} />
      <h1>{title}</h1>
      <p role="alert">{message}</p>
      <a className="button primary" href="/">
        {t('room.toStart')}
      </a>
    </main>
  )
}
