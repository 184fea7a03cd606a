import type { ReactElement } from 'react'
import { Sheet } from '../controls/controls.tsx'
import { Marked } from '../controls/marked.tsx'
import { t } from '../text/t.ts'
import { LanguageChoice } from './language.tsx'
import { shortcutGroups } from './shortcuts.ts'
import { ThemeButton } from './theme.tsx'
import './help.css'

export function HelpSheet({ onClose }: { onClose: () => void }): ReactElement {
  return (
    <Sheet title={t('help.title')} onClose={onClose}>
      <div className="help-text">
        <p>
          <Marked>{t('help.frames')}</Marked>
        </p>
        <p>
          <Marked>{t('help.moving')}</Marked>
        </p>
      </div>
      <div className="help-groups">
        {shortcutGroups.map(({ group, shortcuts }) => (
          <section key={group}>
            <h3>{t(`shortcuts.${group}`)}</h3>
            <dl>
              {shortcuts.flatMap(({ name, shown }) =>
                shown === undefined ? (
                  []
                ) : (
                  <div key={name}>
                    <dt>{t(`shortcut.${name}`)}</dt>
                    <dd>
                      {shown.map(key => (
                        <kbd key={key}>{keyName(key)}</kbd>
                      ))}
                    </dd>
                  </div>
                ),
              )}
            </dl>
          </section>
        ))}
      </div>
      <footer className="help-footer">
        <span>{t('help.theme')}</span>
        <ThemeButton />
        <LanguageChoice />
      </footer>
    </Sheet>
  )
}

/** What is printed on the key, where that differs between languages. */
function keyName(key: string): string {
  const name = key.toLowerCase()
  return name === 'ctrl' || name === 'shift' || name === 'delete' ? t(`key.${name}`) : key
}
