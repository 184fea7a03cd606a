import { type ReactElement, Suspense, useState } from 'react'
import { Icon } from '../controls/icons.tsx'
import { later } from '../controls/later.ts'
import { me } from '../room/account.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'

const ModerationSheet = later(async () => (await import('./moderationSheet.tsx')).ModerationSheet)

/** For operators alone: opens what people have reported, and what is stopped. */
export function Moderation(): ReactElement | null {
  const isOperator = useStore(me)?.isOperator ?? false
  const [isOpen, setOpen] = useState(false)
  if (!isOperator) return null
  return (
    <>
      <button type="button" className="button quiet" onClick={() => setOpen(true)}>
        <Icon name="warn" size={18} />
        {t('moderation.button')}
      </button>
      <Suspense>{isOpen && <ModerationSheet onClose={() => setOpen(false)} />}</Suspense>
    </>
  )
}
