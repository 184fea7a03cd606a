import type { ReactElement } from 'react'
import './swatch.css'

/** One color of a radio group; `color` is #rrggbb. */
export function Swatch(props: {
  color: string
  name: string
  chosen: boolean
  onChoose: (color: string) => void
}): ReactElement {
  const { color, name, chosen, onChoose } = props
  return (
    // biome-ignore lint/a11y/useSemanticElements: a swatch is a button that belongs to a radio group
    <button
      type="button"
      className="swatch"
      role="radio"
      aria-label={name}
      aria-checked={chosen}
      style={{ '--color': color } as React.CSSProperties}
      onClick={() => onChoose(color)}
    />
  )
}
