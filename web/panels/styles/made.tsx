import { type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import type { MadePicture } from '../../../protocol/styles.ts'
import { Icon } from '../../controls/icons.tsx'
import { useTask } from '../../controls/task.ts'
import { keyOfMade, loadMadePictures } from '../../room/pictures.ts'
import { t } from '../../text/t.ts'
import './made.css'

/** What I painted here before, newest first, to choose from: any number at once, in the order in which they are touched. */
export function MadePictures(props: {
  /** Keys of pictures that are given already. */
  taken: ReadonlySet<string>
  max: number
  /** None: it was only looked at. */
  onChoose: (made: readonly MadePicture[]) => void
}): ReactElement {
  const { taken, max, onChoose } = props
  const [made, setMade] = useState<readonly MadePicture[] | null>(null)
  const [chosen, setChosen] = useState<readonly MadePicture[]>([])
  const task = useTask()
  const load = useEffectEvent(() => task.run(async () => setMade(await loadMadePictures())))
  useEffect(() => void load(), [])

  const left = made?.filter(({ id }) => !taken.has(keyOfMade(id))) ?? []
  const toggle = (picture: MadePicture) =>
    setChosen(chosen.includes(picture) ? chosen.filter(one => one !== picture) : [...chosen, picture])
  return (
    <section className="made" aria-label={t('made.label')}>
      {left.length > 0 && (
        <ul>
          {left.map(picture => (
            <li key={picture.id}>
              <button
                type="button"
                aria-pressed={chosen.includes(picture)}
                aria-label={picture.prompt || t('stage.noPrompt')}
                title={picture.prompt}
                disabled={chosen.length >= max && !chosen.includes(picture)}
                onClick={() => toggle(picture)}
              >
                <img src={picture.path} alt="" loading="lazy" draggable={false} />
                {chosen.includes(picture) && (
                  <span className="made-check">
                    <Icon name="check" size={14} />
                  </span>
                )}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="styles-actions">
        <span className="hint" role="status">
          {task.problem ?? (made ? shelfText(made.length, left.length) : t('made.looking'))}
        </span>
        <div className="made-actions push">
          <button type="button" className="button quiet" onClick={() => onChoose([])}>
            {t(left.length > 0 ? 'cancel' : 'close')}
          </button>
          {left.length > 0 && (
            <button type="button" className="button" disabled={chosen.length === 0} onClick={() => onChoose(chosen)}>
              {chosen.length === 0 ? t('made.add') : t('made.addCount', { count: chosen.length })}
            </button>
          )}
        </div>
      </div>
    </section>
  )
}

function shelfText(made: number, left: number): string {
  if (made === 0) return t('made.nothing')
  return t(left === 0 ? 'made.allThere' : 'made.touch')
}
