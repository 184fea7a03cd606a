import { type ReactElement, type ReactNode, useId, useState } from 'react'
import type { Me, StyleShown } from '../../../protocol/styles.ts'
import { Marked } from '../../controls/marked.tsx'
import { me, signInPath } from '../../room/account.ts'
import { changeStyle } from '../../room/styles.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import './sharing.css'

type Guild = Me['guilds'][number]
type Run = (work: () => Promise<unknown>) => Promise<void>

/** Who may use a style: nobody else, one of the Discord servers where its owner and the bot are, or everyone. */
export function SharingChoice({ style, run }: { style: StyleShown; run: Run }): ReactElement {
  const who = useStore(me)
  const [isPicking, setPicking] = useState(false)
  const group = useId()
  const guilds = guildsFor(who, style.sharing)
  const isShared = style.sharing.startsWith('guild:')
  const isServer = isPicking || isShared
  const share = (sharing: string) => {
    setPicking(false)
    if (sharing !== style.sharing) void run(() => changeStyle(style.id, { sharing }))
  }
  // Nothing is shared before it is clear with whom: one server is taken at once, of several one must be picked.
  const [only] = guilds.length === 1 ? guilds : []
  return (
    <div className="sharing">
      <span className="label">
        {t('sharing.label')}
        {guilds.length === 0 && <small>{whyNoServer(who)}</small>}
      </span>
      <div className="choice" role="radiogroup" aria-label={t('sharing.label')}>
        <Choice
          group={group}
          label={t('sharing.me')}
          isChosen={!isServer && style.sharing === 'private'}
          onChoose={() => share('private')}
        />
        <Choice
          group={group}
          label={only ? guildName(only) : t('sharing.server')}
          isChosen={isServer}
          isOff={guilds.length === 0}
          onChoose={() => (only ? share(sharingOf(only)) : setPicking(true))}
        />
        <Choice
          group={group}
          label={t('sharing.everyone')}
          isChosen={!isServer && style.sharing === 'everyone'}
          onChoose={() => share('everyone')}
        />
      </div>
      {isServer && guilds.length > 1 && (
        <div className="servers" role="radiogroup" aria-label={t('sharing.which')}>
          {guilds.map(guild => (
            <Choice
              key={guild.id}
              group={`${group}-server`}
              label={guildName(guild)}
              isChosen={style.sharing === sharingOf(guild)}
              onChoose={() => share(sharingOf(guild))}
            />
          ))}
        </div>
      )}
    </div>
  )
}

function Choice(props: {
  /** Of those that belong together: the browser lets arrow keys choose among them. */
  group: string
  label: string
  isChosen: boolean
  isOff?: boolean
  onChoose: () => void
}): ReactElement {
  return (
    <label>
      <input
        type="radio"
        name={props.group}
        checked={props.isChosen}
        disabled={props.isOff}
        onChange={props.onChoose}
      />
      <span>{props.label}</span>
    </label>
  )
}

const sharingOf = ({ id }: Guild): string => `guild:${id}`

/** Those that can be chosen; and the one that was, although its owner was not seen there for long. */
function guildsFor(who: Me | null, sharing: string): readonly Guild[] {
  const open = who?.guilds.filter(guild => guild.sharing || sharingOf(guild) === sharing) ?? []
  if (!sharing.startsWith('guild:') || open.some(guild => sharingOf(guild) === sharing)) return open
  return [...open, { id: sharing.slice('guild:'.length), name: null, sharing: true }]
}

function guildName({ id, name }: Guild): string {
  return name ?? t('sharing.unnamed', { digits: id.slice(-4) })
}

function whyNoServer(who: Me | null): ReactNode {
  if (!who) return null
  if (who.guilds.length > 0) return t('sharing.off')
  if (who.account === 'discord') return t('sharing.useBot')
  if (!who.canSignIn) return t('sharing.followLink')
  return <Marked href={signInPath({ join: true })}>{t('sharing.signIn')}</Marked>
}

/** With whom a style is shared, in a word or two. */
export function sharingLabel(sharing: string, who: Me | null): string {
  if (sharing === 'private') return t('sharing.private')
  if (sharing === 'everyone') return t('sharing.withEveryone')
  return who?.guilds.find(guild => sharingOf(guild) === sharing)?.name ?? t('sharing.withServer')
}
