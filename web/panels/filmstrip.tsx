import type { ReactElement } from 'react'
import type { FrameResult } from '../../protocol/events.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { fileUrl } from '../canvas/images.ts'
import { Icon, type IconName } from '../controls/icons.tsx'
import { ReportButton } from '../controls/report.tsx'
import { useStore } from '../store/store.ts'
import { percentText, timeText } from '../text/format.ts'
import { t } from '../text/t.ts'
import './filmstrip.css'

/** The last results of a frame, newest first. Choosing one looks back at it, for this viewer only, until it is restored or left. */
export function Filmstrip(props: { board: Board; frame: FrameElement; canEdit: boolean }): ReactElement | null {
  const { board, frame, canEdit } = props
  const results = useStore(board.session.results).get(frame.id) ?? []
  const states = useStore(board.session.frameStates)
  const peeked = useStore(board.frameViews.peeked)
  const { looked, shown } = chosenOf(results, { peeked, frameId: frame.id, picture: states.get(frame.id)?.picture })
  const chosen = looked ?? shown
  if (results.length === 0) return null
  return (
    <section className="filmstrip" aria-label={t('film.label')}>
      <ul>
        {results.map((result, index) => (
          <li key={result.picture}>
            <button
              type="button"
              className="film"
              aria-pressed={result.picture === chosen?.picture}
              aria-label={t('film.picture', { number: results.length - index, prompt: result.recipe.prompt })}
              onClick={() => board.frameViews.peeked.set(result === shown ? null : result)}
            >
              <img src={fileUrl(result.file)} alt="" loading="lazy" draggable={false} />
            </button>
          </li>
        ))}
      </ul>
      {chosen ? (
        <ChosenFilm board={board} frame={frame} canEdit={canEdit} chosen={chosen} isShown={looked === null} />
      ) : (
        <p className="recipe">{t('film.unsaved')}</p>
      )}
    </section>
  )
}

/**
 * The result that this viewer looks back at, and the one that the frame shows to everybody; null while that is not saved
 * yet. `picture`: what the server says that the frame shows.
 */
export function chosenOf(
  results: readonly FrameResult[],
  { peeked, frameId, picture }: { peeked: FrameResult | null; frameId: string; picture: string | null | undefined },
): { readonly looked: FrameResult | null; readonly shown: FrameResult | null } {
  const shown = results.find(one => one.picture === picture) ?? null
  const isPeeked = peeked?.frameId === frameId && peeked.picture !== picture
  return { looked: isPeeked ? peeked : null, shown }
}

function ChosenFilm(props: {
  board: Board
  frame: FrameElement
  canEdit: boolean
  chosen: FrameResult
  isShown: boolean
}): ReactElement {
  const { board, frame, canEdit, chosen, isShown } = props
  return (
    <>
      <p className="recipe">{recipeText(chosen)}</p>
      <div className="film-actions">
        {canEdit && (
          <FilmButton icon="pin" label={t('film.pin')} onClick={() => board.insert.pin(frame, chosen.file, chosen)} />
        )}
        <a
          className="button quiet"
          href={`/pictures/${chosen.picture}.png`}
          download={`${slug(chosen.recipe.prompt)}.png`}
        >
          <Icon name="download" size={18} />
          PNG
        </a>
        {canEdit && !isShown && (
          <FilmButton
            icon="restore"
            label={t('film.restore')}
            onClick={() => {
              board.session.restore(frame.id, chosen.picture)
              board.frameViews.peeked.set(null)
            }}
          />
        )}
        {canEdit && !chosen.recipe.upscale && (
          <FilmButton
            icon="fit"
            label={t('film.enlarge')}
            tip={t('film.enlargeTip')}
            onClick={() => {
              board.frameViews.peeked.set(null)
              void board.session.paint(frame.id, { from: { picture: chosen.picture }, upscale: { strength: 0.2 } })
            }}
          />
        )}
        <ReportButton key={chosen.picture} kind="picture" subject={chosen.picture} isSmall />
      </div>
    </>
  )
}

function FilmButton(props: { icon: IconName; label: string; tip?: string; onClick: () => void }): ReactElement {
  const { icon, label, tip, onClick } = props
  return (
    <button type="button" className="button quiet" title={tip} onClick={onClick}>
      <Icon name={icon} size={18} />
      {label}
    </button>
  )
}

function recipeText({ recipe, width, height, madeAt }: FrameResult): string {
  const { steps, strength, guidance, seed } = recipe
  return [
    timeText(madeAt, { hour: '2-digit', minute: '2-digit' }),
    `${width}×${height}`,
    strength === null ? t('film.promptAlone') : t('film.strength', { share: strength }),
    ...recipe.styles.map(({ name, weight }) => `${name} ${percentText(weight)}`),
    t('film.recipe', { steps, guidance, seed }),
  ].join(' · ')
}

const slug = (prompt: string): string =>
  prompt
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60) || 'fourstroke'
