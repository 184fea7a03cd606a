import type { ReactElement } from 'react'
import type { StyleShown } from '../../../protocol/styles.ts'
import { Icon } from '../../controls/icons.tsx'
import { me } from '../../room/account.ts'
import { uploadOf } from '../../room/pictures.ts'
import { addPictures, isLearning, learn, removePicture, setCaption } from '../../room/styles.ts'
import { estimateText } from '../../room/styleTexts.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { PicturePrivacy } from './learnStyle.tsx'
import { countLabel, PictureTray } from './tray.tsx'

/** What a style learns from: its owner adds, leaves out and captions, and has it learned again. */
export function StylePictures(props: {
  style: StyleShown
  run: (work: () => Promise<unknown>) => Promise<void>
  onFiles: (files: readonly File[]) => void
}): ReactElement {
  const { style, run, onFiles } = props
  const max = useStore(me)?.limits.picturesPerStyle ?? style.stylePictures.length
  const pictures = style.stylePictures.map(({ id, path, caption }, index) => ({
    ...{ key: id, url: path, caption, name: t('pictures.number', { number: index + 1 }) },
  }))
  const isFirst = style.version === null
  return (
    <details className="fold" open={isFirst && !isLearning(style)}>
      <summary>
        <Icon name="chevron" size={18} />
        {t('pictures.label')}
        <span className="hint">{pictures.length}</span>
      </summary>
      <div className="teach">
        <PictureTray
          pictures={pictures}
          max={max}
          onFiles={onFiles}
          onMade={made => run(() => addPictures(style.id, made.map(uploadOf)))}
          onRemove={key => run(() => removePicture(style.id, key))}
          onCaption={(key, caption) => run(() => setCaption(style.id, key, caption))}
        />
        {!isLearning(style) && style.learnEstimate !== null && (
          <p className="hint">{estimateText(style.learnEstimate)}</p>
        )}
        <div className="styles-actions">
          <span className="hint">{countLabel(pictures.length, max)}</span>
          {!isLearning(style) && pictures.length > 0 && (
            <button
              type="button"
              className={isFirst ? 'button primary push' : 'button push'}
              onClick={() => run(() => learn(style.id))}
            >
              <Icon name="style" size={18} />
              {t(isFirst ? 'teach.learn' : 'pictures.again')}
            </button>
          )}
        </div>
        <PicturePrivacy />
      </div>
    </details>
  )
}
