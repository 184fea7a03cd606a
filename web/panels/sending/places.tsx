import { type ReactElement, useEffect, useState } from 'react'
import type { DiscordChannel, DiscordPlaces } from '../../../protocol/events.ts'
import { useTask } from '../../controls/task.ts'
import type { RoomSession } from '../../room/session.ts'
import { errorMessage, t } from '../../text/t.ts'

/** Where a picture goes; null while that is not chosen. */
export type Choice = { readonly type: 'origin' } | { readonly type: 'channel'; readonly id: string } | null

interface PlacesProps {
  readonly session: RoomSession
  readonly places: DiscordPlaces
  readonly choice: Choice
  readonly onChoose: (choice: Choice) => void
}

/** Where the room came from, or a channel of a server. */
export function Places({ session, places, choice, onChoose }: PlacesProps): ReactElement {
  const { origin, servers } = places
  const [isElsewhere, setElsewhere] = useState(choice === null)
  return (
    <fieldset className="send-places">
      <legend>{t('send.where')}</legend>
      {origin && (
        <label className="send-place">
          <input
            type="radio"
            name="send-place"
            checked={!isElsewhere}
            disabled={origin.problem !== null}
            onChange={() => {
              setElsewhere(false)
              onChoose({ type: 'origin' })
            }}
          />
          <span>{originName(origin)}</span>
        </label>
      )}
      {origin?.problem && <p className="hint">{errorMessage(origin.problem)}</p>}
      {origin && servers.length > 0 && (
        <label className="send-place">
          <input
            type="radio"
            name="send-place"
            checked={isElsewhere}
            onChange={() => {
              setElsewhere(true)
              onChoose(null)
            }}
          />
          <span>{t('send.elsewhere')}</span>
        </label>
      )}
      {isElsewhere && servers.length > 0 && (
        <ChannelChoice session={session} servers={servers} choice={choice} onChoose={onChoose} />
      )}
      {(isElsewhere || servers.length === 0) && <p className="hint">{t('send.missing')}</p>}
    </fieldset>
  )
}

function originName({ channel, server, isReply }: NonNullable<DiscordPlaces['origin']>): string {
  if (channel === '') return t(server === null ? 'send.origin' : 'send.originOf', { server: server ?? '' })
  const named = { channel: `#${channel}`, server: server ?? '' }
  return t(isReply ? 'send.reply' : 'send.channel', named)
}

function ChannelChoice(props: Omit<PlacesProps, 'places'> & Pick<DiscordPlaces, 'servers'>): ReactElement {
  const { session, servers, choice, onChoose } = props
  const [server, setServer] = useState(servers[0]!.id)
  const [channels, setChannels] = useState<readonly DiscordChannel[] | null>(null)
  const { run, problem } = useTask()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the channels are those of the server.
  useEffect(() => {
    let isCurrent = true
    setChannels(null)
    onChoose(null)
    void run(async () => {
      const found = await session.discord.channels(server)
      if (isCurrent) setChannels(found)
    })
    return () => {
      isCurrent = false
    }
  }, [server])
  return (
    <div className="send-channel">
      <label>
        {t('send.server')}
        <select className="field" value={server} onChange={event => setServer(event.target.value)}>
          {servers.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {channels && channels.length > 0 && (
        <label>
          {t('send.channelLabel')}
          <select
            className="field"
            value={choice?.type === 'channel' ? choice.id : ''}
            onChange={event => onChoose(event.target.value ? { type: 'channel', id: event.target.value } : null)}
          >
            <option value="">{t('send.choose')}</option>
            {grouped(channels).map(({ group, members }) =>
              group === null ? (
                options(members)
              ) : (
                <optgroup key={group} label={group}>
                  {options(members)}
                </optgroup>
              ),
            )}
          </select>
        </label>
      )}
      {channels?.length === 0 && <p className="hint">{t('send.none')}</p>}
      {!channels && !problem && <p role="status">{t('send.asking')}</p>}
      <p className="problem" role="alert">
        {problem}
      </p>
    </div>
  )
}

const options = (channels: readonly DiscordChannel[]): ReactElement[] =>
  channels.map(({ id, name }) => (
    <option key={id} value={id}>
      #{name}
    </option>
  ))

/** In their order; what stands under one name is together. */
function grouped(channels: readonly DiscordChannel[]): { group: string | null; members: DiscordChannel[] }[] {
  const groups = [...new Set(channels.map(({ group }) => group))]
  return groups.map(group => ({ group, members: channels.filter(one => one.group === group) }))
}
