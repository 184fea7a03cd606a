import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'

/** Discord's client in a browser, as a page inside it meets it: the page that frames it, and the proxy before it. */
export interface DiscordClient {
  /** Where names of Discord lead, for `--host-resolver-rules`; its certificates are nobody's. */
  readonly port: number
  /** The page of somebody in an instance. `code`: what the client answers to AUTHORIZE. */
  address(person: {
    readonly id: string
    readonly name: string
    readonly code: string
    readonly instance: string
  }): string
  close(): Promise<void>
}

/** `target`: our server, which the proxy speaks to as `publicHost`. */
export async function openDiscordClient(
  applicationId: string,
  { target, publicHost }: { readonly target: number; readonly publicHost: string },
): Promise<DiscordClient> {
  const pem = execFileSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=discord.com -days 2 -keyout - -out -'.split(
      ' ',
    ),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const host = `${applicationId}.discordsays.com`
  const server = createServer({ key: pem, cert: pem }, (incoming, answer) => {
    if (incoming.headers.host !== host) {
      const page = incoming.url?.startsWith('/activity?') ? parentPage(host) : ''
      answer.writeHead(page ? 200 : 404, { 'content-type': 'text/html' }).end(page)
      return
    }
    const { method, url: path } = incoming
    const headers = { ...incoming.headers, host: publicHost }
    const forwarded = request({ host: '127.0.0.1', port: target, method, path, headers }, found => {
      answer.writeHead(found.statusCode ?? 502, found.rawHeaders)
      found.pipe(answer)
    })
    forwarded.on('error', () => answer.destroy())
    incoming.pipe(forwarded)
  })
  server.on('upgrade', (incoming, socket, head) => {
    const line = connect(target, '127.0.0.1', () => {
      const lines = incoming.rawHeaders.flatMap((name, index, all) => {
        if (index % 2) return []
        return [`${name}: ${name.toLowerCase() === 'host' ? publicHost : all[index + 1]}`]
      })
      line.write(`${[`GET ${incoming.url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`)
      line.write(head)
      socket.pipe(line).pipe(socket)
    })
    for (const end of [line, socket]) end.on('error', () => socket.destroy(line.destroy().errored ?? undefined))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    address: person => `https://discord.com/activity?${new URLSearchParams(person)}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/**
 * The side of Discord's client: a server of RPC over `postMessage` (developer-tools/embedded-app-sdk). Opcodes: 0 handshake,
 * 1 frame, 2 close. What it was asked stands in `window.asked`.
 */
const parentPage = (host: string): string => `<!doctype html><title>Discord</title><link rel="icon" href="data:,">
<style>body{margin:0}iframe{border:0;width:100vw;height:100vh;display:block}</style><iframe></iframe><script>
const { id, name, code, instance } = Object.fromEntries(new URLSearchParams(location.search))
const origin = 'https://${host}'
const user = { id, username: name, discriminator: '0', avatar: null, public_flags: 0, global_name: name }
window.asked = []
addEventListener('message', ({ data, source, origin: from }) => {
  if (from !== origin || !Array.isArray(data)) return
  const [op, said] = data
  window.asked.push(said.cmd ?? op)
  const send = what => source.postMessage([1, what], from)
  if (op === 0) {
    const config = { cdn_host: 'cdn.discordapp.com', api_endpoint: '//discord.com/api', environment: 'production' }
    return send({ cmd: 'DISPATCH', evt: 'READY', nonce: null, data: { v: 1, config } })
  }
  if (op !== 1) return
  const reply = data => send({ cmd: said.cmd, evt: null, nonce: said.nonce, data })
  if (said.cmd === 'AUTHORIZE') return reply({ code })
  if (said.cmd === 'AUTHENTICATE') {
    const application = { id: '${host.split('.')[0]}', description: '', name: 'Fourstroke', icon: null, rpc_origins: [] }
    const expires = '2100-01-01T00:00:00Z'
    return reply({ access_token: said.args.access_token, user, scopes: ['identify'], expires, application })
  }
  if (said.cmd === 'OPEN_EXTERNAL_LINK') {
    window.opened = [...(window.opened ?? []), said.args.url]
    return reply({ opened: true })
  }
  send({ cmd: said.cmd, evt: 'ERROR', nonce: said.nonce, data: { code: 4002, message: 'Invalid command' } })
})
const query = { frame_id: 'f-' + id, instance_id: instance, platform: 'desktop', guild_id: '111', channel_id: '222' }
document.querySelector('iframe').src = origin + '/?' + new URLSearchParams(query)
</script>`
