/**
 * Who answers until there is a studio: a model of gigabytes loads for a minute, and whoever opens the page, or watches
 * over the program, is to see that it is on its way.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { acceptedLanguage, type Language } from '../language/languages.ts'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { listenError } from './listenError.ts'

export interface LoadingServer {
  readonly port: number
  /** Gives the port free. */
  close(): Promise<void>
}

const refreshSeconds = 2
// Nothing here has a log yet, and nothing that fails here ends the program.
const guard = createGuard(() => undefined)

/** `text`: what is being done, such as "Loading the model, part 3 of 4, about 40 s." `port` 0: any free one. */
export async function openLoadingServer(
  { port, host }: { readonly port: number; readonly host: string },
  text: (language: Language) => string,
): Promise<LoadingServer> {
  const server = createServer((request, response) => answer(request, response, text))
  server.listen({ port, host })
  await once(server, 'listening').catch(error => {
    throw listenError(error, port, host)
  })
  server.on(
    'error',
    guard('a connection that is not accepted', () => undefined),
  )
  return {
    // A server that listens on a TCP port has such an address.
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Text = (language: Language) => string

function answer({ url = '/', method, headers }: IncomingMessage, response: ServerResponse, text: Text): void {
  const path = url.split('?')[0]!
  const [status, type, body] = answerTo(path, acceptedLanguage(headers['accept-language']), text)
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    connection: 'close',
    vary: 'accept-language',
    ...(status === 503 && { 'retry-after': `${refreshSeconds}` }),
  })
  response.end(method === 'HEAD' ? undefined : body)
}

/** What people, and programs that show pages, open by itself: it comes back until the real one is there. */
const isPage = (path: string): boolean => path === '/' || path.startsWith('/r/') || path.startsWith('/f/')

function answerTo(path: string, language: Language, text: Text): [status: number, type: string, body: string] {
  const json = 'application/json; charset=utf-8'
  if (path === '/livez') return [200, json, JSON.stringify({ ok: true })]
  if (path === '/readyz' || path === '/healthz') {
    return [503, json, JSON.stringify({ ok: false, checks: { engine: text('en') } })]
  }
  if (isPage(path)) return [503, 'text/html; charset=utf-8', page(language, text(language))]
  return [503, json, JSON.stringify(new UserError('engine/loading', text('en')).payload)]
}

/** As the pages look, in what one answer can hold. */
const style = `
body { display: grid; place-content: center; min-height: 90vh; margin: 0; text-align: center;
  font: 17px/1.5 system-ui, sans-serif; background: light-dark(#f1eee9, #1a1917); color: light-dark(#1d1b18, #f3f0ea) }
h1 { margin: 0; font-size: 44px; letter-spacing: -0.02em }
p { color: light-dark(#6a645b, #aba49a) }
`
const styleHash = createHash('sha256').update(style).digest('base64')

/** `text` is ours and holds nothing that HTML would read otherwise. */
const page = (language: Language, text: string) => `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>Fourstroke</title>
<style>${style}</style>
<h1>Fourstroke</h1>
<p role="status">${text}
`
