import * as oauth from 'openid-client'
import { visibleName } from '../protocol/names.ts'

/** Where signing in with Discord goes, and as which application. */
export interface SignInSettings {
  readonly clientId: string
  readonly clientSecret: string
  /** `DISCORD_API` */
  readonly api: string
  /** The page on which a person says yes. */
  readonly authorizeUrl: string
}

/** What a browser must bring back, so that nobody else can finish what it began. */
export interface SignInSecrets {
  readonly state: string
  readonly verifier: string
}

interface DiscordAccount {
  readonly discordId: string
  readonly name: string
}

/** OAuth 2 with Discord: the authorization code grant with PKCE (RFC 7636), for nothing but who somebody is. */
export interface DiscordSignIn {
  begin(redirectUri: string): Promise<{ readonly url: URL; readonly secrets: SignInSecrets }>
  /** `address`: the one that the browser came back to, query and all. */
  finish(address: URL, secrets: SignInSecrets): Promise<DiscordAccount>
  /** Who Discord's own client says somebody is, by the code that it gave our page inside it. */
  fromCode(code: string): Promise<DiscordAccount & { readonly accessToken: string }>
}

export function openDiscordSignIn({ clientId, clientSecret, api, authorizeUrl }: SignInSettings): DiscordSignIn {
  const server = {
    issuer: new URL(api).origin,
    authorization_endpoint: authorizeUrl,
    token_endpoint: `${api}/v10/oauth2/token`,
    revocation_endpoint: `${api}/v10/oauth2/token/revoke`,
  }
  const config = new oauth.Configuration(server, clientId, clientSecret)
  // A Discord on this machine, for tests; whoever names an http address has chosen so.
  if (api.startsWith('http:')) oauth.allowInsecureRequests(config)

  async function accountOf(token: string): Promise<DiscordAccount> {
    const response = await oauth.fetchProtectedResource(config, token, new URL(`${api}/v10/users/@me`), 'GET')
    return readAccount(await response.json())
  }

  return {
    async begin(redirectUri) {
      const secrets = { state: oauth.randomState(), verifier: oauth.randomPKCECodeVerifier() }
      const url = oauth.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'identify',
        state: secrets.state,
        code_challenge: await oauth.calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: 'S256',
      })
      return { url, secrets }
    },

    async finish(address, { state, verifier }) {
      const checks = { expectedState: state, pkceCodeVerifier: verifier }
      const { access_token: token } = await oauth.authorizationCodeGrant(config, address, checks)
      const account = await accountOf(token)
      // We know who it is: the token is needed no more, and is stored nowhere.
      await oauth.tokenRevocation(config, token)
      return account
    },

    async fromCode(code) {
      const { access_token: accessToken } = await oauth.genericGrantRequest(config, 'authorization_code', { code })
      return { ...(await accountOf(accessToken)), accessToken }
    },
  }
}

function readAccount(user: unknown): DiscordAccount {
  const { id, username, global_name: name } = user as Record<string, unknown>
  if (typeof id !== 'string' || !/^[0-9]{1,20}$/.test(id)) {
    throw new Error(`Expected a Discord user with an id, got ${typeof id}`)
  }
  // Where nothing of the name can be seen, what they are called by Discord itself.
  return { discordId: id, name: visibleName(String(name ?? '')) || String(username ?? '') }
}
