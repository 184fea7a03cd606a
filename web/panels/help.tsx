import type { ReactElement } from 'react'
import { Sheet } from '../controls/controls.tsx'
import { shortcutGroups } from './shortcuts.ts'
import { ThemeButton } from './theme.tsx'
import './help.css'

export function HelpSheet({ onClose }: { onClose: () => void }): ReactElement {
  return (
    <Sheet title="How to paint here" onClose={onClose}>
      <div className="help-text">
        <p>
          A <b>frame</b> is a sheet with a prompt. Whatever is drawn on it is repainted, live, for everybody. Strength
          says how far the painting may go from your ink.
        </p>
        <p>
          Two fingers, the wheel or <kbd>Space</kbd> move the desk. With a pen in hand, fingers never draw.
        </p>
      </div>
      <div className="help-groups">
        {shortcutGroups.map(({ group, shortcuts }) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {shortcuts
                .filter(shortcut => shortcut.shown.length > 0)
                .map(shortcut => (
                  <div key={shortcut.label}>
                    <dt>{shortcut.label}</dt>
                    <dd>
                      {shortcut.shown.map(key => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <footer className="help-footer">
        <span>Theme</span>
        <ThemeButton />
      </footer>
    </Sheet>
  )
}
