import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { userJson, type World } from './world.ts'

/** The application's own, for signing in. */
export const clientSecret = 'loopback-secret'

interface Grant {
  readonly user: string
  /** Null: for a page inside Discord, which nobody is sent back to. */
  readonly redirectUri: string | null
  readonly challenge: string | null
}

/**
 * Signing in at this Discord (topics/oauth2): the page that asks, which a program says yes to by `?as=<user id>` or no by
 * `?as=nobody`; codes that are good once; tokens that can be revoked. `answer` is true for what it takes care of.
 */
export function openOauth(world: World): {
  answer(request: IncomingMessage, response: ServerResponse): boolean
  grant(user: string): string
} {
  const grants = new Map<string, Grant>()
  const tokens = new Map<string, string>()

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? ''
    const back = new URL(redirectUri)
    const isWhole =
      query.get('response_type') === 'code' &&
      query.get('client_id') === world.application.id &&
      query.get('scope') === 'identify'
    if (!isWhole) {
      end(response, 400, { error: 'invalid_request' })
      return
    }
    const user = query.get('as')
    if (user === null) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(consentPage(world, query))
      return
    }
    back.searchParams.set('state', query.get('state') ?? '')
    if (world.users.has(user)) {
      const code = randomBytes(12).toString('hex')
      grants.set(code, { user, redirectUri, challenge: query.get('code_challenge') })
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    response.writeHead(302, { location: back.href }).end()
  }

  function exchange(form: URLSearchParams, response: ServerResponse): void {
    const code = form.get('code') ?? ''
    const grant = grants.get(code)
    grants.delete(code)
    const isClient = form.get('client_id') === world.application.id && form.get('client_secret') === clientSecret
    if (!isClient) {
      end(response, 401, { error: 'invalid_client' })
      return
    }
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isGood =
      grant !== undefined &&
      form.get('grant_type') === 'authorization_code' &&
      form.get('redirect_uri') === grant.redirectUri &&
      (grant.challenge === null || grant.challenge === verifier)
    if (!isGood) {
      end(response, 400, { error: 'invalid_grant' })
      return
    }
    const token = randomBytes(12).toString('hex')
    tokens.set(token, grant.user)
    const rest = { token_type: 'Bearer', expires_in: 604_800, refresh_token: token, scope: 'identify' }
    end(response, 200, { access_token: token, ...rest })
  }

  async function answerToken(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const form = new URLSearchParams(isForm ? Buffer.concat(chunks).toString() : '')
    if (path.endsWith('/revoke')) {
      tokens.delete(form.get('token') ?? '')
      end(response, 200, {})
    } else exchange(form, response)
  }

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://here')
    const path = url.pathname.replace(/^\/api(\/v10)?/, '')
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (path === '/oauth2/authorize') authorize(url.searchParams, response)
    else if (request.method === 'POST' && /^\/oauth2\/token(\/revoke)?$/.test(path)) {
      answerToken(path, request, response).catch(() => response.writeHead(500).end())
    } else if (path === '/users/@me' && bearer !== undefined) {
      const user = world.users.get(tokens.get(bearer) ?? '')
      if (user) end(response, 200, userJson(user))
      else end(response, 401, { message: '401: Unauthorized', code: 0 })
    } else return false
    return true
  }

  return {
    answer,
    grant(user) {
      const code = randomBytes(12).toString('hex')
      grants.set(code, { user, redirectUri: null, challenge: null })
      return code
    },
  }
}

/** What a browser shows: whoever sits there picks who they are, or says no. */
function consentPage({ application, users }: World, query: URLSearchParams): string {
  const link = (as: string, words: string) =>
    `<p><a href="?${new URLSearchParams([...query, ['as', as]]).toString().replaceAll('&', '&amp;')}">${words}</a>`
  const people = [...users.values()].map(({ id, globalName, username }) =>
    link(id, `Authorize as ${globalName ?? username}`),
  )
  const head = `<!doctype html><link rel="icon" href="data:,"><title>${application.name} wants to know who you are</title>`
  return [head, ...people, link('nobody', 'Cancel')].join('\n')
}

function end(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
}
