import { type ReactElement, useRef, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { MadePicture } from '../../../protocol/styles.ts'
import { keyOf } from '../../browser/keys.ts'
import { IconButton } from '../../controls/controls.tsx'
import { Icon } from '../../controls/icons.tsx'
import { t } from '../../text/t.ts'
import { MadePictures } from './made.tsx'
import './tray.css'

/** Fewer teach little; more only take longer. */
export const goodCount = { min: 5, max: 20 }

export interface TrayPicture {
  readonly key: string
  readonly url: string
  /** What to call it when it has no caption. */
  readonly name: string
  readonly caption: string
}

/**
 * Pictures to learn from, each with a caption if somebody likes. Files arrive by drop, paste or the picker; what was
 * made here is chosen from a shelf.
 */
export function PictureTray(props: {
  pictures: readonly TrayPicture[]
  max: number
  onFiles: (files: readonly File[]) => void
  onMade: (made: readonly MadePicture[]) => void
  onRemove: (key: string) => void
  onCaption: (key: string, caption: string) => void
}): ReactElement {
  const { pictures, max, onFiles, onMade, onRemove, onCaption } = props
  const [isChoosing, setChoosing] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const pick = () => input.current?.click()
  return (
    <div className="tray">
      <input
        ref={input}
        type="file"
        aria-label={t('tray.pick')}
        accept="image/png,image/jpeg,image/webp"
        multiple
        hidden
        onChange={event => {
          const files = [...(event.target.files ?? [])]
          event.target.value = ''
          onFiles(files)
        }}
      />
      {pictures.length === 0 ? (
        <button type="button" className="tray-invitation" onClick={pick}>
          <FannedSheets />
          <strong>{t('tray.drop')}</strong>
          <span>{t('tray.hint', goodCount)}</span>
        </button>
      ) : (
        <ul className="tray-pictures" aria-label={t('tray.label')}>
          {pictures.map(({ key, url, name, caption }) => (
            <li key={key}>
              <img src={url} alt={caption || name} draggable={false} />
              <IconButton
                icon="close"
                className="small"
                label={t('tray.remove', { name })}
                onClick={() => onRemove(key)}
              />
              <input
                className="tray-caption"
                placeholder={t('tray.caption')}
                aria-label={t('tray.captionOf', { name })}
                maxLength={limits.maxCaptionCharacters}
                defaultValue={caption}
                onBlur={event => event.target.value !== caption && onCaption(key, event.target.value)}
                onKeyDown={event => {
                  if (keyOf(event.nativeEvent) !== 'Enter') return
                  event.preventDefault()
                  event.currentTarget.blur()
                }}
              />
            </li>
          ))}
          {pictures.length < max && (
            <li>
              <button type="button" className="tray-more" onClick={pick}>
                <Icon name="plus" />
                {t('tray.more')}
              </button>
            </li>
          )}
        </ul>
      )}
      {isChoosing ? (
        <MadePictures
          taken={new Set(pictures.map(({ key }) => key))}
          max={max - pictures.length}
          onChoose={made => {
            setChoosing(false)
            if (made.length > 0) onMade(made)
          }}
        />
      ) : (
        pictures.length < max && (
          <button type="button" className="button quiet tray-made" onClick={() => setChoosing(true)}>
            <Icon name="image" size={18} />
            {t(pictures.length === 0 ? 'tray.orMade' : 'tray.made')}
          </button>
        )
      )}
    </div>
  )
}

/** How many there are, and what that means. */
export function countLabel(count: number, max: number): string {
  if (count === 0) return t('tray.upTo', { max })
  return count < goodCount.min
    ? t('tray.countFew', { count, max, good: goodCount.min })
    : t('tray.count', { count, max })
}

/** Four sheets, fanned out, each with a stroke of the same hand. */
export function FannedSheets(): ReactElement {
  return (
    <svg className="fanned" viewBox="0 0 144 84" width="144" height="84" aria-hidden="true">
      {[-27, -9, 9, 27].map(angle => (
        <g key={angle} transform={`rotate(${angle} 72 112)`}>
          <rect x="52" y="12" width="40" height="46" rx="3" />
          <path d="M59 46c4-14 7-22 11-22s0 16 5 18 6-7 10-10" />
        </g>
      ))}
    </svg>
  )
}
