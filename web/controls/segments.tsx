import type { ReactElement } from 'react'
import { IconButton } from './controls.tsx'
import type { IconName } from './icons.tsx'

interface Segment<T> {
  readonly value: T
  readonly icon: IconName
  readonly label: string
  readonly shortcut?: string
  /** How the icon is drawn, where two share one. */
  readonly look?: 'solid' | 'soft-tip'
}

/** Small buttons side by side, of which the one that stands for `value` is pressed. */
export function Segments<T extends string | boolean>(props: {
  label: string
  value: T
  segments: readonly Segment<T>[]
  onChoose: (value: T) => void
}): ReactElement {
  return (
    <fieldset className="segments" aria-label={props.label}>
      {props.segments.map(({ value, icon, label, shortcut, look }) => (
        <IconButton
          key={String(value)}
          icon={icon}
          className={look ? `small ${look}` : 'small'}
          label={label}
          shortcut={shortcut}
          pressed={value === props.value}
          onClick={() => props.onChoose(value)}
        />
      ))}
    </fieldset>
  )
}
