import type { FastifyInstance, FastifyRequest } from 'fastify'
import { styleChecks } from '../protocol/checks.ts'
import { UserError } from '../protocol/errors.ts'
import type { Me } from '../protocol/styles.ts'
import type { Person, Studio } from '../studio/studio.ts'
import type { DiscordSignIn, SignInSecrets } from './discord.ts'
import { faultReporter } from './faults.ts'
import { type Guests, readCookie } from './guests.ts'
import type { Metrics } from './metrics.ts'
import { checkBody } from './replies.ts'
import type { Visitors } from './visitors.ts'

export type SignInTools = {
  readonly studio: Studio
  readonly guests: Guests
  /** null: nobody can sign in with Discord here. */
  readonly discord: DiscordSignIn | null
  /** Where people find us. */
  readonly siteUrl: () => string
  readonly metrics: Metrics
} & Pick<Visitors, 'guestOf' | 'personOf'>

/** What a browser carries while its person is at Discord. */
interface Journey extends SignInSecrets {
  readonly back: string
  readonly join: boolean
}
const journeyCookie = 'fourstroke_sign_in'
const journeySeconds = 10 * 60
/** That a style is learned from. */
const usualPictures = 10

/** Who somebody is: a guest of this browser, or the person behind a Discord account. */
export function serveSignIn(app: FastifyInstance, tools: SignInTools): void {
  const { studio, guests, metrics, discord, siteUrl, guestOf, personOf } = tools
  /** Per address: nobody is known yet. Codes have 128 bits. */
  const takeTry = ({ ip }: FastifyRequest) => studio.budgets.take({ address: ip }, { signIns: 1 })
  const setJourney = (value: string, seconds: number) => {
    const secure = siteUrl().startsWith('https:') ? '; Secure' : ''
    return `${journeyCookie}=${value}; Path=/auth; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
  }
  const redirectUri = () => `${siteUrl()}/auth/discord/callback`

  async function meOf(person: Person, cookies: string | undefined): Promise<Me> {
    const { styles } = studio
    const { stylesPerPerson, picturesPerStyle, learningsPerPerson } = styles.limits
    const account = person.discordId === null ? 'guest' : 'discord'
    return {
      person: { id: person.id, name: person.name, color: person.color },
      account,
      canJoin: account === 'discord' && (await guests.findGuest(cookies)) !== null,
      canSignIn: discord !== null,
      isOperator: await styles.isOperator(person.id),
      guilds: await studio.guilds.ofPerson(person.id),
      stylesError: styles.error,
      learnEstimate: styles.error ? null : styles.estimateLearning(usualPictures),
      defaultStyleProblem: await styles.defaultProblem(person.id),
      limits: { stylesPerPerson, picturesPerStyle, learningsPerPerson },
    }
  }

  app.get('/api/me', async (request, reply): Promise<Me> => {
    reply.header('cache-control', 'no-store')
    return meOf(personOf(request), request.headers.cookie)
  })

  app.delete('/api/me/default-style', async (request): Promise<Me> => {
    const person = personOf(request)
    await studio.styles.setDefault(person.id, null)
    return meOf(person, request.headers.cookie)
  })

  app.get<{ Querystring: { then?: string; join?: string } }>('/auth/discord', async (request, reply) => {
    if (!discord) throw new UserError('sign-in/off')
    await takeTry(request)
    const { url, secrets } = await discord.begin(redirectUri())
    const journey: Journey = { ...secrets, back: ownPath(request.query.then), join: request.query.join === '1' }
    reply.header('set-cookie', setJourney(Buffer.from(JSON.stringify(journey)).toString('base64url'), journeySeconds))
    return reply.header('cache-control', 'no-store').redirect(url.href)
  })

  app.get('/auth/discord/callback', async (request, reply) => {
    if (!discord) throw new UserError('sign-in/off')
    await takeTry(request)
    const journey = readJourney(request.headers.cookie)
    const address = new URL(request.url, redirectUri())
    reply.header('cache-control', 'no-store').header('set-cookie', setJourney('', 0))
    if (!journey || address.searchParams.get('state') !== journey.state) throw new UserError('sign-in/state')
    // Whoever says no at Discord comes back as who they were.
    if (address.searchParams.has('error')) return reply.redirect(journey.back)
    const account = await discord.finish(address, journey).catch((error: unknown) => {
      faultReporter(request.log, metrics)('Discord did not sign somebody in', error)
      throw new UserError('sign-in/failed')
    })
    const person = await studio.people.fromDiscord(account)
    const guest = journey.join ? await guests.findGuest(request.headers.cookie) : null
    if (guest) await studio.people.join(guest.id, person.id)
    return reply.header('set-cookie', await guests.signIn(person)).redirect(journey.back)
  })

  app.post('/auth/code', { config: { whileStopped: true } }, async (request, reply): Promise<Me> => {
    await takeTry(request)
    const { code } = checkBody(styleChecks.code, request.body)
    const person = await studio.people.fromCode(code)
    if (!person) throw new UserError('sign-in/code')
    reply.header('set-cookie', await guests.signIn(person))
    return meOf(person, request.headers.cookie)
  })

  app.post('/auth/join', async (request): Promise<Me> => {
    const { cookie } = request.headers
    const [person, guest] = await Promise.all([guests.find(cookie), guests.findGuest(cookie)])
    if (!person || !guest) throw new UserError('person/join')
    return meOf(await studio.people.join(guest.id, person.id), cookie)
  })

  app.post('/auth/out', { config: { whileStopped: true } }, async (request, reply): Promise<Me> => {
    const { cookie } = request.headers
    const guest = await guests.findGuest(cookie)
    const ended = await guests.signOut(cookie)
    if (ended.length > 0) reply.header('set-cookie', ended)
    request.person = guest
    return meOf(await guestOf(request, reply), undefined)
  })
}

/** A path on this site, wherever a link would like to lead. */
function ownPath(path: string | undefined): string {
  if (path === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path)) return '/'
  const base = 'http://here.invalid'
  const url = URL.canParse(path, base) ? new URL(path, base) : null
  return url?.origin === base ? `${url.pathname}${url.search}` : '/'
}

function readJourney(cookies: string | undefined): Journey | null {
  const value = readCookie(cookies, journeyCookie)
  if (value === null) return null
  try {
    const { state, verifier, back, join } = JSON.parse(Buffer.from(value, 'base64url').toString()) as Partial<Journey>
    if (typeof state !== 'string' || typeof verifier !== 'string') return null
    return { state, verifier, back: ownPath(back), join: join === true }
  } catch {
    // Not what we wrote: as good as none.
    return null
  }
}
