import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readConfig, settingNames, styleTargets } from '../config.ts'
import { targetKinds } from '../engine/lora/layout.ts'
import { UserError } from '../protocol/errors.ts'

describe('the configuration', () => {
  it('needs nothing to be set', () => {
    const config = readConfig({})
    expect(config.server).toEqual({ port: 3000, publicUrl: null, trustProxy: [] })
    expect(config).toMatchObject({ isPublic: false, retireAfterDays: { guests: 0, rooms: 0, pictures: 0 } })
    expect(config.storage).toEqual({ freeBytes: 256 * 2 ** 20 })
    expect(config.databaseUrl).toBe(`file:${config.dataFolder}/fourstroke.db`)
    expect(config.engine.device).toBe('auto')
    expect(config.discord).toBeNull()
  })

  it('takes an empty setting as absent', () => {
    expect(readConfig(Object.fromEntries(settingNames.map(name => [name, ''])))).toEqual(readConfig({}))
  })

  it('turns the bot on when a token is set', () => {
    const { discord } = readConfig({ DISCORD_TOKEN: 'x'.repeat(60), DISCORD_API: 'http://127.0.0.1:9/api/' })
    expect(discord).toEqual({ token: 'x'.repeat(60), api: 'http://127.0.0.1:9/api', hasActivity: false })
  })

  it('lets people sign in when both halves of the application are set', () => {
    const id = { DISCORD_CLIENT_ID: '123' }
    expect(readConfig({}).signIn).toBeNull()
    expect(readConfig({ ...id, DISCORD_CLIENT_SECRET: 'secret' }).signIn).toEqual({
      ...{ clientId: '123', clientSecret: 'secret', api: 'https://discord.com/api' },
      authorizeUrl: 'https://discord.com/oauth2/authorize',
    })
    expect(() => readConfig(id)).toThrow(/set both, or neither/)
  })

  it('keeps strangers’ things for a while, unless it is told otherwise', () => {
    expect(readConfig({ PUBLIC: '1' }).retireAfterDays).toEqual({ guests: 60, rooms: 60, pictures: 90 })
    const told = readConfig({ PUBLIC: '1', RETIRE_ROOMS_DAYS: '0', STORAGE_MB: '10' })
    expect(told).toMatchObject({ retireAfterDays: { rooms: 0 }, storage: { totalBytes: 10 * 2 ** 20 } })
  })

  it('reads which proxies to believe', () => {
    expect(readConfig({ TRUST_PROXY: '2' }).server.trustProxy).toBe(2)
    expect(readConfig({ TRUST_PROXY: 'loopback, 10.0.0.0/8' }).server.trustProxy).toEqual(['loopback', '10.0.0.0/8'])
  })

  it('reads operators and the limits of styles', () => {
    const { operators, styleLimits } = readConfig({ OPERATORS: '1, 2', STYLE_PICTURES: '10' })
    expect(operators).toEqual(['1', '2'])
    expect(styleLimits).toMatchObject({ stylesPerPerson: 20, picturesPerStyle: 10 })
  })

  it('reads where the figures are, and who may see them', () => {
    expect(readConfig({}).metrics).toEqual({ token: null, listen: null })
    const at = (METRICS_LISTEN: string) => readConfig({ METRICS_LISTEN }).metrics.listen
    expect(at('9464')).toEqual({ host: '127.0.0.1', port: 9464 })
    expect(at('0.0.0.0:9464')).toEqual({ host: '0.0.0.0', port: 9464 })
    expect(at('[::1]:9464')).toEqual({ host: '::1', port: 9464 })
    expect(readConfig({ METRICS_TOKEN: 'x'.repeat(16) }).metrics.token).toBe('x'.repeat(16))
  })

  it('tells the log its level, and what must never stand in it', () => {
    expect(readConfig({}).log).toEqual({ level: 'info', secrets: [] })
    const token = 'x'.repeat(60)
    const settings = { DISCORD_TOKEN: token, DISCORD_CLIENT_ID: '1', DISCORD_CLIENT_SECRET: 'secret' }
    const { log } = readConfig({ ...settings, LOG_LEVEL: 'debug', DATABASE_URL: 'postgresql://u:a%20b@host/d' })
    expect(log).toEqual({ level: 'debug', secrets: [token, 'secret', 'a%20b', 'a b'] })
    expect(readConfig({ DATABASE_URL: 'postgresql://u:100%@host/d' }).log.secrets).toEqual(['100%'])
    expect(() => readConfig({ LOG_LEVEL: 'loud' })).toThrow('LOG_LEVEL cannot be used: use one of: fatal, error')
  })

  it('reads what styles change, for the engine', () => {
    const { engine } = readConfig({ FOURSTROKE_STYLE_TARGETS: 'attention, ends' })
    expect(engine.styleTargets).toEqual(['attention', 'ends'])
    expect(readConfig({}).engine).not.toHaveProperty('styleTargets')
    expect(styleTargets).toEqual(targetKinds)
  })

  it.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['FOURSTROKE_LCM_LORA', 'lora.ckpt'],
    ['FOURSTROKE_STYLE_TARGETS', 'attention, colours'],
    ['FOURSTROKE_DEVICE', 'quantum'],
    ['DATABASE_URL', 'mysql://secret@host/db'],
    ['DISCORD_TOKEN', 'secret token'],
    ['DISCORD_API', 'ftp://secret.example'],
    ['DISCORD_CLIENT_ID', 'secret id'],
    ['OPERATORS', 'secret one'],
    ['STYLE_PICTURES', '1001'],
    ['PUBLIC_URL', 'studio.example.net'],
    ['METRICS_TOKEN', 'short secret'],
    ['METRICS_LISTEN', 'secret:99999'],
    ['PUBLIC', 'yes'],
    ['TRUST_PROXY', 'every one'],
    ['STORAGE_MB', '-1'],
    ['RETIRE_ROOMS_DAYS', 'soon'],
  ])('refuses a bad %s by name and cure, without its value', (name, value) => {
    const read = () => readConfig({ [name]: value })
    expect(read).toThrow(UserError)
    expect(read).toThrow(new RegExp(`^${name} cannot be used: .+\\.$`))
    expect(read).not.toThrow(value)
  })

  it('names every bad setting at once', () => {
    expect(() => readConfig({ PORT: '-1', FOURSTROKE_DEVICE: 'x' })).toThrow(/PORT.*\nFOURSTROKE_DEVICE/)
  })

  it('is listed in .env.example, in the same order', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
    expect([...example.matchAll(/^([A-Z_]+)=/gm)].map(match => match[1])).toEqual(settingNames)
  })
})
