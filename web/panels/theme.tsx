import type { ReactElement } from 'react'
import { IconButton } from '../controls/controls.tsx'
import type { IconName } from '../controls/icons.tsx'
import { useStore } from '../store/store.ts'
import { type Theme, theme } from '../store/theme.ts'
import { t } from '../text/t.ts'

const next: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' }
const icons: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' }

export function ThemeButton(): ReactElement {
  const now = useStore(theme)
  return (
    <IconButton
      icon={icons[now]}
      label={t('theme.label', { theme: t(`theme.${now}`) })}
      onClick={() => theme.set(next[now])}
    />
  )
}
