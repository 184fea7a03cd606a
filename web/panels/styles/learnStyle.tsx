import { type FormEvent, type ReactElement, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import { Icon } from '../../controls/icons.tsx'
import { Marked } from '../../controls/marked.tsx'
import { useTask } from '../../controls/task.ts'
import { me } from '../../room/account.ts'
import { messageFor } from '../../room/http.ts'
import { forget, uploadOf } from '../../room/pictures.ts'
import { learn, makeStyle } from '../../room/styles.ts'
import { estimateText } from '../../room/styleTexts.ts'
import { useStore } from '../../store/store.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import { draft, stylesPage } from './page.ts'
import { countLabel, PictureTray } from './tray.tsx'
import './learnStyle.css'

/** Pictures, a name, and off it goes. */
export function LearnStyle({ onFiles }: { onFiles: (files: readonly File[]) => void }): ReactElement {
  const { name, pictures } = useStore(draft)
  const max = useStore(me)?.limits.picturesPerStyle ?? goodMax
  const task = useTask()
  const [sent, setSent] = useState(0)
  const estimate = useStore(me)?.learnEstimate ?? null
  const tooMany = pictures.length > max ? t('teach.tooMany', { max, count: pictures.length - max }) : null

  async function onSubmit(event: FormEvent) {
    event.preventDefault()
    if (pictures.length === 0) return task.showError(t('teach.noPictures'))
    if (tooMany) return task.showError(tooMany)
    await task.run(async () => {
      setSent(0)
      const { id } = await makeStyle(name.trim(), pictures, setSent)
      for (const picture of pictures) forget(picture)
      draft.set({ name: '', pictures: [] })
      stylesPage.set({ type: 'style', id })
      // The style is there: if it cannot be learned right now, its own page says so and offers it again.
      await learn(id).catch((error: unknown) => notify(messageFor(error), 'bad'))
    })
  }

  return (
    <form className="teach" onSubmit={onSubmit}>
      <PictureTray
        pictures={pictures}
        max={max}
        onFiles={onFiles}
        onMade={made => draft.update(before => ({ ...before, pictures: [...before.pictures, ...made.map(uploadOf)] }))}
        onRemove={key => {
          for (const picture of pictures) if (picture.key === key) forget(picture)
          draft.update(before => ({ ...before, pictures: before.pictures.filter(one => one.key !== key) }))
        }}
        onCaption={(key, caption) =>
          draft.update(before => ({
            ...before,
            pictures: before.pictures.map(one => (one.key === key ? { ...one, caption } : one)),
          }))
        }
      />
      <p className="teach-count" role="status">
        {tooMany ?? countLabel(pictures.length, max)}
      </p>
      {estimate !== null && <p className="hint">{estimateText(estimate)}</p>}
      <div className="teach-row">
        <label className="visually-hidden" htmlFor="style-name">
          {t('teach.name')}
        </label>
        <input
          id="style-name"
          className="field"
          placeholder={t('teach.namePlaceholder')}
          autoComplete="off"
          required
          maxLength={limits.maxStyleNameCharacters}
          value={name}
          onChange={event => draft.update(before => ({ ...before, name: event.target.value }))}
        />
        <button type="submit" className="button primary" disabled={task.isBusy}>
          <Icon name="style" />
          {task.isBusy
            ? t('teach.sending', { number: Math.min(sent + 1, pictures.length), count: pictures.length })
            : t('teach.learn')}
        </button>
      </div>
      <p className="problem" role="alert">
        {task.problem}
      </p>
      <PicturePrivacy />
    </form>
  )
}

/** Until the server has said how many it takes. */
const goodMax = 20

/** What happens to the pictures. */
export function PicturePrivacy(): ReactElement {
  return (
    <p className="promise">
      <Icon name="lock" size={18} />
      <span>
        <Marked>{t('teach.privacy')}</Marked>
      </span>
    </p>
  )
}
