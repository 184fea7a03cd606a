import type { ReactElement } from 'react'
import { IconButton } from '../controls/controls.tsx'
import type { IconName } from '../controls/icons.tsx'
import { useStore } from '../store/store.ts'
import { type Theme, theme } from '../store/theme.ts'

const next: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' }
const icons: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' }
const labels: Record<Theme, string> = { auto: 'as the system', light: 'light', dark: 'dark' }

export function ThemeButton(): ReactElement {
  const now = useStore(theme)
  return <IconButton icon={icons[now]} label={`Theme: ${labels[now]}`} onClick={() => theme.set(next[now])} />
}
