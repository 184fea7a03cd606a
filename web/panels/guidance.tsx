import type { ReactElement } from 'react'
import { Slider } from '../controls/controls.tsx'
import { numberText } from '../text/format.ts'
import { t } from '../text/t.ts'

/** Beyond it pictures only burn out; `limits.maxGuidance` is what a recipe may say. */
const most = 14

/** How closely a picture, or a region of it, follows its words. */
export function Guidance(props: {
  readonly value: number
  readonly disabled?: boolean
  readonly onChange: (guidance: number) => void
}): ReactElement {
  const { value, disabled = false, onChange } = props
  return (
    <Slider
      label={t('tuning.guidance')}
      min={1}
      max={most}
      step={0.5}
      value={value}
      shown={numberText(value, 1)}
      disabled={disabled}
      onChange={onChange}
    />
  )
}
